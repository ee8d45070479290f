/**
 * The code of users, loaded and checked: before anything is written to a cluster, and by whoever wants to
 * know whether a Katalog can run.
 */
import process from "node:process";
import type { LoadedHooks } from "../hook/hook.ts";
import { systemClock } from "../std/clock.ts";
import type { Issue } from "../std/issue.ts";
import type { Logger } from "../telemetry/log.ts";
import type { Metrics } from "../telemetry/metrics.ts";
import type { Io } from "./io.ts";
import type { Resolved } from "./resolve-files.ts";
import { OperationalError } from "./usage-error.ts";

export interface OpenHooksOptions {
  readonly resolved: Pick<Resolved, "modules">;
  readonly io: Pick<Io, "startThread">;
  readonly log: Logger;
  readonly metrics: Metrics;
}

export type OpenedHooks =
  | { readonly kind: "none" }
  | { readonly kind: "loaded"; readonly hooks: LoadedHooks }
  | { readonly kind: "refused"; readonly issues: readonly Issue[] };

export async function openHooks(options: OpenHooksOptions): Promise<OpenedHooks> {
  const { resolved, io, log, metrics } = options;
  const { modules } = resolved;
  if (modules.length === 0) return { kind: "none" };
  const { startThread: start } = io;
  if (!start) throw new OperationalError("Cannot run hooks: this program starts no threads");
  // Most Katalogs have none.
  const hook = await import("../hook/hook.ts");
  const residentBytes = () => process.memoryUsage.rss();
  const parts = { modules, start, clock: systemClock, residentBytes, log, metrics };
  const hooks = await hook.openHooks(parts).catch((cause: unknown) => {
    const message = "Cannot copy the modules of hooks to the folder of temporary files";
    throw new OperationalError(`${message}: set TMPDIR to one that can be written`, { cause });
  });
  const issues = await hooks.check();
  if (issues.length === 0) return { kind: "loaded", hooks };
  await hooks[Symbol.asyncDispose]();
  return { kind: "refused", issues };
}
