/** The code of a Katalog, loaded to see whether it can run, and not run. */
import type { Issue } from "../std/issue.ts";
import { silentLogger } from "../telemetry/log.ts";
import { createMetrics } from "../telemetry/metrics.ts";
import type { Io } from "./io.ts";
import { openHooks } from "./open-hooks.ts";
import type { Resolved } from "./resolve-files.ts";

export async function checkCode(
  resolved: Pick<Resolved, "modules">,
  io: Io,
): Promise<readonly Issue[]> {
  const code = await openHooks({ resolved, io, log: silentLogger, metrics: createMetrics() });
  if (code.kind === "loaded") await code.hooks[Symbol.asyncDispose]();
  return code.kind === "refused" ? code.issues : [];
}
