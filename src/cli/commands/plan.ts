/**
 * `ork plan`: what a restart with these documents would do to the cluster, before anybody restarts.
 * Writes nothing anywhere.
 */
import { randomBytes } from "node:crypto";
import { planRestart } from "../../preview/plan.ts";
import type { PlanProgress } from "../../preview/plan-options.ts";
import { hasDifferences, isIncomplete } from "../../preview/plan-summary.ts";
import { systemClock } from "../../std/clock.ts";
import { createMetrics } from "../../telemetry/metrics.ts";
import { type Cluster, checkReachable, openCluster } from "../connect.ts";
import { EXIT, type ExitCode } from "../exit-codes.ts";
import type { Flags } from "../flags.ts";
import type { Io } from "../io.ts";
import { localTimeZone } from "../local-time-zone.ts";
import { planJson } from "../plan-json.ts";
import { renderPlan } from "../plan-report.ts";
import { katalogNamesOf, resolveOrReport } from "../resolve-files.ts";
import { compareWithRunning } from "../running.ts";
import { compile, installPolicies } from "../serve.ts";
import type { CommandInput } from "../spec.ts";
import { UsageError } from "../usage-error.ts";

export async function execute({ flags, io }: CommandInput): Promise<ExitCode> {
  const sample = readSample(flags);
  const resolved = await resolveOrReport(flags, io);
  if (typeof resolved === "number") return resolved;
  const programs = await compile({ resolved, io });
  if (!programs) return EXIT.issues;
  using cluster = await openCluster({ flags, io, metrics: createMetrics() });
  await checkReachable(cluster, io.signal);
  const plan = await planRestart({
    katalogName: resolved.katalog.metadata.name,
    katalogNames: katalogNamesOf(resolved),
    configDigest: resolved.digest,
    programs,
    definitions: resolved.katalog.crds.flatMap(({ crd }) => (crd ? [crd] : [])),
    ...clusterParts(cluster),
    clock: systemClock,
    random: Math.random,
    randomBytes: (size) => randomBytes(size),
    timeZone: localTimeZone({ env: io.env["TZ"] }),
    ...policies(flags, io),
    forceTakeover: flags.isOn("force-takeover"),
    sample,
    signal: io.signal,
    ...(io.hasColor.stderr && { onProgress: progress(io) }),
  });
  const running = await compareWithRunning({ resolved, plan, flags, io, signal: io.signal });
  if (flags.text("output") === "json") {
    io.print(JSON.stringify(planJson(plan, running), null, 2));
  } else io.print(renderPlan(plan, running, io.hasColor.stdout));
  if (isIncomplete(plan)) return EXIT.operational;
  return hasDifferences(plan) || running.kind === "differs" ? EXIT.differences : EXIT.ok;
}

function clusterParts({ client, discovery }: Cluster) {
  return { client, discovery };
}

/** Inside a cluster `run` brings nothing along; where it is planned says nothing of where it will run. */
function policies(flags: Flags, io: Io) {
  const inCluster = { KUBERNETES_SERVICE_HOST: flags.isOn("in-cluster") ? "planned" : "" };
  return installPolicies(flags, { ...io, env: { ...io.env, ...inCluster } });
}

function readSample(flags: Flags): number | undefined {
  const text = flags.text("sample");
  if (text === undefined) return undefined;
  const sample = Number(text);
  if (Number.isInteger(sample) && sample > 0) return sample;
  throw new UsageError(`${flags.sourceOf("sample")} is "${text}", expected a number from 1`);
}

/** One line a second is enough to see that it goes on. */
const PROGRESS_MS = 1_000;

function progress({ note }: Io): (progress: PlanProgress) => void {
  let toldMs = systemClock.monotonicMs();
  return ({ entry, done, total }) => {
    const nowMs = systemClock.monotonicMs();
    if (nowMs - toldMs < PROGRESS_MS) return;
    toldMs = nowMs;
    note(`Planning ${entry}: ${done} of ${total} custom resources`);
  };
}
