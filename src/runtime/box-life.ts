/**
 * The life of one box: stand by with warm caches while another replica leads; with the leadership bring
 * what the Katalog brings, wait for dependencies, work; stand by again when the leadership is lost. Whoever
 * waits for dependencies cleans up what is being deleted, and that alone.
 *
 * Guarantees: a standby writes nothing and looks at everything, so that whoever wins begins at once.
 * A process without election leads from its start. Rejects when it is told to stop, and for a fault of
 * this program.
 */
import type { StopSignals } from "./box-environment.ts";
import {
  type BoxCaches,
  bringCustomResources,
  bringDefinition,
  type StartOptions,
  startBox,
} from "./box-start.ts";
import type { WorkScope } from "./going-only.ts";
import { type Leadership, untilLeading } from "./leadership.ts";

export type StartReason = "process" | "leadership" | "dependency" | "crd";

export interface BoxLife {
  readonly leadership: Leadership;
  readonly signals: StopSignals;
  readonly start: Omit<StartOptions, "signal">;
  readonly caches: () => BoxCaches | undefined;
  /** Closes the caches. */
  close(): Promise<void>;
  /** Another replica works, and the caches are warm. */
  onStandby(): void;
  /** Why the workers begin. */
  onStart(reason: StartReason): void;
  /** Shows what it waits for, if anything. */
  lacksDependency(): boolean;
  untilDependenciesMet(signal: AbortSignal): Promise<void>;
  /** Resolves when `draining` is aborted, or the CRD is another one than at the start. */
  work(caches: BoxCaches, signals: StopSignals, scope: WorkScope): Promise<void>;
}

export async function liveBox(life: BoxLife): Promise<void> {
  const { draining } = life.signals;
  while (!draining.aborted) {
    const { term } = life.leadership;
    const isFirst = term?.aborted === false;
    life.onStart(isFirst ? "process" : "leadership");
    await lead(life, isFirst ? term : await standBy(life));
  }
}

/** Resolves with the term that begins. */
async function standBy(life: BoxLife): Promise<AbortSignal> {
  const { draining } = life.signals;
  const winning = new AbortController();
  const leading = untilLeading(life.leadership, draining).finally(() => winning.abort());
  // Whoever waits below hears of it; until then nobody may call it unhandled.
  leading.catch(() => undefined);
  try {
    const signal = AbortSignal.any([draining, winning.signal]);
    if (!life.caches()) await startBox({ ...life.start, signal, isStandby: true });
    life.onStandby();
  } catch (error) {
    if (!winning.signal.aborted) throw error;
    // Half open; the leader begins with what only a leader may install.
    await life.close();
  }
  return leading;
}

async function lead(life: BoxLife, term: AbortSignal): Promise<void> {
  const { draining, aborting } = life.signals;
  const signals: StopSignals = {
    draining: AbortSignal.any([draining, term]),
    // Nothing of a term that is over may go on.
    aborting: AbortSignal.any([aborting, term]),
  };
  const { draining: signal } = signals;
  const options: StartOptions = { ...life.start, signal };
  try {
    await bringDefinition(options);
    if (life.lacksDependency()) {
      await cleanUpUntilMet(life, options, signals);
      life.onStart("dependency");
    }
    if (life.caches()) await bringCustomResources(options);
    await workOn(life, { options, signals, scope: "all" });
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}

/** What goes need not wait, and what is to come finds its caches warm. */
async function cleanUpUntilMet(
  life: BoxLife,
  start: StartOptions,
  { draining, aborting }: StopSignals,
): Promise<void> {
  const met = new AbortController();
  const signals = { draining: AbortSignal.any([draining, met.signal]), aborting };
  // Until then the health shows the dependency, whatever else is in the way.
  const onObstacle: StartOptions["onObstacle"] = (obstacle) => {
    if (met.signal.aborted) start.onObstacle(obstacle);
  };
  const options = { ...start, isStandby: true, onObstacle };
  const cleanup = workOn(life, { options, signals, scope: "going" });
  try {
    await Promise.race([life.untilDependenciesMet(signals.draining), cleanup]);
  } finally {
    met.abort(new Error("The dependencies are met"));
    await cleanup;
  }
}

interface Work {
  readonly options: StartOptions;
  readonly signals: StopSignals;
  readonly scope: WorkScope;
}

/** Resolves when `draining` is aborted; rejects when the caches did not come up before the term ended. */
async function workOn(life: BoxLife, { options, signals, scope }: Work): Promise<void> {
  const { draining } = signals;
  while (!draining.aborted) {
    const caches = life.caches() ?? (await startBox(options));
    if (draining.aborted) return;
    await life.work(caches, signals, scope);
    if (draining.aborted) return;
    life.onStart("crd");
    await life.close();
  }
}
