/**
 * The work of one box, from when its caches are filled until it is told to stop or its CRD is another
 * one: its queue and workers, resync and audits.
 *
 * Flow: a change, a resync or a retry → `add` → queue → worker → reconciler → outcome → queue.
 */
import type { ResolvedCrd } from "../katalog/resolved.ts";
import type { Informer, StoreEvent } from "../kube/informer.ts";
import type { Priority, Workqueue } from "../queue/queue.ts";
import { runWorkers } from "../queue/workers.ts";
import { hasFinalizer } from "../reconcile/marks.ts";
import type { Program } from "../reconcile/program.ts";
import { type KubeObject, objectKey } from "../schema/object.ts";
import type { Logger } from "../telemetry/log.ts";
import { startAudits } from "./audit.ts";
import type { Definition } from "./box-definition.ts";
import type { BoxEnvironment, StopSignals } from "./box-environment.ts";
import type { BoxFacts } from "./box-facts.ts";
import type { BoxHealth } from "./box-health.ts";
import type { BoxHistory } from "./box-history.ts";
import type { StartReason } from "./box-life.ts";
import { createQueue, shutDownWith } from "./box-queue.ts";
import type { BoxCaches } from "./box-start.ts";
import { type Cause, updateCause } from "./causes.ts";
import { type Controller, createController } from "./controller.ts";
import { isInScope, type WorkScope, withinScope } from "./going-only.ts";
import { afterStart } from "./health.ts";
import { findLeavers } from "./leavers.ts";
import { warnOfLeftBehind } from "./left-behind.ts";
import { type ReleasingReconciler, withRelease } from "./release.ts";
import { type Resync, startResync } from "./resync.ts";
import { subscribeInSlices } from "./subscribe-in-slices.ts";
import { canLeave } from "./uncovered.ts";

export interface BoxWorkOptions {
  readonly program: Program;
  readonly environment: BoxEnvironment;
  /** All entries that run, this one too. */
  readonly crds: readonly ResolvedCrd[];
  readonly configDigest: string;
  readonly caches: BoxCaches;
  readonly scope: WorkScope;
  /** Why the workers begin. */
  readonly startReason: StartReason;
  /** Of the primary's informer, when the CRD was last known to be what it was when the caches opened. */
  readonly knownEpoch: number | undefined;
  readonly signals: StopSignals;
  readonly health: BoxHealth;
  readonly history: BoxHistory;
  readonly facts: () => BoxFacts;
  readonly log: Logger;
}

export class BoxWork {
  /** What the CRD was last compared at. */
  readonly definition: Definition;
  readonly #options: BoxWorkOptions;
  readonly #crd: ResolvedCrd;
  readonly #queue: Workqueue<string>;
  readonly #controller: Controller;
  readonly #reconciler: ReleasingReconciler;
  /** Told to stop, or the CRD is another one. */
  readonly #ending: AbortSignal;
  #resync: Resync | undefined;

  constructor(options: BoxWorkOptions) {
    const { program, environment, caches, signals, log } = options;
    const outdated = new AbortController();
    this.#options = options;
    this.#crd = program.crd;
    this.#queue = createQueue(program.crd, environment);
    this.#controller = createController({ queue: this.#queue, log });
    this.#reconciler = createReleasingReconciler(options);
    this.#ending = AbortSignal.any([signals.draining, outdated.signal]);
    this.definition = {
      // While it stood by nobody looked.
      epoch: options.knownEpoch ?? caches.primary.epoch,
      signal: this.#ending,
      onOutdated: () => outdated.abort(),
    };
  }

  get queueDepth(): number {
    return this.#queue.depth;
  }

  get activeWorkers(): number {
    return this.#queue.active;
  }

  get contestedCount(): number {
    return this.#reconciler.contestedCount?.() ?? 0;
  }

  /** What the reconcile of this key that is under way waits for, where that takes long. */
  pauseOf(key: string): string | undefined {
    return this.#reconciler.pauseOf?.(key);
  }

  resyncDueMs(key: string): number | undefined {
    return this.#resync?.dueMs(key);
  }

  /** Resolves when it is told to stop, or the CRD is another one; what is in progress has ended then. */
  async run(): Promise<void> {
    const { caches, scope, environment, signals, log } = this.#options;
    const { clock } = environment;
    const intervalMs = this.#crd.resyncMs;
    using resync = startResync({
      intervalMs,
      clock,
      enqueue: (key) => this.add(key, "background", RESYNC),
    });
    this.#resync = resync;
    const informers = () => [caches.primary, ...caches.children.informers];
    using _audits = startAudits({ informers, intervalMs, clock, log });
    const unfollow = this.#follow(caches.primary, resync);
    this.#noteStart();
    shutDownWith(this.#ending, this.#queue);
    const looking = scope === "all" ? this.#lookAround() : undefined;
    await runWorkers(this.#queue, {
      count: this.#crd.workers,
      clock,
      work: async ({ key, waitedMs }) => {
        // What still waits at the end is left: the next start lists everything anyway.
        if (!this.#ending.aborted) await this.#reconcile(key, waitedMs);
      },
      onThrow: (error, key) => {
        if (!signals.aborting.aborted) log.error("Worker failed", { key, error });
      },
    });
    unfollow();
    await looking;
  }

  add(key: string, priority: Priority, cause: Cause): void {
    const { caches, scope, history, environment } = this.#options;
    if (!isInScope(scope, caches.primary.store.get(key))) return;
    const { maxDepth } = this.#crd.queue;
    // Past the limit, background adds are left to the next resync; live ones are never dropped.
    if (priority === "background" && maxDepth > 0 && this.#queue.depth >= maxDepth) return;
    history.note(key, cause);
    this.#queue.add(key, priority);
    environment.metrics.added(this.#crd.name);
  }

  /**
   * Everything in the store is enqueued once, when subscribing, then every change. What nobody has
   * seen before goes first: of a thousand custom resources at a start, the one that is new.
   */
  #follow(primary: Informer, resync: Resync): () => void {
    const isSelected = canLeave(this.#crd);
    const handle = (event: StoreEvent) => {
      const key = objectKey(event.object.metadata);
      if (event.kind === "deleted") resync.delete(key);
      else if (event.kind === "added") resync.add(key);
      if (event.kind === "deleted" && isSelected) this.#reconciler.noteDeparture(event.object);
      // The answer of our own write was taken in when it came; the watch only repeats it.
      if (event.kind !== "deleted" && event.isEcho) return;
      const isOld = event.kind === "added" && event.isInitial && hasFinalizer(event.object);
      this.add(key, isOld ? "background" : "live", this.#causeOf(event));
    };
    const { environment, log } = this.#options;
    return subscribeInSlices(primary, handle, { clock: environment.clock, log });
  }

  #causeOf(event: StoreEvent): Cause {
    if (event.kind === "updated") return updateCause(event);
    const isInitial = event.kind === "added" && event.isInitial;
    if (isInitial) return { kind: "start", detail: this.#options.startReason };
    return event.kind === "added" ? ADDED : DELETED;
  }

  #noteStart(): void {
    const { caches, scope, health, environment, log } = this.#options;
    const { kind } = caches.type;
    if (scope === "going") {
      log.debug("Cleaning up meanwhile", { kind });
      return;
    }
    health.update(afterStart(health.current, environment.clock.now()));
    log.info("Started", { kind, workers: this.#crd.workers, objects: caches.primary.store.size });
  }

  /** For what no event tells of. */
  async #lookAround(): Promise<void> {
    const { environment, caches, log } = this.#options;
    const { type, primary } = caches;
    const children = caches.children.informers;
    const place = { crd: this.#crd, type, primary, children, clock: environment.clock };
    await Promise.all([
      this.#lookForLeavers(),
      warnOfLeftBehind({ ...place, log, signal: this.#ending }),
    ]);
  }

  async #lookForLeavers(): Promise<void> {
    const { environment, crds, configDigest, caches, startReason, log } = this.#options;
    const onLeft = (object: KubeObject) => {
      this.#reconciler.noteDeparture(object);
      const cause: Cause = { kind: "start", detail: startReason };
      // Live: past the limit of the queue it would be dropped, and no resync knows it.
      this.add(objectKey(object.metadata), "live", cause);
    };
    try {
      const place = { crd: this.#crd, crds, configDigest, type: caches.type };
      await findLeavers({ ...environment, ...place, log, signal: this.#ending, onLeft });
    } catch (error) {
      log.error("Cannot look for custom resources that left the selector", { error });
    }
  }

  async #reconcile(key: string, waitedMs: number): Promise<void> {
    const { caches, environment, health, history, signals } = this.#options;
    const { clock, metrics } = environment;
    const { store } = caches.primary;
    const { name } = this.#crd;
    metrics.taken(name, waitedMs / 1000);
    const startedMs = clock.monotonicMs();
    const pass = history.begin(key, store.get(key));
    const outcome = await this.#reconciler.reconcile(key, { signal: signals.aborting });
    metrics.reconciled(name, outcome.kind, (clock.monotonicMs() - startedMs) / 1000);
    if (outcome.kind === "retry") metrics.retried(name);
    health.record(outcome);
    const after = store.get(key);
    const retryMs = this.#controller.act(key, outcome, after?.metadata.generation);
    const failures = this.#queue.failures(key);
    history.end(key, pass, { outcome, after, retryMs, failures });
  }
}

/** One for all: ten thousand of them are nothing. */
const RESYNC: Cause = { kind: "resync" };
const ADDED: Cause = { kind: "custom resource", event: "added" };
const DELETED: Cause = { kind: "custom resource", event: "deleted" };

function createReleasingReconciler(options: BoxWorkOptions): ReleasingReconciler {
  const { program, environment, caches, scope, facts, log } = options;
  const { createReconciler, client, emit } = environment;
  const { katalog: katalogName } = program.crd;
  const inner = createReconciler(program, { ...caches, facts, log });
  const scoped = withinScope(inner, scope, (key) => caches.primary.store.get(key));
  return withRelease(scoped, { ...caches, client, katalogName, log, emit });
}
