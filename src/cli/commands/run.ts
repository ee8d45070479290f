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
import type { Flags } from "../flags.ts";
import { openLoggedIo } from "../open-log.ts";
import { viewAddress } from "../open-view.ts";
import { connectionOptions } from "../options.ts";
import { resolveOrReport } from "../resolve-files.ts";
import { serve } from "../serve.ts";
import type { CommandInput } from "../spec.ts";
import { UsageError } from "../usage-error.ts";

const SHUTDOWN_MS = 20_000;

export async function execute({ flags, io: streams }: CommandInput): Promise<ExitCode> {
  // What is wrong with the command line is told before any document is read.
  refuseTwoServers(flags);
  electionTimes(flags, streams);
  viewAddress(flags, streams);
  const { log, io } = openLoggedIo(flags, streams);
  const resolved = await resolveOrReport(flags, io);
  if (typeof resolved === "number") return resolved;
  const shutdownMs = durationFlag(flags, "shutdown-timeout") ?? SHUTDOWN_MS;
  return serve({ resolved, flags, io, log, shutdownMs });
}

/** How long one waits for an answer may be said of any server. */
const OF_CLUSTERS = connectionOptions.filter(({ name }) => name !== "request-timeout");
const OF_SANDBOX = ["sandbox-kubeconfig", "sandbox-ready-delay"];

/** What variables say may be meant for other commands. */
function refuseTwoServers(flags: Flags): void {
  const isSandbox = flags.isOn("sandbox");
  const names = isSandbox ? OF_CLUSTERS.map(({ name }) => name) : OF_SANDBOX;
  const name = names.find((one) => flags.isTyped(one));
  if (name === undefined) return;
  const reason = isSandbox
    ? `goes with a cluster, not with --sandbox, which is an API server of its own`
    : "says something of the sandbox: it needs --sandbox";
  throw new UsageError(`Option "--${name}" ${reason}`);
}
