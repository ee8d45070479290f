import { describe, expect, test } from "bun:test";
import { decideLease, heldLease, readLease, releasedLease } from "../../../src/kube/lease.ts";
import { candidate, PLACE } from "./lease-harness.ts";

const NOW = Date.UTC(2026, 0, 1);
const me = candidate("me");
const held = heldLease(undefined, candidate("other"), { place: PLACE, nowMs: NOW });

describe("heldLease()", () => {
  test("makes a Lease that other clients understand", () => {
    expect(heldLease(undefined, me, { place: PLACE, nowMs: NOW })).toEqual({
      apiVersion: "coordination.k8s.io/v1",
      kind: "Lease",
      metadata: {
        namespace: "ops",
        name: "orkestra-konductor",
        labels: { "orkestra.orkspace.io/leader-election": "true" },
        annotations: {
          "orkestra.orkspace.io/managed-by": "demo",
          "orkestra.orkspace.io/config-digest": "sha256:a",
        },
      },
      spec: {
        holderIdentity: "me",
        leaseDurationSeconds: 15,
        acquireTime: "2026-01-01T00:00:00.000000Z",
        renewTime: "2026-01-01T00:00:00.000000Z",
        leaseTransitions: 0,
      },
    });
  });

  test("keeps what others put on it, and when it was acquired", () => {
    const first = heldLease(undefined, me, { place: PLACE, nowMs: NOW });
    const metadata = { ...first.metadata, labels: { team: "a" }, resourceVersion: "7" };
    const renewed = heldLease({ ...first, metadata }, me, { place: PLACE, nowMs: NOW + 2_000 });
    expect(renewed.metadata.labels).toMatchObject({ team: "a" });
    expect(renewed.metadata.resourceVersion).toBe("7");
    expect(renewed.spec).toEqual({
      ...(first.spec as object),
      renewTime: "2026-01-01T00:00:02.000000Z",
    });
  });

  test("counts a change of hands, and no renewal", () => {
    const taken = heldLease(held, me, { place: PLACE, nowMs: NOW });
    expect(readLease(taken)).toMatchObject({ holder: "me", transitions: 1 });
    const again = heldLease(taken, me, { place: PLACE, nowMs: NOW });
    expect(readLease(again).transitions).toBe(1);
  });

  test("rounds a duration up: nobody may wait for less", () => {
    const short = heldLease(undefined, candidate("me", { durationMs: 1_200 }), {
      place: PLACE,
      nowMs: NOW,
    });
    expect(readLease(short).durationMs).toBe(2_000);
  });
});

test("releasedLease() names nobody, and still says who ran what", () => {
  const record = readLease(releasedLease(held, NOW));
  expect(record).toMatchObject({ holder: "", katalog: "demo", configDigest: "sha256:a" });
});

test("readLease() takes what anybody may have written", () => {
  const empty = { apiVersion: "coordination.k8s.io/v1", kind: "Lease", metadata: { name: "x" } };
  const nothing = {
    holder: "",
    durationMs: undefined,
    transitions: 0,
    renewedAtMs: undefined,
    katalog: undefined,
    configDigest: undefined,
  };
  expect(readLease(empty)).toEqual(nothing);
  const odd = { holderIdentity: 7, leaseDurationSeconds: -1, renewTime: "soon" };
  expect(readLease({ ...empty, spec: odd })).toEqual(nothing);
});

describe("decideLease()", () => {
  const record = readLease(held);
  const another = { ...record, configDigest: "sha256:b" };
  const released = { ...readLease(releasedLease(held, NOW)) };
  const take = { kind: "take" };
  test.each([
    ["there is none", undefined, 0, take],
    ["it is ours", { ...record, holder: "me" }, 0, take],
    ["it is held", record, 14_000, { kind: "wait", forMs: 1_000 }],
    ["it is held with another configuration", another, 14_000, { kind: "wait", forMs: 3_000 }],
    ["its holder is gone", record, 15_000, take],
    ["its holder, of another configuration, is gone", another, 16_999, { kind: "wait", forMs: 1 }],
    ["nobody of that configuration took it", another, 17_000, take],
    ["it was just released", released, 0, { kind: "wait", forMs: 500 }],
    ["it was just released, and nobody else wants it", released, 500, take],
    ["another configuration released it", { ...released, configDigest: "sha256:b" }, 0, take],
    ["it was released long ago", { ...released, renewedAtMs: NOW - 4_000 }, 0, take],
    ["it names no duration", { ...record, durationMs: undefined }, 15_000, take],
  ] as const)("%s", (...[, record, quietMs, expected]) => {
    const decision = decideLease(
      { record, quietMs, nowMs: NOW },
      { candidate: me, retryMs: 2_000 },
    );
    expect(decision).toEqual(expected as never);
  });
});
