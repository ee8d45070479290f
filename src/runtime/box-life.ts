/**
 * The life of one box: stand by with warm caches while another replica leads; with the leadership bring
 * what the Katalog brings, wait for dependencies, work; stand by again when the leadership is lost.
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
  /** Says whether it had to wait. */
  untilDependenciesMet(signal: AbortSignal): Promise<boolean>;
  /** Resolves when `draining` is aborted, or the CRD is another one than at the start. */
  work(caches: BoxCaches, signals: StopSignals): Promise<void>;
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
    if (await life.untilDependenciesMet(signal)) life.onStart("dependency");
    if (life.caches()) await bringCustomResources(options);
    while (!signal.aborted) {
      await life.work(life.caches() ?? (await startBox(options)), signals);
      if (signal.aborted) return;
      life.onStart("crd");
      await life.close();
    }
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}
