/**
 * One box per CRD: its informers, queue, workers and health. What happens in one box is invisible
 * to the others.
 *
 * Flow (`box-life.ts`): stand by while another replica leads → install the CRD → wait for dependencies,
 * and only clean up meanwhile → start (`box-start.ts`) → work until told to stop, or until the CRD is
 * another one than at the start; then it starts again.
 *
 * Guarantees: `run` does not throw. An obstacle (no CRD, no permission, no server) is shown in the
 * health and tried again, and stands in no other box's way; so is a fault of ours shown, which ends it.
 */
import type { ResolvedCrd } from "../katalog/resolved.ts";
import type { Informer, StoreEvent } from "../kube/informer.ts";
import type { Priority, Workqueue } from "../queue/queue.ts";
import { runWorkers } from "../queue/workers.ts";
import { hasFinalizer } from "../reconcile/marks.ts";
import type { Program } from "../reconcile/program.ts";
import { type KubeObject, objectKey, type ResourceType } from "../schema/object.ts";
import type { Logger } from "../telemetry/log.ts";
import { startAudits } from "./audit.ts";
import { compareDefinition, type Definition } from "./box-definition.ts";
import type { BoxEnvironment, StopSignals } from "./box-environment.ts";
import { boxFacts } from "./box-facts.ts";
import { BoxHealth } from "./box-health.ts";
import { BoxHistory } from "./box-history.ts";
import { liveBox, type StartReason } from "./box-life.ts";
import { createQueue, shutDownWith } from "./box-queue.ts";
import type { BoxCaches, StartOptions } from "./box-start.ts";
import { type Cause, childCause, updateCause } from "./causes.ts";
import { type Controller, createController } from "./controller.ts";
import { isInScope, type WorkScope, withinScope } from "./going-only.ts";
import {
  afterStandby,
  afterStart,
  type Health,
  type HealthState,
  healthState,
  withObstacle,
} from "./health.ts";
import { History, type KeyHistory } from "./history.ts";
import { alone } from "./leadership.ts";
import { findLeavers } from "./leavers.ts";
import { faultOf, obstacleOf } from "./obstacle.ts";
import { type ReleasingReconciler, withRelease } from "./release.ts";
import { type Resync, startResync } from "./resync.ts";
import { subscribeInSlices } from "./subscribe-in-slices.ts";
import { canLeave } from "./uncovered.ts";
import type { BoxView } from "./view.ts";

export interface BoxOptions {
  readonly program: Program;
  readonly environment: BoxEnvironment;
  /** All entries that run, this one too. */
  readonly crds: readonly ResolvedCrd[];
  readonly configDigest: string;
  /** The first unmet dependency as a sentence, or `undefined`. */
  unmet(): string | undefined;
}

export class Box implements BoxView {
  readonly crd: ResolvedCrd;
  readonly #options: BoxOptions;
  readonly #environment: BoxEnvironment;
  readonly #log: Logger;
  #queue: Workqueue<string>;
  readonly #health: BoxHealth;
  #caches: BoxCaches | undefined;
  #scope: WorkScope = "all";
  /** While the workers run: what the CRD was last compared at. */
  #definition: Definition | undefined;
  /** Of the primary's informer, when the CRD was last known to be what it was when the caches opened. */
  #knownEpoch: number | undefined;
  readonly #history: BoxHistory;
  #resync: Resync | undefined;
  #startReason: StartReason = "process";

  constructor(options: BoxOptions) {
    const { program, environment } = options;
    this.crd = program.crd;
    this.#options = options;
    this.#environment = environment;
    this.#log = environment.log.child({ crd: this.crd.name });
    const { history = new History(), clock, changed } = environment;
    this.#health = new BoxHealth({ log: this.#log, clock, changed });
    environment.metrics.expect(this.crd.name);
    this.#queue = createQueue(this.crd, environment);
    this.#history = new BoxHistory(this.crd.name, { history, clock });
  }

  get type(): ResourceType | undefined {
    return this.#caches?.type;
  }

  get health(): Health {
    return this.#health.current;
  }

  get state(): HealthState {
    return healthState(this.health, this.crd.queue.failureThreshold);
  }

  get queueDepth(): number {
    return this.#queue.depth;
  }

  get activeWorkers(): number {
    return this.#queue.active;
  }

  get resourceCount(): number {
    return this.#caches?.primary.store.size ?? 0;
  }

  get informers(): readonly Informer[] {
    return this.#caches ? [this.#caches.primary, ...this.#caches.children.informers] : [];
  }

  objects(): Iterable<KubeObject> {
    return this.#caches?.primary.store.values() ?? [];
  }

  object(key: string): KubeObject | undefined {
    return this.#caches?.primary.store.get(key);
  }

  childrenOf(uid: string): readonly KubeObject[] {
    return this.#caches?.children.informers.flatMap(({ store }) => store.byOwner(uid)) ?? [];
  }

  historyOf(key: string): KeyHistory {
    return this.#history.of(key);
  }

  resyncDueMs(key: string): number | undefined {
    return this.#resync?.dueMs(key);
  }

  /** Resolves when the box has stopped. Never rejects. */
  async run(signals: StopSignals): Promise<void> {
    const { leadership = alone } = this.#environment;
    try {
      await liveBox({
        leadership,
        signals,
        start: this.#startOptions(),
        caches: () => this.#caches,
        close: () => this.#close(),
        onStandby: () => this.#standBy(),
        onStart: (reason) => {
          this.#startReason = reason;
        },
        lacksDependency: () => this.#meetDependencies(),
        untilDependenciesMet: (signal) => this.#untilDependenciesMet(signal),
        work: (caches, during, scope) => this.#work(caches, during, scope),
      });
    } catch (error) {
      if (signals.draining.aborted) return;
      this.#log.error("Box stopped", { error });
      this.#health.update(withObstacle(this.health, faultOf(error)));
    } finally {
      this.#queue.shutDown();
      await this.#close();
    }
  }

  #startOptions(): Omit<StartOptions, "signal"> {
    return {
      program: this.#options.program,
      environment: this.#environment,
      log: this.#log,
      onObstacle: (obstacle) => this.#health.meet(obstacle),
      onOpened: (opened) => {
        this.#caches = opened;
      },
      onChildChange: (key, event) => this.#add(key, "live", childCause(event)),
    };
  }

  #standBy(): void {
    this.#knownEpoch ??= this.#caches?.primary.epoch;
    this.#health.update(afterStandby(this.health));
    this.#log.info("Standing by", { objects: this.resourceCount });
  }

  async #close(): Promise<void> {
    const caches = this.#caches;
    this.#caches = undefined;
    this.#knownEpoch = undefined;
    await caches?.children[Symbol.asyncDispose]();
    await caches?.primary[Symbol.asyncDispose]();
  }

  /** Compares the informers with the health; called now and then while the box works. */
  checkInformers(): void {
    const definition = this.#definition;
    const { startedAtMs, isStandby, obstacle: known } = this.health;
    const isWarm = startedAtMs !== undefined || isStandby || definition !== undefined;
    if (!isWarm || !this.#caches) return;
    const { primary, children } = this.#caches;
    if (definition && definition.epoch !== primary.epoch) {
      const { crd } = this;
      const { discovery } = this.#environment;
      void compareDefinition(definition, { ...this.#caches, crd, discovery, log: this.#log });
    }
    // What it waits for is met, or not, by others.
    if (known?.kind === "dependency") return;
    const needed = [primary, ...children.declared];
    const broken = needed.find(({ state }) => state.kind === "retrying");
    if (broken?.state.kind !== "retrying") {
      this.#health.meet(undefined);
      return;
    }
    const obstacle = obstacleOf(broken.state.error);
    const isCrdGone = broken === primary && obstacle.kind === "missing";
    this.#health.meet(
      isCrdGone ? { kind: "missing", message: "CRD missing at runtime" } : obstacle,
    );
  }

  /** Says in the health what is not met, and whether anything is not. */
  #meetDependencies(): boolean {
    const unmet = this.#options.unmet();
    this.#health.meet(unmet === undefined ? undefined : { kind: "dependency", message: unmet });
    return unmet !== undefined;
  }

  async #untilDependenciesMet(signal: AbortSignal): Promise<void> {
    while (this.#meetDependencies()) await this.#environment.changed.wait(signal);
  }

  async #work(caches: BoxCaches, signals: StopSignals, scope: WorkScope): Promise<void> {
    const { clock } = this.#environment;
    const log = this.#log;
    const queue = this.#queue;
    const outdated = new AbortController();
    const ending = AbortSignal.any([signals.draining, outdated.signal]);
    const reconciler = this.#createReconciler(caches, scope);
    const controller = createController({ queue, log });
    using resync = startResync({
      intervalMs: this.crd.resyncMs,
      clock,
      enqueue: (key) => this.#add(key, "background", RESYNC),
    });
    this.#resync = resync;
    using _audits = startAudits({
      informers: () => this.informers,
      intervalMs: this.crd.resyncMs,
      clock,
      log,
    });
    this.#scope = scope;
    this.#definition = {
      // While it stood by nobody looked.
      epoch: this.#knownEpoch ?? caches.primary.epoch,
      signal: ending,
      onOutdated: () => outdated.abort(),
    };
    const unfollow = this.#follow(caches.primary, { resync, reconciler });
    this.#noteStart(caches, scope);
    shutDownWith(ending, queue);
    const looking = scope === "all" ? this.#lookForLeavers(caches, reconciler, ending) : undefined;
    await runWorkers(queue, {
      count: this.crd.workers,
      clock,
      work: async ({ key, waitedMs }) => {
        // What still waits at the end is left: the next start lists everything anyway.
        if (ending.aborted) return;
        await this.#reconcile(key, { reconciler, controller, waitedMs, signals });
      },
      onThrow: (error, key) => {
        if (!signals.aborting.aborted) log.error("Worker failed", { key, error });
      },
    });
    unfollow();
    await looking;
    this.#knownEpoch = this.#definition.epoch;
    this.#definition = undefined;
    this.#resync = undefined;
    this.#history.clear();
    this.#queue = createQueue(this.crd, this.#environment);
  }

  #noteStart({ type: { kind } }: BoxCaches, scope: WorkScope): void {
    if (scope === "going") {
      this.#log.debug("Cleaning up meanwhile", { kind });
      return;
    }
    this.#health.update(afterStart(this.health, this.#environment.clock.now()));
    const { workers } = this.crd;
    this.#log.info("Started", { kind, workers, objects: this.resourceCount });
  }

  #createReconciler(caches: BoxCaches, scope: WorkScope): ReleasingReconciler {
    const { createReconciler, client, emit } = this.#environment;
    const log = this.#log;
    const facts = () => boxFacts(this);
    const inner = createReconciler(this.#options.program, { ...caches, facts, log });
    const { katalog: katalogName } = this.crd;
    const scoped = withinScope(inner, scope, (key) => caches.primary.store.get(key));
    return withRelease(scoped, { ...caches, client, katalogName, log, emit });
  }

  async #lookForLeavers(
    { type }: BoxCaches,
    reconciler: ReleasingReconciler,
    signal: AbortSignal,
  ): Promise<void> {
    const log = this.#log;
    const onLeft = (object: KubeObject) => {
      reconciler.noteDeparture(object);
      const cause: Cause = { kind: "start", detail: this.#startReason };
      // Live: past the limit of the queue it would be dropped, and no resync knows it.
      this.#add(objectKey(object.metadata), "live", cause);
    };
    try {
      const parts = { ...this.#environment, ...this.#options, crd: this.crd };
      await findLeavers({ ...parts, type, log, signal, onLeft });
    } catch (error) {
      log.error("Cannot look for custom resources that left the selector", { error });
    }
  }

  /**
   * Everything in the store is enqueued once, when subscribing, then every change. What nobody has
   * seen before goes first: of a thousand custom resources at a start, the one that is new.
   */
  #follow(primary: Informer, { resync, reconciler }: Followers): () => void {
    const isSelected = canLeave(this.crd);
    const { clock } = this.#environment;
    const handle = (event: StoreEvent) => {
      const key = objectKey(event.object.metadata);
      if (event.kind === "deleted") resync.delete(key);
      else resync.add(key);
      if (event.kind === "deleted" && isSelected) reconciler.noteDeparture(event.object);
      // The answer of our own write was taken in when it came; the watch only repeats it.
      if (event.kind !== "deleted" && event.isEcho) return;
      const isOld = event.kind === "added" && event.isInitial && hasFinalizer(event.object);
      this.#add(key, isOld ? "background" : "live", this.#causeOf(event));
    };
    return subscribeInSlices(primary, handle, { clock, log: this.#log });
  }

  #causeOf(event: StoreEvent): Cause {
    if (event.kind === "updated") return updateCause(event);
    const isInitial = event.kind === "added" && event.isInitial;
    if (isInitial) return { kind: "start", detail: this.#startReason };
    return { kind: "custom resource", event: event.kind };
  }

  #add(key: string, priority: Priority, cause: Cause): void {
    // Nobody works, and whoever begins to looks at everything.
    if (!this.#definition || !isInScope(this.#scope, this.object(key))) return;
    const { maxDepth } = this.crd.queue;
    // Past the limit, background adds are left to the next resync; live ones are never dropped.
    if (priority === "background" && maxDepth > 0 && this.#queue.depth >= maxDepth) return;
    this.#history.note(key, cause);
    this.#queue.add(key, priority);
    this.#environment.metrics.added(this.crd.name);
  }

  async #reconcile(
    key: string,
    { reconciler, controller, waitedMs, signals }: Turn,
  ): Promise<void> {
    const { clock, metrics } = this.#environment;
    const { name } = this.crd;
    metrics.taken(name, waitedMs / 1000);
    const startedMs = clock.monotonicMs();
    const pass = this.#history.begin(key, this.object(key));
    const outcome = await reconciler.reconcile(key, { signal: signals.aborting });
    metrics.reconciled(name, outcome.kind, (clock.monotonicMs() - startedMs) / 1000);
    if (outcome.kind === "retry") metrics.retried(name);
    this.#health.record(outcome);
    const retryMs = controller.act(key, outcome);
    const failures = this.#queue.failures(key);
    this.#history.end(key, pass, { outcome, after: this.object(key), retryMs, failures });
  }
}

/** One for all: ten thousand of them are nothing. */
const RESYNC: Cause = { kind: "resync" };

interface Followers {
  readonly resync: Resync;
  readonly reconciler: ReleasingReconciler;
}

interface Turn {
  readonly reconciler: ReleasingReconciler;
  readonly controller: Controller;
  readonly waitedMs: number;
  readonly signals: StopSignals;
}
