/**
 * Puts a running process together: cluster, informers, boxes, view; and takes it apart in order
 * when the signal comes. Every part is given what it needs here, and nowhere else.
 */
import { randomBytes } from "node:crypto";
import { hostname } from "node:os";
import { createInformers } from "../kube/informers.ts";
import { createEventRecorder, type EventRecorder } from "../kube/recorder.ts";

import { compileProgram, type Program } from "../reconcile/program.ts";
import { createReconciler } from "../reconcile/reconcile.ts";
import type { BoxEnvironment } from "../runtime/box-environment.ts";
import { createBoxMetrics } from "../runtime/box-metrics.ts";
import { createCustomSchemas } from "../runtime/custom-schemas.ts";
import type { InstallPolicy } from "../runtime/install.ts";
import { type Runtime, startRuntime } from "../runtime/runtime.ts";
import { exposeView } from "../runtime/view-metrics.ts";
import { parseApiVersion } from "../schema/object.ts";
import { Bell } from "../std/bell.ts";
import { systemClock } from "../std/clock.ts";
import type { Logger } from "../telemetry/log.ts";
import { createMetrics, type Metrics } from "../telemetry/metrics.ts";
import { createKatalogDialect } from "../template/katalog-dialect.ts";
import { type Cluster, checkReachable, openCluster } from "./connect.ts";
import { durationFlag } from "./duration-flag.ts";
import { EXIT, type ExitCode } from "./exit-codes.ts";
import type { Flags } from "./flags.ts";
import { type Io, isInCluster } from "./io.ts";
import { openSandbox } from "./open-sandbox.ts";
import { openView, viewAddress } from "./open-view.ts";
import { type Resolved, reportIssues } from "./resolve-files.ts";
import { catchStrays } from "./strays.ts";
import { untilAborted } from "./until-aborted.ts";

export interface ServeOptions {
  readonly resolved: Resolved;
  readonly flags: Flags;
  readonly io: Io;
  readonly log: Logger;
  readonly shutdownMs: number;
}

/** Runs until the signal comes. */
export async function serve(options: ServeOptions): Promise<ExitCode> {
  const { flags, io, log } = options;
  const programs = await compile(options);
  if (!programs) return EXIT.issues;
  // A wrong address must not be found out after the first write.
  viewAddress(flags, io);
  using _strays = catchStrays(log);
  const metrics = createMetrics();
  await using sandbox = flags.isOn("sandbox") ? await sandboxFor(options) : undefined;
  const kubeconfig = sandbox && { kubeconfig: sandbox.kubeconfigPath };
  using cluster = await openCluster({ flags, io, metrics, ...kubeconfig });
  const serverVersion = await checkReachable(cluster, io.signal);
  if (sandbox) log.info("Sandbox is up", { kubeconfig: sandbox.kubeconfigPath });
  log.info("Connected", { server: cluster.connection.server, version: serverVersion });
  const recorder = createEventRecorder({
    client: cluster.client,
    reporter: { controller: "orkestra", instance: hostname() },
    clock: systemClock,
    random: Math.random,
    log,
    metrics,
  });
  const runtime = start({ ...options, programs, cluster, recorder, metrics });
  exposeView(runtime, metrics);
  await using view = await openView(flags, { io, log, metrics, runtime, clock: systemClock });
  if (view) log.info("Serving probes, metrics and the view", { url: view.url });
  await untilAborted(io.signal);
  return stop({ runtime, recorder, log, shutdownMs: options.shutdownMs });
}

function sandboxFor({ flags, io, log }: ServeOptions) {
  const kubeconfigPath = flags.text("sandbox-kubeconfig");
  const readyDelayMs = durationFlag(flags, "sandbox-ready-delay");
  return openSandbox({
    port: 0,
    kubeconfigPath,
    controllers: "on",
    readyDelayMs,
    cwd: io.cwd,
    log,
  });
}

async function compile({ resolved, io }: ServeOptions): Promise<readonly Program[] | undefined> {
  const dialect = createKatalogDialect();
  const results = resolved.katalog.crds
    .filter(({ isEnabled }) => isEnabled)
    .map((crd) => compileProgram(crd, dialect));
  const failed = results.filter((result) => result.kind === "failed");
  if (failed.length > 0) {
    await reportIssues(
      failed.flatMap(({ issues }) => issues),
      io,
    );
    return undefined;
  }
  return results.flatMap((result) => (result.kind === "compiled" ? [result.program] : []));
}

interface StartOptions extends ServeOptions {
  readonly programs: readonly Program[];
  readonly cluster: Cluster;
  readonly recorder: EventRecorder;
  readonly metrics: Metrics;
}

function start(options: StartOptions): Runtime {
  const { resolved, programs, log } = options;
  const { katalog, digest: configDigest } = resolved;
  log.info("Katalog resolved", {
    katalog: katalog.metadata.name,
    crds: programs.length,
    digest: configDigest,
  });
  return startRuntime({ katalog, configDigest, programs, environment: environmentOf(options) });
}

function environmentOf(options: StartOptions): BoxEnvironment {
  const { flags, io, cluster, recorder, metrics, log, resolved } = options;
  const { client, transport, discovery } = cluster;
  const known = resolved.katalog.crds.flatMap(({ crd }) => (crd ? [crd] : []));
  const schemas = createCustomSchemas({ client, known });
  const shared = { client, clock: systemClock, random: Math.random, log };
  return {
    ...shared,
    discovery,
    informers: createInformers({ ...shared, transport, metrics }),
    metrics: createBoxMetrics(metrics),
    changed: new Bell(),
    ...installPolicies(flags, io),
    createReconciler: (program, { type, primary, children, facts, log: boxLog }) =>
      createReconciler(program, {
        katalogName: program.crd.katalog,
        forceTakeover: flags.isOn("force-takeover"),
        facts,
        configDigest: resolved.digest,
        type,
        hasStatusSubresource: type.hasStatus,
        client,
        primary,
        children,
        async lookupKind(apiVersion, kind, signal) {
          const query = { ...parseApiVersion(apiVersion), kind };
          const found = await discovery.findKind(query, { signal });
          if (found) await schemas.load(found, signal);
          return found;
        },
        schemaOf: (childType) => schemas.of(childType),
        clock: systemClock,
        random: (size) => randomBytes(size),
        timeZone: io.env["TZ"] || Intl.DateTimeFormat().resolvedOptions().timeZone,
        emit: (event) => recorder.record(event),
        log: boxLog,
      }),
  };
}

/** Outside a cluster a Katalog brings what it needs; in one, only when a flag says so. */
function installPolicies(flags: Flags, io: Io) {
  const usual: InstallPolicy = isInCluster(io) && !flags.isOn("sandbox") ? "never" : "missing";
  const installCrds: InstallPolicy = flags.isOn("apply-crds") ? "always" : usual;
  const installResources: InstallPolicy = flags.isOn("apply-crs") ? "always" : usual;
  return { installCrds, installResources };
}

interface StopOptions {
  readonly runtime: Runtime;
  readonly recorder: EventRecorder;
  readonly log: Logger;
  readonly shutdownMs: number;
}

async function stop({ runtime, recorder, log, shutdownMs }: StopOptions): Promise<ExitCode> {
  log.info("Stopping", { deadlineMs: shutdownMs });
  const { isDrained } = await runtime.stop(shutdownMs);
  await recorder[Symbol.asyncDispose]();
  if (isDrained) log.info("Stopped");
  else log.warn("Stopped with work unfinished; the next start goes on with it");
  return EXIT.ok;
}
