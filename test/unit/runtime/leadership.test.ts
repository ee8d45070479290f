import { describe, expect, test } from "bun:test";
import { KubeError } from "../../../src/kube/error.ts";
import type { EventRecord } from "../../../src/kube/event-object.ts";
import { heldLease, type LeaseRecord, readLease } from "../../../src/kube/lease.ts";
import {
  alone,
  followElection,
  type Leadership,
  untilLeading,
} from "../../../src/runtime/leadership.ts";
import { Bell } from "../../../src/std/bell.ts";
import { createLogger } from "../../../src/telemetry/log.ts";
import { createMetrics } from "../../../src/telemetry/metrics.ts";
import { candidate, PLACE } from "../kube/lease-harness.ts";

function open() {
  const current: { term: AbortSignal | undefined; record: LeaseRecord | undefined } = {
    term: undefined,
    record: undefined,
  };
  const lines: { level: string; message: string; [field: string]: unknown }[] = [];
  const events: EventRecord[] = [];
  const metrics = createMetrics();
  const leadership = followElection({
    place: PLACE,
    candidate: candidate("me"),
    current: () => current,
    changed: new Bell(),
    log: createLogger({
      format: "json",
      level: "info",
      hasColor: false,
      write: (line) => void lines.push(JSON.parse(line)),
      now: () => 0,
    }),
    metrics,
    now: () => 1_000,
    emit: (event) => void events.push(event),
    emitAsLeader: (event) => void events.push(event),
  });
  const see = (identity: string, over: Parameters<typeof candidate>[1] = {}) => {
    const lease = heldLease(undefined, candidate(identity, over), { place: PLACE, nowMs: 0 });
    current.record = readLease(lease);
    leadership.on({ kind: "seen", lease, record: current.record });
    return lease;
  };
  const win = () => {
    const ending = new AbortController();
    current.term = ending.signal;
    leadership.on({ kind: "won", lease: see("me") });
    return () => {
      ending.abort();
      current.term = undefined;
      leadership.on({ kind: "lost", reason: "cut off" });
    };
  };
  return { leadership, lines, events, metrics, see, win };
}

async function value(metrics: ReturnType<typeof createMetrics>, name: string) {
  return (await metrics.query(name))[0]?.value;
}

describe("followElection()", () => {
  test("tells who leads in log, metric and Event", async () => {
    const { leadership, lines, events, metrics, win } = open();
    expect(await value(metrics, "leader_election_master_status")).toBe(0);
    const lose = win();
    expect(await value(metrics, "leader_election_master_status")).toBe(1);
    expect(leadership.election).toMatchObject({
      isLeading: true,
      leadingSinceMs: 1_000,
      holder: "me",
    });
    expect(events.map(({ type, reason, message }) => [type, reason, message])).toEqual([
      ["Normal", "LeaderElection", "me became the leader"],
    ]);
    lose();
    expect(await value(metrics, "leader_election_master_status")).toBe(0);
    expect(leadership.election.isLeading).toBe(false);
    expect(lines.map(({ level, message }) => `${level} ${message}`)).toEqual([
      "info Leading",
      "warn Not leading any more, standing by",
    ]);
    // Whoever lost writes nothing, not even that.
    expect(events).toHaveLength(1);
  });

  test("says once for each leader that it runs another configuration", async () => {
    const { lines, events, metrics, see } = open();
    see("other");
    expect(lines).toEqual([]);
    see("new", { configDigest: "sha256:b" });
    see("new", { configDigest: "sha256:b" });
    expect(await value(metrics, "orkestra_leader_config_differs")).toBe(1);
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatchObject({
      level: "warn",
      message: "The leader runs another configuration, standing by until it ends",
      holder: "new",
      leaderDigest: "sha256:b",
      digest: "sha256:a",
    });
    expect(events.map(({ reason }) => reason)).toEqual(["ConfigDigestDiffers"]);
    see("newer", { configDigest: "sha256:c" });
    expect(lines).toHaveLength(2);
    see("me");
    expect(await value(metrics, "orkestra_leader_config_differs")).toBe(0);
  });

  test("says that the lease is another Katalog's, and how to get an own one", () => {
    const { lines, events, see } = open();
    see("other", { katalog: "shop", configDigest: "sha256:b" });
    expect(lines.map(({ level, message }) => `${level} ${message}`)).toEqual([
      'error The lease is held for the Katalog "shop", this process serves "demo": give each its own with --lease-name',
    ]);
    expect(events.map(({ type, reason }) => `${type} ${reason}`)).toEqual([
      "Warning LeaseOfAnotherKatalog",
    ]);
  });

  test("says what to do about a namespace that is not there", () => {
    const { leadership, lines } = open();
    const details = { kind: "namespaces", name: PLACE.namespace };
    const error = new KubeError("not found", { status: 404, reason: "NotFound", details });
    leadership.on({ kind: "failed", error });
    expect(lines[0]?.["hint"]).toBe(
      `create the namespace "${PLACE.namespace}", or name another one with --lease-namespace`,
    );
    leadership.on({ kind: "failed", error: new KubeError("no such API", { status: 404 }) });
    expect(lines).toHaveLength(2);
    expect(lines[1]).not.toHaveProperty("hint");
  });

  test("says once what is in the way of the lease, and forgets it when that is over", () => {
    const { leadership, lines, see } = open();
    const error = new Error("leases is forbidden");
    leadership.on({ kind: "failed", error });
    leadership.on({ kind: "failed", error });
    expect(lines).toHaveLength(1);
    expect(leadership.election).toMatchObject({
      trouble: "leases is forbidden",
      hasLooked: false,
    });
    see("other");
    expect(leadership.election.trouble).toBeUndefined();
    expect(leadership.election.hasLooked).toBe(true);
  });
});

describe("untilLeading()", () => {
  test("resolves at once for a process that works alone, with a term that never ends", async () => {
    const term = await untilLeading(alone, new AbortController().signal);
    expect(term.aborted).toBe(false);
  });

  test("waits for a term, and gives up when aborted", async () => {
    const { leadership, win } = open();
    const stopping = new AbortController();
    const leading = untilLeading(leadership, stopping.signal);
    const lose = win();
    const term = await leading;
    lose();
    expect(term.aborted).toBe(true);
    const again = untilLeading(leadership as Leadership, stopping.signal);
    stopping.abort(new Error("stopping"));
    await expect(again).rejects.toThrow("stopping");
  });
});
