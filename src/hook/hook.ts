/**
 * The door of the code of users: modules are copied and checked once at start; each box gets a runner
 * of its own, all of them under one watchdog.
 *
 * Guarantees: isolation against accidents: no hook can hold up, exhaust or end the process. It is no
 * sandbox against malice: a module can read files and open connections as the process can.
 */
import type { Clock } from "../std/clock.ts";
import type { Issue } from "../std/issue.ts";
import type { Logger } from "../telemetry/log.ts";
import type { Metrics } from "../telemetry/metrics.ts";
import { checkModules } from "./check.ts";
import { createHookMetrics } from "./hook-metrics.ts";
import type { Handler } from "./protocol.ts";
import { HookRunner } from "./runner.ts";
import { type ModuleCopy, type ModuleSource, type Snapshot, takeSnapshot } from "./snapshot.ts";
import type { StartThread } from "./thread-role.ts";
import { Watchdog } from "./watchdog.ts";

export interface HooksOptions {
  readonly modules: readonly ModuleSource[];
  readonly start: StartThread;
  readonly clock: Clock;
  /** Bytes of the whole process that are in memory. */
  residentBytes(): number;
  readonly log: Logger;
  readonly metrics: Metrics;
}

export interface HookBoxOptions {
  readonly crd: string;
  readonly timeoutMs: number;
  readonly log: Logger;
}

export interface LoadedHooks extends AsyncDisposable {
  /** What is wrong with the modules. Empty: they may run. To be called before any of them runs. */
  check(): Promise<readonly Issue[]>;
  /** The runner of a CRD entry that has a module; it stays the same one. */
  runnerOf(box: HookBoxOptions): HookRunner | undefined;
}

/** What one thread may take, its share of the process's memory and its own heap alike. */
const MEMORY_LIMIT = 160 * 2 ** 20;

export async function openHooks(options: HooksOptions): Promise<LoadedHooks> {
  const snapshot = await takeSnapshot(options.modules);
  const { start, clock, residentBytes, log } = options;
  const watchdog = new Watchdog({ clock, residentBytes, limitBytes: MEMORY_LIMIT });
  const shared = { start, clock, watchdog, memoryLimit: MEMORY_LIMIT };
  const runners = new Map<string, HookRunner>();
  const handlersOf = new Map<ModuleCopy, ReadonlySet<Handler>>();
  const metrics = createHookMetrics(options.metrics);
  return {
    async check() {
      const checked = await checkModules(snapshot.modules.values(), {
        ...shared,
        log: (level, message, fields) => log[level](message, fields),
      });
      for (const { module, handlers } of checked) handlersOf.set(module, handlers);
      return checked.flatMap(({ issues }) => issues);
    },
    runnerOf({ crd, timeoutMs, log: boxLog }) {
      const known = runners.get(crd);
      const module = snapshot.modules.get(crd);
      if (known || !module) return known;
      const handlers = handlersOf.get(module) ?? new Set();
      const own = { module, handlers, timeoutMs, log: boxLog, metrics: metrics.of(crd) };
      const runner = new HookRunner({ ...shared, ...own });
      runners.set(crd, runner);
      return runner;
    },
    [Symbol.asyncDispose]: () => close(runners.values(), snapshot),
  };
}

async function close(runners: Iterable<HookRunner>, snapshot: Snapshot): Promise<void> {
  await Promise.all([...runners].map((runner) => runner[Symbol.asyncDispose]()));
  await snapshot[Symbol.asyncDispose]();
}
