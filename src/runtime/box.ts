/**
 * One box per CRD: its informers, work and health. What happens in one box is invisible to the others.
 *
 * Flow (`box-life.ts`): stand by while another replica leads → install the CRD → wait for dependencies,
 * and only clean up meanwhile → start (`box-start.ts`) → work (`box-work.ts`) until told to stop, or
 * until the CRD is another one than at the start; then it starts again.
 *
 * Guarantees: `run` does not throw. An obstacle (no CRD, no permission, no server) is shown in the
 * health and tried again, and stands in no other box's way; so is a fault of ours shown, which ends it.
 */
import type { ResolvedCrd } from "../katalog/resolved.ts";
import type { Informer } from "../kube/informer.ts";
import type { Program } from "../reconcile/program.ts";
import type { KubeObject, ResourceType } from "../schema/object.ts";
import type { Logger } from "../telemetry/log.ts";
import { compareDefinition } from "./box-definition.ts";
import type { BoxEnvironment, StopSignals } from "./box-environment.ts";
import { boxFacts } from "./box-facts.ts";
import { BoxHealth } from "./box-health.ts";
import { BoxHistory } from "./box-history.ts";
import { liveBox, type StartReason } from "./box-life.ts";
import type { BoxCaches, StartOptions } from "./box-start.ts";
import { BoxWork } from "./box-work.ts";
import { childCause } from "./causes.ts";
import type { WorkScope } from "./going-only.ts";
import {
  afterStandby,
  type Health,
  type HealthState,
  healthState,
  withObstacle,
} from "./health.ts";
import { History, type KeyHistory } from "./history.ts";
import { alone } from "./leadership.ts";
import { childObstacle, faultOf, obstacleOf } from "./obstacle.ts";
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
  readonly #health: BoxHealth;
  #caches: BoxCaches | undefined;
  #work: BoxWork | undefined;
  /** Of the primary's informer, when the CRD was last known to be what it was when the caches opened. */
  #knownEpoch: number | undefined;
  readonly #history: BoxHistory;
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
    return this.#work?.queueDepth ?? 0;
  }

  get activeWorkers(): number {
    return this.#work?.activeWorkers ?? 0;
  }

  get contestedCount(): number {
    return this.#work?.contestedCount ?? 0;
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

  pauseOf(key: string): string | undefined {
    return this.#work?.pauseOf(key);
  }

  resyncDueMs(key: string): number | undefined {
    return this.#work?.resyncDueMs(key);
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
        work: (caches, during, scope) => this.#workOn(caches, during, scope),
      });
    } catch (error) {
      if (signals.draining.aborted) return;
      this.#log.error("Box stopped", { error });
      this.#health.update(withObstacle(this.health, faultOf(error)));
    } finally {
      await this.#close();
    }
  }

  #startOptions(): Omit<StartOptions, "signal"> {
    return {
      program: this.#options.program,
      environment: this.#environment,
      log: this.#log,
      onObstacle: (obstacle, error) => this.#health.meet(obstacle, error),
      onOpened: (opened) => {
        this.#caches = opened;
      },
      // While nobody works it is left: whoever begins looks at everything.
      onChildChange: (key, event) => this.#work?.add(key, "live", childCause(event)),
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
    const definition = this.#work?.definition;
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
    const { error } = broken.state;
    const { kind } = broken.selection.type;
    const isPrimary = broken === primary;
    const obstacle = isPrimary ? obstacleOf(error) : childObstacle(kind, error);
    const isCrdGone = isPrimary && obstacle.kind === "missing";
    this.#health.meet(
      isCrdGone ? { kind: "missing", message: "CRD missing at runtime" } : obstacle,
    );
  }

  /** Says in the health what is not met, and whether anything is not. Another obstacle lasts until the start is done. */
  #meetDependencies(): boolean {
    const unmet = this.#options.unmet();
    if (unmet !== undefined) this.#health.meet({ kind: "dependency", message: unmet });
    else if (this.health.obstacle?.kind === "dependency") this.#health.meet(undefined);
    return unmet !== undefined;
  }

  async #untilDependenciesMet(signal: AbortSignal): Promise<void> {
    while (this.#meetDependencies()) await this.#environment.changed.wait(signal);
  }

  async #workOn(caches: BoxCaches, signals: StopSignals, scope: WorkScope): Promise<void> {
    const work = new BoxWork({
      ...this.#options,
      caches,
      scope,
      signals,
      startReason: this.#startReason,
      knownEpoch: this.#knownEpoch,
      health: this.#health,
      history: this.#history,
      facts: () => boxFacts(this),
      log: this.#log,
    });
    this.#work = work;
    try {
      await work.run();
    } finally {
      this.#knownEpoch = work.definition.epoch;
      this.#work = undefined;
      this.#history.clear();
    }
  }
}
