/**
 * Settings of the engine in the executable. It reads them from the environment, before the first line of
 * a program runs: a process that is to live long with them puts itself in its own place once, by `execve(2)`,
 * which keeps its id, its streams and its ignored signals. Measured in docs/benchmarks.md.
 *
 * Whoever sets one of them has the last word. Where a process cannot do this, it runs with the engine's own.
 * Programs that it starts in turn (exec plugins, credential helpers) do not get them: they may be of the same
 * engine in another version, which refuses what it does not know.
 */
import type nodeProcess from "node:process";

const SETTINGS: Readonly<Record<string, string>> = {
  // The last tier of the compiler gains this program nothing: it waits for the API server, not for itself.
  BUN_JSC_useFTLJIT: "0",
  // The tier below it is worth its while sooner than by itself, after a thousand turns: what a reconcile runs
  // through is run a thousand times in the first burst, and is to be fast in it.
  BUN_JSC_thresholdForOptimizeAfterWarmUp: "200",
  BUN_JSC_thresholdForOptimizeAfterLongWarmUp: "200",
  BUN_JSC_thresholdForOptimizeSoon: "200",
  // The heap may grow by this share of what lives in it before garbage is collected; by itself, by all of it.
  BUN_JSC_heapGrowthMaxIncrease: "0.5",
  // Only the young are looked at, unless they have less than this share of the heap to live in. By itself a
  // third: just what a growth of 0.5 leaves them, so that nearly every collection went through all of it.
  BUN_JSC_minEdenToOldGenerationRatio: "0.25",
  // How often, in milliseconds, the allocator looks for pages to give back; by itself, ten times a second.
  MIMALLOC_PURGE_HOLES_MIN_INTERVAL: "1000",
};

/** In the process that was started anew: the names of those that were set for it. */
const MARK = "ORK_ENGINE_SETTINGS";

/** Commands that run until they are told to stop. */
const LONG_LIVED: ReadonlySet<string> = new Set(["run", "sandbox"]);

/** Where an executable of Bun keeps the files that it is made of. */
const EMBEDDED = "/$bunfs/";

type Program = Pick<typeof nodeProcess, "argv" | "argv0" | "env" | "execPath" | "execve">;

/** Does not return when the process starts anew. */
export function applyEngineSettings(program: Program): void {
  const applied = program.env[MARK];
  if (applied !== undefined) {
    // The engine has read them.
    for (const name of [MARK, ...applied.split(",")]) delete program.env[name];
    return;
  }
  const [, entry = "", ...args] = program.argv;
  const missing = Object.entries(SETTINGS).filter(([name]) => program.env[name] === undefined);
  const isMeant = entry.startsWith(EMBEDDED) && args.some((word) => LONG_LIVED.has(word));
  if (!isMeant || missing.length === 0 || program.execve === undefined) return;
  try {
    const names = missing.map(([name]) => name).join(",");
    const env = { ...program.env, ...Object.fromEntries(missing), [MARK]: names };
    program.execve(program.execPath, [program.argv0, ...args], env);
  } catch {
    // A sandbox without this call, or an executable that was replaced meanwhile: slower, and no less right.
  }
}
