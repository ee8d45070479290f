/**
 * Opens the election that the flags ask for: in a cluster by default, elsewhere when told so, and never for
 * the sandbox, which nobody else serves.
 *
 * The Lease has a transport of its own: a renewal never waits behind the requests that the fence is there to
 * stop. What goes through it is the Lease, and what a standby has to say of it; all else goes through the
 * fence.
 */
import { randomUUID } from "node:crypto";
import { hostname } from "node:os";
import type { ResolvedKatalog } from "../katalog/resolved.ts";
import type { Connection } from "../kube/connection.ts";
import type { EventRecord } from "../kube/event-object.ts";
import { createKubeClient } from "../kube/kube-client.ts";
import type { Candidate, LeasePlace } from "../kube/lease.ts";
import { followLease } from "../kube/lease-changes.ts";
import { Elector } from "../kube/lease-elector.ts";
import type { LeaseFence } from "../kube/lease-fence.ts";
import { createEventRecorder } from "../kube/recorder.ts";
import { createTransport } from "../kube/transport.ts";
import { followElection, type Leadership } from "../runtime/leadership.ts";
import { Bell } from "../std/bell.ts";
import { systemClock } from "../std/clock.ts";
import type { Logger } from "../telemetry/log.ts";
import type { Metrics } from "../telemetry/metrics.ts";
import { durationFlag } from "./duration-flag.ts";
import type { Flags } from "./flags.ts";
import { type Io, isInCluster } from "./io.ts";
import { UsageError } from "./usage-error.ts";
import { version } from "./version.ts";

/** All in milliseconds. */
export interface ElectionTimes {
  readonly durationMs: number;
  readonly renewDeadlineMs: number;
  readonly retryMs: number;
}

/** Those of client-go. */
const TIMES: ElectionTimes = { durationMs: 15_000, renewDeadlineMs: 10_000, retryMs: 2_000 };
/** Looks are spread by so much: a deadline must leave room for two. */
const JITTER = 1.2;
const LEASE_NAME = "orkestra-konductor";
const LEASE_NAMESPACE = "orkestra-system";

/** `undefined`: no election. Throws for flags that make no sense, whether or not there is one. */
export function electionTimes(flags: Flags, io: Io): ElectionTimes | undefined {
  const times = {
    durationMs: durationFlag(flags, "lease-duration") ?? TIMES.durationMs,
    renewDeadlineMs: durationFlag(flags, "renew-deadline") ?? TIMES.renewDeadlineMs,
    retryMs: durationFlag(flags, "retry-period") ?? TIMES.retryMs,
  };
  checkTimes(times, flags);
  if (flags.isOn("sandbox")) {
    if (!flags.isOn("leader-elect")) return undefined;
    throw new UsageError("Option --leader-elect goes with a cluster, not with --sandbox");
  }
  const isOn = flags.has("leader-elect") ? flags.isOn("leader-elect") : isInCluster(io);
  return isOn ? times : undefined;
}

function checkTimes(
  { durationMs, renewDeadlineMs, retryMs }: ElectionTimes,
  { sourceOf }: Flags,
): void {
  if (durationMs < 1_000) {
    throw new UsageError(`${sourceOf("lease-duration")} is ${durationMs} ms, expected 1s or more`);
  }
  if (renewDeadlineMs >= durationMs) {
    throw new UsageError(
      `${sourceOf("renew-deadline")} is ${renewDeadlineMs} ms, expected less than --lease-duration (${durationMs} ms)`,
    );
  }
  if (retryMs <= 0 || renewDeadlineMs <= retryMs * JITTER) {
    throw new UsageError(
      `${sourceOf("retry-period")} is ${retryMs} ms, expected more than 0 and less than --renew-deadline (${renewDeadlineMs} ms) divided by ${JITTER}`,
    );
  }
}

export function leasePlace(flags: Flags, io: Io, connection: Connection): LeasePlace {
  const own = isInCluster(io) ? connection.namespace : LEASE_NAMESPACE;
  return {
    namespace: flags.text("lease-namespace") ?? own,
    name: flags.text("lease-name") ?? LEASE_NAME,
  };
}

export interface ElectionOptions {
  readonly times: ElectionTimes;
  readonly place: LeasePlace;
  readonly fence: LeaseFence;
  readonly connection: Connection;
  readonly katalog: ResolvedKatalog;
  readonly configDigest: string;
  readonly metrics: Metrics;
  readonly log: Logger;
  /** Behind the fence: what only a leader may say. */
  emitAsLeader(event: EventRecord): void;
}

export interface Election extends AsyncDisposable {
  readonly leadership: Leadership;
}

/** Resolves after the first look at the Lease. Disposing gives it back. */
export async function openElection(options: ElectionOptions): Promise<Election> {
  const { times, place, fence, connection, metrics, log } = options;
  const transport = createTransport({
    // A renewal that hangs leaves time for another one.
    connection: { ...connection, requestTimeoutMs: times.renewDeadlineMs / 2 },
    metrics,
    clock: systemClock,
    version,
  });
  const client = createKubeClient(transport);
  const reporter = { controller: "orkestra", instance: hostname() };
  const shared = { clock: systemClock, random: Math.random, log, metrics };
  const recorder = createEventRecorder({ ...shared, client, reporter, drainMs: EVENT_DRAIN_MS });
  const candidate = candidateOf(options);
  const leadership = followElection({
    place,
    candidate,
    current: () => elector,
    changed: new Bell(),
    log,
    metrics,
    now: systemClock.now,
    emit: (event) => recorder.record(event),
    emitAsLeader: (event) => options.emitAsLeader(event),
  });
  countRefusals(fence, metrics);
  const elector: Elector = new Elector({
    client,
    place,
    candidate,
    renewDeadlineMs: times.renewDeadlineMs,
    retryMs: times.retryMs,
    fence,
    clock: systemClock,
    random: Math.random,
    follow: (onChange, signal) => followLease(transport, place, { onChange, signal }),
    on: (event) => leadership.on(event),
  });
  await elector.start();
  return {
    leadership,
    async [Symbol.asyncDispose]() {
      await elector[Symbol.asyncDispose]();
      await recorder[Symbol.asyncDispose]();
      transport[Symbol.dispose]();
    },
  };
}

/** The next leader does not wait for our Events. */
const EVENT_DRAIN_MS = 500;

function candidateOf({ times, katalog, configDigest }: ElectionOptions): Candidate {
  return {
    // The name of the pod, and what tells this process from the one before it in the same pod.
    identity: `${hostname()}_${randomUUID()}`,
    durationMs: times.durationMs,
    katalog: katalog.metadata.name,
    configDigest,
  };
}

function countRefusals(fence: LeaseFence, metrics: Metrics): void {
  const refused = metrics.counter({
    name: "orkestra_fenced_requests_total",
    help: "Writes that were stopped on their way out, since this process does not lead",
    labels: [],
  });
  refused.add({}, 0);
  fence.onRefused = () => refused.add({});
}
