/**
 * One box per CRD: its informers, queue, workers and health. What happens in one box is invisible
 * to the others.
 *
 * Flow: install the CRD → wait for dependencies → start (`box-start.ts`) → work until told to stop, or
 * until the CRD is another one than at the start; then it starts again.
 *
 * Guarantees: `run` does not throw. An obstacle (no CRD, no permission, no server) is shown in the
 * health and tried again, and stands in no other box's way; so is a fault of ours shown, which ends it.
 */
import type { ResolvedCrd } from "../katalog/resolved.ts";
import type { Informer, StoreEvent } from "../kube/informer.ts";
import { createDelayedQueue } from "../queue/delayed.ts";
import type { Priority, Workqueue } from "../queue/queue.ts";
import { createRateLimitedQueue } from "../queue/rate-limited.ts";
import { createReadyQueue } from "../queue/ready.ts";
import { runWorkers } from "../queue/workers.ts";
import { hasFinalizer } from "../reconcile/marks.ts";
import type { Program } from "../reconcile/program.ts";
import { type KubeObject, objectKey, type ResourceType } from "../schema/object.ts";
import type { Outcome } from "../status/outcome.ts";
import { isDeepEqual } from "../std/json.ts";
import type { Logger } from "../telemetry/log.ts";
import { startAudits } from "./audit.ts";
import type { BoxEnvironment, StopSignals } from "./box-environment.ts";
import { boxFacts } from "./box-facts.ts";
import { type BoxCaches, bringDefinition, type StartOptions, startBox } from "./box-start.ts";
import { type Controller, createController } from "./controller.ts";
import {
  afterFailure,
  afterStart,
  afterSuccess,
  type Health,
  type HealthState,
  healthState,
  initialHealth,
  type Obstacle,
  withObstacle,
  withoutObstacle,
} from "./health.ts";
import { faultOf, MissingKindError, obstacleOf } from "./obstacle.ts";
import { findPrimaryType } from "./primary-type.ts";
import { type ReleasingReconciler, withRelease } from "./release.ts";
import { type Resync, startResync } from "./resync.ts";
import type { BoxView } from "./view.ts";

export interface BoxOptions {
  readonly program: Program;
  readonly environment: BoxEnvironment;
  /** The first unmet dependency as a sentence, or `undefined`. */
  unmet(): string | undefined;
}

export class Box implements BoxView {
  readonly crd: ResolvedCrd;
  readonly #options: BoxOptions;
  readonly #environment: BoxEnvironment;
  readonly #log: Logger;
  #queue: Workqueue<string>;
  #health: Health = initialHealth;
  #caches: BoxCaches | undefined;
  /** While the workers run: what the CRD was last compared at. */
  #definition: Definition | undefined;

  constructor(options: BoxOptions) {
    const { program, environment } = options;
    this.crd = program.crd;
    this.#options = options;
    this.#environment = environment;
    this.#log = environment.log.child({ crd: this.crd.name });
    environment.metrics.expect(this.crd.name);
    this.#queue = createQueue(this.crd, environment);
  }

  get type(): ResourceType | undefined {
    return this.#caches?.type;
  }

  get health(): Health {
    return this.#health;
  }

  get state(): HealthState {
    return healthState(this.#health, this.crd.queue.failureThreshold);
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

  /** Resolves when the box has stopped. Never rejects. */
  async run(signals: StopSignals): Promise<void> {
    const signal = signals.draining;
    try {
      const options: StartOptions = {
        program: this.#options.program,
        environment: this.#environment,
        log: this.#log,
        signal,
        onObstacle: (obstacle) => this.#meet(obstacle),
        onOpened: (opened) => {
          this.#caches = opened;
        },
        onChildChange: (key) => this.#add(key, "live"),
      };
      await bringDefinition(options);
      await this.#untilDependenciesMet(signal);
      while (!signal.aborted) {
        await this.#work(await startBox(options), signals);
        await this.#close();
        this.#queue = createQueue(this.crd, this.#environment);
      }
    } catch (error) {
      if (signal.aborted) return;
      this.#log.error("Box stopped", { error });
      this.#update(withObstacle(this.#health, faultOf(error)));
    } finally {
      await this.#close();
    }
  }

  async #close(): Promise<void> {
    this.#queue.shutDown();
    const caches = this.#caches;
    this.#caches = undefined;
    await caches?.children[Symbol.asyncDispose]();
    await caches?.primary[Symbol.asyncDispose]();
  }

  /** Compares the informers with the health; called now and then while the box works. */
  checkInformers(): void {
    if (this.#health.startedAtMs === undefined || !this.#caches) return;
    const { primary, children } = this.#caches;
    const definition = this.#definition;
    if (definition && definition.epoch !== primary.epoch) {
      void this.#compareDefinition(this.#caches, definition);
    }
    const needed = [primary, ...children.declared];
    const broken = needed.find(({ state }) => state.kind === "retrying");
    if (broken?.state.kind !== "retrying") {
      this.#meet(undefined);
      return;
    }
    const obstacle = obstacleOf(broken.state.error);
    const isCrdGone = broken === primary && obstacle.kind === "missing";
    this.#meet(isCrdGone ? { kind: "missing", message: "CRD missing at runtime" } : obstacle);
  }

  /** A CRD that was made anew may have another scope, or a status where there was none. */
  async #compareDefinition({ type, primary }: BoxCaches, definition: Definition): Promise<void> {
    const { discovery } = this.#environment;
    const { signal, epoch } = definition;
    definition.epoch = primary.epoch;
    try {
      await discovery.refresh({ signal });
      const now = await findPrimaryType(this.crd, discovery, signal);
      if (!now) throw new MissingKindError(type.kind);
      if (isDeepEqual(now, type)) return;
      this.#log.warn("The CRD is another one than before, starting again", { kind: now.kind });
      definition.onOutdated();
    } catch (error) {
      if (signal.aborted) return;
      this.#log.debug("Cannot compare the CRD with what it was", { error });
      // The next look tries again.
      definition.epoch = epoch;
    }
  }

  async #untilDependenciesMet(signal: AbortSignal): Promise<void> {
    for (;;) {
      const unmet = this.#options.unmet();
      this.#meet(unmet === undefined ? undefined : { kind: "dependency", message: unmet });
      if (unmet === undefined) return;
      await this.#environment.changed.wait(signal);
    }
  }

  async #work(caches: BoxCaches, signals: StopSignals): Promise<void> {
    const { clock } = this.#environment;
    const log = this.#log;
    const queue = this.#queue;
    const outdated = new AbortController();
    const ending = AbortSignal.any([signals.draining, outdated.signal]);
    const reconciler = this.#createReconciler(caches);
    const controller = createController({ queue, log });
    using resync = startResync({
      intervalMs: this.crd.resyncMs,
      clock,
      enqueue: (key) => this.#add(key, "background"),
    });
    using _audits = startAudits({
      informers: () => this.informers,
      intervalMs: this.crd.resyncMs,
      clock,
      log,
    });
    this.#definition = {
      epoch: caches.primary.epoch,
      signal: ending,
      onOutdated: () => outdated.abort(),
    };
    const unfollow = this.#follow(caches.primary, { resync, reconciler });
    this.#update(afterStart(this.#health, clock.now()));
    const { kind } = caches.type;
    log.info("Started", { kind, workers: this.crd.workers, objects: this.resourceCount });
    shutDownWith(ending, queue);
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
    this.#definition = undefined;
  }

  #createReconciler(caches: BoxCaches): ReleasingReconciler {
    const { createReconciler, client, emit } = this.#environment;
    const log = this.#log;
    const facts = () => boxFacts(this);
    const inner = createReconciler(this.#options.program, { ...caches, facts, log });
    const { katalog: katalogName } = this.crd;
    return withRelease(inner, { ...caches, client, katalogName, log, emit });
  }

  /**
   * Everything in the store is enqueued once, when subscribing, then every change. What nobody has
   * seen before goes first: of a thousand custom resources at a start, the one that is new.
   */
  #follow(primary: Informer, { resync, reconciler }: Followers): () => void {
    const { labelSelector, fieldSelector } = this.crd;
    const canLeave = labelSelector !== undefined || fieldSelector !== undefined;
    return primary.subscribe((event: StoreEvent) => {
      const key = objectKey(event.object.metadata);
      if (event.kind === "deleted") resync.delete(key);
      else resync.add(key);
      if (event.kind === "deleted" && canLeave) reconciler.noteDeparture(event.object);
      // The answer of our own write was taken in when it came; the watch only repeats it.
      if (event.kind !== "deleted" && event.isEcho) return;
      const isOld = event.kind === "added" && event.isInitial && hasFinalizer(event.object);
      this.#add(key, isOld ? "background" : "live");
    });
  }

  #add(key: string, priority: Priority): void {
    const { maxDepth } = this.crd.queue;
    // Past the limit, background adds are left to the next resync; live ones are never dropped.
    if (priority === "background" && maxDepth > 0 && this.#queue.depth >= maxDepth) return;
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
    const outcome = await reconciler.reconcile(key, { signal: signals.aborting });
    metrics.reconciled(name, outcome.kind, (clock.monotonicMs() - startedMs) / 1000);
    if (outcome.kind === "retry") metrics.retried(name);
    this.#record(outcome);
    controller.act(key, outcome);
  }

  #record(outcome: Outcome): void {
    const nowMs = this.#environment.clock.now();
    switch (outcome.kind) {
      case "settled":
      case "waiting":
        this.#update(afterSuccess(this.#health, nowMs));
        return;
      case "retry":
      case "stuck":
        this.#update(afterFailure(this.#health, nowMs, outcome.error.message));
        return;
      default:
        outcome satisfies never;
    }
  }

  #meet(obstacle: Obstacle | undefined): void {
    const known = this.#health.obstacle;
    if (known?.message === obstacle?.message) return;
    if (!obstacle) {
      this.#update(withoutObstacle(this.#health));
      return;
    }
    const { kind, message: reason } = obstacle;
    if (kind === "dependency") this.#log.info("Waiting", { reason });
    else this.#log.warn("Cannot go on yet", { reason });
    this.#update(withObstacle(this.#health, obstacle));
  }

  /** Rings only for what another box may wait for, since most reconciles change nothing of it. */
  #update(health: Health): void {
    const before = this.#health;
    this.#health = health;
    const isNews =
      before.consecutiveFailures !== health.consecutiveFailures ||
      before.hasSucceeded !== health.hasSucceeded ||
      before.startedAtMs !== health.startedAtMs ||
      before.obstacle !== health.obstacle;
    if (isNews) this.#environment.changed.ring();
  }
}

interface Definition {
  /** Of the primary's informer: it listed anew since, so the CRD may have been made anew. */
  epoch: number;
  readonly signal: AbortSignal;
  onOutdated(): void;
}

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

function createQueue({ queue }: ResolvedCrd, { clock, random }: BoxEnvironment) {
  const delayed = createDelayedQueue<string>(createReadyQueue({ clock }), { clock });
  return createRateLimitedQueue(delayed, { random, scheduleMs: queue.retryBackoffMs });
}

function shutDownWith(signal: AbortSignal, queue: Workqueue<string>): void {
  if (signal.aborted) queue.shutDown();
  else signal.addEventListener("abort", () => queue.shutDown(), { once: true });
}
