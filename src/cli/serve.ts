/**
 * Puts a running process together: cluster, informers, boxes, view; and takes it apart in order
 * when the signal comes. Every part is given what it needs here, and nowhere else.
 */
import { randomBytes } from "node:crypto";
import { hostname } from "node:os";
import { createExternalAccess, type ExternalFetch } from "../hook/external-call.ts";
import { createExternalMetrics, type ExternalMetrics } from "../hook/external-metrics.ts";
import type { LoadedHooks } from "../hook/hook.ts";
import { createRemoteAccess } from "../hook/remote-call.ts";
import { createRemoteMetrics, type RemoteMetrics } from "../hook/remote-metrics.ts";
import type { EventRecord } from "../kube/event-object.ts";
import { createFairClient } from "../kube/fair-client.ts";
import { createInformers } from "../kube/informers.ts";
import { LeaseFence } from "../kube/lease-fence.ts";
import { createEventRecorder, type EventRecorder } from "../kube/recorder.ts";
import { Evaluations } from "../reconcile/evaluations.ts";
import { compileProgram, type Program } from "../reconcile/program.ts";
import { createReconciler } from "../reconcile/reconcile.ts";
import type { BoxEnvironment } from "../runtime/box-environment.ts";
import { createBoxMetrics } from "../runtime/box-metrics.ts";
import { createCustomSchemas } from "../runtime/custom-schemas.ts";
import { History } from "../runtime/history.ts";
import type { InstallPolicy } from "../runtime/install.ts";
import type { Leadership } from "../runtime/leadership.ts";
import { type Runtime, startRuntime } from "../runtime/runtime.ts";
import { exposeView } from "../runtime/view-metrics.ts";
import { parseApiVersion } from "../schema/object.ts";
import type { WebOptions } from "../source/web.ts";
import { Bell } from "../std/bell.ts";
import { systemClock } from "../std/clock.ts";
import { FairShares } from "../std/fair-shares.ts";
import type { Logger } from "../telemetry/log.ts";
import { createMetrics, type Metrics } from "../telemetry/metrics.ts";
import { createKatalogDialect } from "../template/katalog-dialect.ts";
import { type Cluster, checkReachable, openCluster } from "./connect.ts";
import { durationFlag } from "./duration-flag.ts";
import {
  type Election,
  type ElectionTimes,
  electionTimes,
  leasePlace,
  openElection,
} from "./election.ts";
import { EXIT, type ExitCode } from "./exit-codes.ts";
import type { Flags } from "./flags.ts";
import { type Io, isInCluster } from "./io.ts";
import { localTimeZone } from "./local-time-zone.ts";
import { openHooks } from "./open-hooks.ts";
import { openSandbox } from "./open-sandbox.ts";
import { openView } from "./open-view.ts";
import { warnOfOtherLeader } from "./other-leader.ts";
import { katalogNamesOf, type Resolved, reportIssues, webOptions } from "./resolve-files.ts";
import { catchStrays } from "./strays.ts";
import { warnOfStranded } from "./tell-stranded.ts";
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
  const times = electionTimes(flags, io);
  const programs = await compile(options);
  if (!programs) return EXIT.issues;
  using _strays = catchStrays(log);
  const metrics = createMetrics();
  const code = await openHooks({ ...options, metrics });
  if (code.kind === "refused") {
    await reportIssues(code.issues, io);
    return EXIT.issues;
  }
  await using hooks = code.kind === "loaded" ? code.hooks : undefined;
  const running: { runtime?: Runtime } = {};
  // First of all: an address that is wrong or taken must not be found out after the first write.
  const viewParts = { io, log, metrics, clock: systemClock, view: () => running.runtime };
  await using view = await openView(flags, viewParts);
  await using sandbox = flags.isOn("sandbox") ? await sandboxFor(options) : undefined;
  const kubeconfig = sandbox && { kubeconfig: sandbox.kubeconfigPath };
  const fence = times && new LeaseFence(systemClock);
  using cluster = await openCluster({ flags, io, metrics, ...kubeconfig, ...(fence && { fence }) });
  const serverVersion = await checkReachable(cluster, io.signal);
  if (sandbox) {
    const kubeconfig = sandbox.kubeconfigPath;
    log.info("Sandbox is up", { kubeconfig, try: `kubectl --kubeconfig ${kubeconfig} get crd` });
  }
  log.info("Connected", { server: cluster.connection.server, version: serverVersion });
  const recorder = createEventRecorder({
    client: cluster.client,
    reporter: { controller: "orkestra", instance: hostname() },
    clock: systemClock,
    random: Math.random,
    log,
    metrics,
  });
  // Given back last of all, when nothing of ours is under way any more.
  await using election =
    times && fence
      ? await elect({ ...options, cluster, recorder, metrics, times, fence })
      : undefined;
  if (!election && !sandbox) lookForOthers(options, cluster);
  const { leadership } = election ?? {};
  const web = await webFor(programs, options);
  const parts = { ...options, programs, cluster, recorder, metrics, leadership, hooks, web };
  const runtime = start(parts);
  running.runtime = runtime;
  lookForStranded({ ...options, programs, leadership, runtime }, cluster);
  try {
    exposeView(runtime, metrics);
    if (view) log.info("Serving probes, metrics and the view", { url: view.url });
    await untilAborted(io.signal);
  } finally {
    await stop({ runtime, recorder, log, shutdownMs: options.shutdownMs });
  }
  return EXIT.ok;
}

interface ElectOptions extends ServeOptions {
  readonly cluster: Cluster;
  readonly recorder: EventRecorder;
  readonly metrics: Metrics;
  readonly times: ElectionTimes;
  readonly fence: LeaseFence;
}

function elect({ resolved, flags, io, log, ...parts }: ElectOptions): Promise<Election> {
  const emitAsLeader = (event: EventRecord) => parts.recorder.record(event);
  const { connection } = parts.cluster;
  const place = leasePlace(flags, io, connection);
  const { katalog, digest: configDigest } = resolved;
  return openElection({ ...parts, place, connection, katalog, configDigest, log, emitAsLeader });
}

/** Beside the start, which must not wait for it. */
function lookForOthers({ resolved, io, log }: ServeOptions, { client }: Cluster): void {
  const { signal } = io;
  const katalog = resolved.katalog.metadata.name;
  void warnOfOtherLeader({ client, katalog, nowMs: systemClock.now(), log, signal });
}

interface StrandedParts extends ServeOptions {
  readonly programs: readonly Program[];
  readonly leadership: Leadership | undefined;
  readonly runtime: Runtime;
}

/** Beside the work, which does not wait for it. */
function lookForStranded(options: StrandedParts, { client, discovery }: Cluster): void {
  const { resolved, programs, leadership, runtime, log, io } = options;
  const { katalog, digest: configDigest } = resolved;
  // In a new sandbox nobody left anything behind.
  if (options.flags.isOn("sandbox")) return;
  void warnOfStranded({
    katalog,
    katalogNames: katalogNamesOf(resolved),
    configDigest,
    programs,
    client,
    discovery,
    leadership,
    clock: systemClock,
    log,
    signal: io.signal,
    isStarted: () => runtime.isStarted,
  });
}

function sandboxFor({ flags, io, log }: ServeOptions) {
  const kubeconfigPath = flags.text("sandbox-kubeconfig");
  const readyDelayMs = durationFlag(flags, "sandbox-ready-delay");
  return openSandbox({
    port: 0,
    kubeconfigPath,
    kubeconfigFlag: "sandbox-kubeconfig",
    controllers: "on",
    readyDelayMs,
    cwd: io.cwd,
    log,
  });
}

/** One program for each enabled entry; `undefined` when issues, which are reported, stop it. */
export async function compile({
  resolved,
  io,
}: Pick<ServeOptions, "resolved" | "io">): Promise<readonly Program[] | undefined> {
  const dialect = createKatalogDialect();
  const results = resolved.katalog.crds
    .filter(({ isEnabled }) => isEnabled)
    .map((crd) => compileProgram(crd, dialect, resolved.places.get(crd.name)));
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
  readonly leadership: Leadership | undefined;
  readonly hooks: LoadedHooks | undefined;
  /** How imports were read: calls of deletions keep to the same rules. */
  readonly web: WebOptions;
}

function start(options: StartOptions): Runtime {
  const { resolved, programs, log } = options;
  const { katalog, digest: configDigest, imports } = resolved;
  log.info("Katalog resolved", {
    katalog: katalog.metadata.name,
    crds: programs.length,
    digest: configDigest,
  });
  for (const { files, ...one } of imports) {
    log.info("Import resolved", { ...one, ...(files.length > 0 && { files }) });
  }
  return startRuntime({
    katalog,
    configDigest,
    imports,
    programs,
    environment: environmentOf(options),
  });
}

function environmentOf(options: StartOptions): BoxEnvironment {
  const { flags, io, cluster, recorder, metrics, log, resolved, leadership, hooks } = options;
  const { client, transport, discovery } = cluster;
  const known = resolved.katalog.crds.flatMap(({ crd }) => (crd ? [crd] : []));
  const shared = { client, clock: systemClock, random: Math.random, log };
  const places = new FairShares(REQUEST_PLACES);
  const remoteMetrics = createRemoteMetrics(metrics);
  const externalMetrics = createExternalMetrics(metrics);
  const timeZone = localTimeZone({ env: io.env["TZ"] });
  const evaluations = new Evaluations(systemClock);
  return {
    ...shared,
    discovery,
    informers: createInformers({ ...shared, transport, metrics }),
    metrics: createBoxMetrics(metrics),
    ...(leadership && { leadership }),
    history: new History(),
    changed: new Bell(),
    ...installPolicies(flags, io),
    emit: (event) => recorder.record(event),
    createReconciler(program, { type, primary, children, facts, log: boxLog }) {
      // A box that starts again, because its CRD is another one, reads schemas anew.
      const schemas = createCustomSchemas({ client, known });
      return createReconciler(program, {
        katalogName: program.crd.katalog,
        forceTakeover: flags.isOn("force-takeover"),
        facts,
        configDigest: resolved.digest,
        type,
        hasStatusSubresource: type.hasStatus,
        client: createFairClient(client, places.of(program.crd.name)),
        primary,
        children,
        async lookupKind(apiVersion, kind, signal) {
          const query = { ...parseApiVersion(apiVersion), kind };
          const found = await discovery.findKind(query, { signal });
          if (found) await schemas.load(found, signal);
          return found;
        },
        schemaOf: (childType) => schemas.of(childType),
        reloadSchema: (childType, signal) => schemas.reload(childType, signal),
        clock: systemClock,
        evaluations,
        random: (size) => randomBytes(size),
        timeZone,
        emit: (event) => recorder.record(event),
        log: boxLog,
        ...hooksOf(program, hooks, boxLog),
        ...remoteOf(program, remoteMetrics, io),
        ...externalOf(program, { ...options, externalMetrics }),
      });
    },
  };
}

function hooksOf({ crd }: Program, hooks: LoadedHooks | undefined, log: Logger) {
  const { timeoutMs } = crd.box.hooks ?? {};
  const own = timeoutMs !== undefined && hooks?.runnerOf({ crd: crd.name, timeoutMs, log });
  return own ? { hooks: own } : {};
}

/** The way to the service of this box, where it has one. */
function remoteOf({ crd }: Program, metrics: RemoteMetrics, { env }: Io) {
  if (!crd.box.remote) return {};
  const onCall = metrics.of(crd.name);
  return { remote: createRemoteAccess({ fetch, clock: systemClock, env, onCall }) };
}

interface ExternalParts extends Pick<StartOptions, "io" | "web"> {
  readonly externalMetrics: ExternalMetrics;
}

/** Read now or never: after the start nothing is. */
async function webFor(
  programs: readonly Program[],
  { flags, io }: ServeOptions,
): Promise<WebOptions> {
  return programs.some(callsServices) ? webOptions(flags, io) : {};
}

function callsServices({ crd }: Pick<Program, "crd">): boolean {
  return crd.box.onDelete.external !== undefined;
}

/** The way to the services that a deletion calls, where it calls any. */
function externalOf({ crd }: Program, { io, web, externalMetrics }: ExternalParts) {
  if (!callsServices({ crd })) return {};
  // Few Katalogs call anybody, and it brings a web client with it.
  let opened: Promise<ExternalFetch> | undefined;
  const fetch: ExternalFetch = async (url, request) => {
    opened ??= import("../source/checked-fetch.ts").then((one) => one.createCheckedFetch(web));
    return (await opened)(url, request);
  };
  const { allowHttp = false } = web;
  const onCall = externalMetrics.of(crd.name);
  const { env } = io;
  const external = createExternalAccess({ fetch, clock: systemClock, env, allowHttp, onCall });
  return { external };
}

/**
 * Requests in flight of all boxes together. The transport carries some more, for what is not done in the
 * name of one box; a box that hangs in all its requests leaves the other boxes their part.
 */
const REQUEST_PLACES = { slots: 144, least: 4 };

/** Outside a cluster a Katalog brings what it needs; in one, only when a flag says so. */
export function installPolicies(flags: Flags, io: Io) {
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

async function stop({ runtime, recorder, log, shutdownMs }: StopOptions): Promise<void> {
  log.info("Stopping", { deadlineMs: shutdownMs });
  const { isDrained } = await runtime.stop(shutdownMs);
  await recorder[Symbol.asyncDispose]();
  if (isDrained) log.info("Stopped");
  else log.warn("Stopped with work unfinished; the next start goes on with it");
}
