/**
 * One box per CRD: its informers, queue, workers and health. What happens in one box is invisible
 * to the others.
 *
 * Flow: install the CRD → wait for dependencies → start (`box-start.ts`) → work until told to stop.
 *
 * Guarantees: `run` does not throw. An obstacle (no CRD, no permission, no server) is shown in the
 * health and tried again, and stands in no other box's way.
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
import type { Reconciler } from "../reconcile/reconcile.ts";
import { type KubeObject, objectKey, type ResourceType } from "../schema/object.ts";
import type { Outcome } from "../status/outcome.ts";
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
import { obstacleOf } from "./obstacle.ts";
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
  readonly #queue: Workqueue<string>;
  readonly #controller: Controller;
  #health: Health = initialHealth;
  #caches: BoxCaches | undefined;

  constructor(options: BoxOptions) {
    const { program, environment } = options;
    this.crd = program.crd;
    this.#options = options;
    this.#environment = environment;
    this.#log = environment.log.child({ crd: this.crd.name });
    const { clock, random } = environment;
    const delayed = createDelayedQueue<string>(createReadyQueue({ clock }), { clock });
    const scheduleMs = this.crd.queue.retryBackoffMs;
    this.#queue = createRateLimitedQueue(delayed, { random, scheduleMs });
    this.#controller = createController({ queue: this.#queue, log: this.#log });
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
      const caches = await startBox(options);
      await this.#work(caches, signals);
    } catch (error) {
      if (!signal.aborted) this.#log.error("Box stopped", { error });
    } finally {
      this.#queue.shutDown();
      await this.#caches?.children[Symbol.asyncDispose]();
      await this.#caches?.primary[Symbol.asyncDispose]();
    }
  }

  /** Compares the informers with the health; called now and then while the box works. */
  checkInformers(): void {
    if (this.#health.startedAtMs === undefined) return;
    const broken = this.informers.find(({ state }) => state.kind === "retrying");
    if (broken?.state.kind !== "retrying") {
      this.#meet(undefined);
      return;
    }
    const obstacle = obstacleOf(broken.state.error);
    const isCrdGone = broken === this.#caches?.primary && obstacle.kind === "missing";
    this.#meet(isCrdGone ? { kind: "missing", message: "CRD missing at runtime" } : obstacle);
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
    const { program } = this.#options;
    const facts = () => boxFacts(this);
    const reconciler = this.#environment.createReconciler(program, { ...caches, facts, log });
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
    const unfollow = this.#follow(caches.primary, resync);
    this.#update(afterStart(this.#health, clock.now()));
    const { kind } = caches.type;
    log.info("Started", { kind, workers: this.crd.workers, objects: this.resourceCount });
    shutDownWith(signals.draining, this.#queue);
    await runWorkers(this.#queue, {
      count: this.crd.workers,
      clock,
      work: ({ key, waitedMs }) => this.#reconcile(key, { reconciler, waitedMs, signals }),
      onThrow: (error, key) => {
        if (!signals.aborting.aborted) log.error("Worker failed", { key, error });
      },
    });
    unfollow();
  }

  /**
   * Everything in the store is enqueued once, when subscribing, then every change. What nobody has
   * seen before goes first: of a thousand custom resources at a start, the one that is new.
   */
  #follow(primary: Informer, resync: Resync): () => void {
    return primary.subscribe((event: StoreEvent) => {
      const key = objectKey(event.object.metadata);
      if (event.kind === "deleted") resync.delete(key);
      else resync.add(key);
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

  async #reconcile(key: string, { reconciler, waitedMs, signals }: Turn): Promise<void> {
    const { clock, metrics } = this.#environment;
    const { name } = this.crd;
    metrics.taken(name, waitedMs / 1000);
    const startedMs = clock.monotonicMs();
    const outcome = await reconciler.reconcile(key, { signal: signals.aborting });
    metrics.reconciled(name, outcome.kind, (clock.monotonicMs() - startedMs) / 1000);
    if (outcome.kind === "retry") metrics.retried(name);
    this.#record(outcome);
    this.#controller.act(key, outcome);
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

interface Turn {
  readonly reconciler: Reconciler;
  readonly waitedMs: number;
  readonly signals: StopSignals;
}

function shutDownWith(signal: AbortSignal, queue: Workqueue<string>): void {
  if (signal.aborted) queue.shutDown();
  else signal.addEventListener("abort", () => queue.shutDown(), { once: true });
}
