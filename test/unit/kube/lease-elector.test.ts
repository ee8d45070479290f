import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { readLease } from "../../../src/kube/lease.ts";
import { manualClock } from "../../support/manual-clock.ts";
import { candidate, LeaseServer, pass, Replica, refusal, settle } from "./lease-harness.ts";

async function open(
  names: readonly string[],
  options: { canWatch?: boolean; digests?: Record<string, string> } = {},
) {
  const clock = manualClock();
  const server = new LeaseServer();
  const replicas = names.map((name) => {
    const configDigest = options.digests?.[name] ?? "sha256:a";
    const one = { ...options, candidate: candidate(name, { configDigest }) };
    return new Replica(server, clock, one);
  });
  for (const { elector } of replicas) {
    void elector.start();
    await pass(clock, 10, 1);
  }
  const replica = (index: number) => replicas[index] as Replica;
  return { clock, server, a: replica(0), b: replica(1), c: replica(2) };
}

describe("Elector", () => {
  test("leads when nobody does, and keeps leading", async () => {
    const { clock, server, a } = await open(["a"]);
    expect(a.isLeading).toBe(true);
    await pass(clock, 60_000);
    expect(a.kinds).toEqual(["won"]);
    const { transitions, holder, durationMs } = readLease(server.read());
    expect({ transitions, holder, durationMs }).toEqual({
      transitions: 0,
      holder: "a",
      durationMs: 15_000,
    });
  });

  test("stands by while another one leads, and takes over when that one is gone", async () => {
    const { clock, server, a, b } = await open(["a", "b"]);
    await pass(clock, 60_000);
    expect([a.isLeading, b.isLeading]).toEqual([true, false]);
    a.stop();
    await pass(clock, 14_000);
    expect(b.isLeading).toBe(false);
    await pass(clock, 6_000);
    expect(b.isLeading).toBe(true);
    expect(readLease(server.read()).transitions).toBe(1);
  });

  test("gives the lease back at its end, and the next one need not wait", async () => {
    const { clock, server, a, b } = await open(["a", "b"], { canWatch: true });
    await pass(clock, 10_000);
    const { term } = a.elector;
    void a.elector[Symbol.asyncDispose]();
    expect(term?.aborted).toBe(true);
    await pass(clock, 100, 10);
    expect(readLease(server.read()).holder).toBe("");
    await pass(clock, 600, 10);
    expect(b.isLeading).toBe(true);
    expect(a.kinds).toEqual(["won"]);
  });

  test("gives the lease back although its last renewal was cut off by the end", async () => {
    const { clock, server, a } = await open(["a"]);
    a.wire = { delayMs: () => 50, fault: () => "none" };
    await pass(clock, 2_000, 10);
    void a.elector[Symbol.asyncDispose]();
    await pass(clock, 1_000, 10);
    expect(readLease(server.read()).holder).toBe("");
  });

  test("without a right to watch sees a release at its next look", async () => {
    const { clock, a, b } = await open(["a", "b"]);
    await pass(clock, 10_000);
    void a.elector[Symbol.asyncDispose]();
    await pass(clock, 4_500);
    expect(b.isLeading).toBe(true);
  });

  test("lets another configuration go first after a release, and its own after a crash", async () => {
    const digests = { c: "sha256:b" };
    const rollout = await open(["a", "b", "c"], { canWatch: true, digests });
    await pass(rollout.clock, 10_000);
    void rollout.a.elector[Symbol.asyncDispose]();
    await pass(rollout.clock, 1_000, 10);
    expect([rollout.b.isLeading, rollout.c.isLeading]).toEqual([false, true]);
    const crash = await open(["a", "c", "b"], { canWatch: true, digests });
    await pass(crash.clock, 10_000);
    crash.a.stop();
    await pass(crash.clock, 20_000);
    expect([crash.b.isLeading, crash.c.isLeading]).toEqual([false, true]);
  });

  test("ends its term when it cannot renew, before anybody can take over, and stands by", async () => {
    const { clock, a, b } = await open(["a", "b"]);
    const { term } = a.elector;
    a.wire = { delayMs: () => 0, fault: () => "request" };
    await pass(clock, 12_000);
    expect(term?.aborted).toBe(true);
    expect(a.fence.leftMs).toBe(0);
    expect(a.kinds.filter((kind) => kind !== "failed")).toEqual(["won", "lost"]);
    expect(b.isLeading).toBe(false);
    a.wire = { delayMs: () => 0, fault: () => "none" };
    await pass(clock, 10_000);
    // The lease was still its own.
    expect([a.isLeading, b.isLeading]).toEqual([true, false]);
    expect(a.elector.term).not.toBe(term);
  });

  test("goes on when an answer to a renewal is lost", async () => {
    const { clock, a } = await open(["a"]);
    let left = 1;
    a.wire = { delayMs: () => 0, fault: () => (left-- > 0 ? "answer" : "none") };
    await pass(clock, 30_000);
    expect(a.kinds).toEqual(["won", "failed"]);
    expect(a.isLeading).toBe(true);
  });

  test("ends its term at once when it sees that another one holds the lease", async () => {
    const { clock, server, a } = await open(["a"]);
    const lease = server.read();
    const spec = { ...(lease.spec as object), holderIdentity: "x" };
    server.write({ ...lease, spec }, false);
    await pass(clock, 2_500, 10);
    expect(a.kinds).toEqual(["won", "lost"]);
  });

  test("a renewal whose answer comes after its deadline counts for nothing", async () => {
    const { clock, a } = await open(["a"]);
    const { term } = a.elector;
    a.wire = { delayMs: () => 40, fault: () => "none" };
    await pass(clock, 2_000, 10);
    // The renewal is on its way now.
    a.stop();
    await pass(clock, 60_000);
    expect(a.fence.leftMs).toBe(0);
    a.resume();
    await settle();
    expect(term?.aborted).toBe(true);
    expect(a.isLeading).toBe(false);
  });

  test("whatever is stopped, slow or lost: no two fences are ever open at a time", async () => {
    const moves = fc.array(
      fc.record({
        replica: fc.nat(2),
        move: fc.constantFrom("stop", "resume", "cut", "heal", "slow", "release"),
        afterMs: fc.integer({ min: 1, max: 20_000 }),
      }),
      { maxLength: 30 },
    );
    let changes = 0;
    await fc.assert(
      fc.asyncProperty(moves, fc.array(fc.nat(8_000), { minLength: 5 }), async (plan, delays) => {
        const { clock, a, b, c } = await open(["a", "b", "c"], { canWatch: plan.length % 2 === 0 });
        const all = [a, b, c];
        let turn = 0;
        const delayMs = () => delays[turn++ % delays.length] ?? 0;
        for (const { replica, move, afterMs } of plan) {
          const one = all[replica] as Replica;
          if (move === "stop") one.stop();
          if (move === "resume") one.resume();
          if (move === "cut") one.wire = { delayMs, fault: () => "answer" };
          if (move === "slow") one.wire = { delayMs, fault: () => "none" };
          if (move === "heal") one.wire = { delayMs: () => 0, fault: () => "none" };
          if (move === "release") void one.elector[Symbol.asyncDispose]().catch(() => undefined);
          for (let leftMs = afterMs; leftMs > 0; leftMs -= 250) {
            await pass(clock, Math.min(250, leftMs), 250);
            const open = all.filter(({ fence }) => fence.leftMs > 0);
            expect(open.length).toBeLessThanOrEqual(1);
          }
        }
        changes += all.flatMap(({ kinds }) => kinds.filter((kind) => kind === "won")).length;
      }),
      { numRuns: 60 },
    );
    expect(changes).toBeGreaterThan(60);
  });

  test("tells what is in the way, and goes on when it is gone", async () => {
    const clock = manualClock();
    const server = new LeaseServer();
    const a = new Replica(server, clock, { candidate: candidate("a") });
    const read = server.read.bind(server);
    server.read = () => {
      throw refusal(403, "Forbidden");
    };
    const started = a.elector.start();
    await pass(clock, 10, 1);
    await started;
    expect(a.kinds).toEqual(["failed"]);
    server.read = read;
    await pass(clock, 5_000);
    expect(a.isLeading).toBe(true);
  });
});
