import { describe, expect, test } from "bun:test";
import { electionTimes, leasePlace } from "../../../src/cli/election.ts";
import { readFlags } from "../../../src/cli/flags.ts";
import type { Io } from "../../../src/cli/io.ts";
import { electionOptions } from "../../../src/cli/options.ts";
import { warnOfOtherLeader } from "../../../src/cli/other-leader.ts";
import type { Connection } from "../../../src/kube/connection.ts";
import { heldLease } from "../../../src/kube/lease.ts";
import { createLogger } from "../../../src/telemetry/log.ts";
import { candidate, PLACE, refusal } from "../kube/lease-harness.ts";

const IN_CLUSTER = { KUBERNETES_SERVICE_HOST: "10.0.0.1" };

function read(given: Record<string, string | boolean>, env: Record<string, string> = {}) {
  const specs = [...electionOptions, { name: "sandbox", summary: "" }];
  return { flags: readFlags(specs, given, env), io: { env } as unknown as Io };
}

describe("electionTimes()", () => {
  const standard = { durationMs: 15_000, renewDeadlineMs: 10_000, retryMs: 2_000 };
  test.each([
    ["outside a cluster", {}, {}, undefined],
    ["in a cluster", {}, IN_CLUSTER, standard],
    ["in a cluster, switched off", { leaderElect: "false" }, IN_CLUSTER, undefined],
    ["switched off by the environment", {}, { ...IN_CLUSTER, ORK_LEADER_ELECT: "0" }, undefined],
    ["outside, switched on", { leaderElect: true }, {}, standard],
    ["with the sandbox, in a cluster", { sandbox: true }, IN_CLUSTER, undefined],
    [
      "as the environment says",
      {},
      { ...IN_CLUSTER, LEASE_DURATION: "60s", RENEW_DEADLINE: "40s", RETRY_PERIOD: "5s" },
      { durationMs: 60_000, renewDeadlineMs: 40_000, retryMs: 5_000 },
    ],
  ] as const)("%s", (...[, given, env, expected]) => {
    const { flags, io } = read(given, env);
    expect(electionTimes(flags, io)).toEqual(expected as never);
  });

  test.each([
    [{ leaseDuration: "10s" }, '"--renew-deadline" is 10000 ms, expected less than'],
    [{ leaseDuration: "500ms" }, '"--lease-duration" is 500 ms, expected 1s or more'],
    [{ retryPeriod: "9s" }, '"--retry-period" is 9000 ms, expected more than 0 and less than'],
    [{ retryPeriod: "0s" }, '"--retry-period" is 0 ms'],
    [{ renewDeadline: "soon" }, "expected a duration"],
    [{ sandbox: true, leaderElect: true }, "not with --sandbox"],
  ])("refuses %p", (given, message) => {
    const times = () => {
      const { flags, io } = read(given as never);
      return electionTimes(flags, io);
    };
    expect(times).toThrow(message);
  });
});

describe("leasePlace()", () => {
  const connection = { namespace: "ops" } as Connection;
  test.each([
    ["in a cluster", {}, IN_CLUSTER, "ops/orkestra-konductor"],
    ["elsewhere", {}, {}, "orkestra-system/orkestra-konductor"],
    ["as flags say", { leaseName: "a", leaseNamespace: "b" }, IN_CLUSTER, "b/a"],
    ["as the environment says", {}, { NAMESPACE: "mine" }, "mine/orkestra-konductor"],
  ] as const)("%s", (...[, given, env, expected]) => {
    const { flags, io } = read(given, env);
    const { namespace, name } = leasePlace(flags, io, connection);
    expect(`${namespace}/${name}`).toBe(expected);
  });
});

describe("warnOfOtherLeader()", () => {
  const NOW = Date.UTC(2026, 0, 1);
  async function look(list: () => Promise<unknown>) {
    const lines: string[] = [];
    const log = createLogger({
      format: "text",
      level: "info",
      hasColor: false,
      write: (line) => void lines.push(line),
      now: () => 0,
    });
    const { signal } = new AbortController();
    const client = { list: list as never };
    await warnOfOtherLeader({ client, katalog: "demo", nowMs: NOW, log, signal });
    return lines;
  }
  const lease = (identity: string, over: Parameters<typeof candidate>[1] = {}, nowMs = NOW) =>
    heldLease(undefined, candidate(identity, over), { place: PLACE, nowMs });

  test("names a process that leads this Katalog, and no other", async () => {
    const items = [
      lease("pod-1"),
      lease("pod-2", { katalog: "shop" }),
      lease("pod-3", {}, NOW - 16_000),
    ];
    const lines = await look(async () => ({ items, resourceVersion: "1" }));
    expect(lines).toHaveLength(1);
    expect(lines[0]).toContain("Another process leads this Katalog in this cluster");
    expect(lines[0]).toContain("holder=pod-1 lease=ops/orkestra-konductor");
  });

  test("says nothing without the right to look", async () => {
    const denied = () => Promise.reject(refusal(403, "Forbidden"));
    expect(await look(denied)).toEqual([]);
  });
});
