/**
 * `ork run`: resolve once, then serve until stopped.
 *
 * Order of the start: resolve and check → view → find the cluster (or start the sandbox) → runtime.
 * Nothing is written to a cluster before the Katalog is known to be good. The stop goes the other
 * way round.
 */

import { durationFlag } from "../duration-flag.ts";
import { electionTimes } from "../election.ts";
import type { ExitCode } from "../exit-codes.ts";
import { openLoggedIo } from "../open-log.ts";
import { viewAddress } from "../open-view.ts";
import { resolveOrReport } from "../resolve-files.ts";
import { serve } from "../serve.ts";
import type { CommandInput } from "../spec.ts";

const SHUTDOWN_MS = 20_000;

export async function execute({ flags, io: streams }: CommandInput): Promise<ExitCode> {
  // What is wrong with the command line is told before any document is read.
  electionTimes(flags, streams);
  viewAddress(flags, streams);
  const { log, io } = openLoggedIo(flags, streams);
  const resolved = await resolveOrReport(flags, io);
  if (typeof resolved === "number") return resolved;
  const shutdownMs = durationFlag(flags, "shutdown-timeout") ?? SHUTDOWN_MS;
  return serve({ resolved, flags, io, log, shutdownMs });
}
