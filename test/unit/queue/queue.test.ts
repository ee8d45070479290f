import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { createDelayedQueue } from "../../../src/queue/delayed.ts";
import type { Priority } from "../../../src/queue/queue.ts";
import { createRateLimitedQueue } from "../../../src/queue/rate-limited.ts";
import { createReadyQueue } from "../../../src/queue/ready.ts";
import { runWorkers } from "../../../src/queue/workers.ts";
import { type ManualClock, manualClock } from "../../support/manual-clock.ts";

function queueOn(clock: ManualClock, scheduleMs: readonly number[] = []) {
  const delayed = createDelayedQueue<string>(createReadyQueue({ clock }), { clock });
  return createRateLimitedQueue(delayed, { random: () => 0, scheduleMs });
}

describe("ready queue", () => {
  test("hands out a key once however often it was added", async () => {
    const queue = queueOn(manualClock());
    queue.add("a", "live");
    queue.add("a", "background");
    queue.add("b", "live");
    expect((await queue.take())?.key).toBe("a");
    expect((await queue.take())?.key).toBe("b");
    expect(queue.depth).toBe(0);
  });

  test("keeps an add made during processing until done", async () => {
    const queue = queueOn(manualClock());
    queue.add("a", "live");
    await queue.take();
    queue.add("a", "live");
    let second: string | undefined;
    const taking = queue.take().then((taken) => {
      second = taken?.key;
    });
    await Promise.resolve();
    expect(second).toBeUndefined();
    queue.done("a");
    await taking;
    expect(second).toBe("a");
  });

  test("takes live keys before background ones, and aged background keys first", async () => {
    const clock = manualClock();
    const queue = queueOn(clock);
    queue.add("old", "background");
    queue.add("edit", "live");
    expect((await queue.take())?.key).toBe("edit");
    clock.advance(1000);
    queue.add("edit2", "live");
    expect(await queue.take()).toEqual({ key: "old", priority: "background", waitedMs: 1000 });
    expect((await queue.take())?.key).toBe("edit2");
  });

  test("lets a waiting background key rise to live", async () => {
    const queue = queueOn(manualClock());
    queue.add("a", "background");
    queue.add("b", "live");
    queue.add("a", "live");
    expect((await queue.take())?.key).toBe("b");
    expect((await queue.take())?.priority).toBe("live");
    expect(queue.depth).toBe(0);
  });

  test("ends waiting takes at shutdown after handing out what is ready", async () => {
    const queue = queueOn(manualClock());
    queue.add("a", "live");
    queue.shutDown();
    queue.add("late", "live");
    expect((await queue.take())?.key).toBe("a");
    expect(await queue.take()).toBeUndefined();
  });
});

describe("delayed queue", () => {
  test("adds after the delay, the earliest delay of a key winning", async () => {
    const clock = manualClock();
    const queue = queueOn(clock);
    queue.addAfter("a", 100, "live");
    queue.addAfter("a", 50, "live");
    queue.addAfter("a", 80, "live");
    queue.addAfter("b", 60, "live");
    clock.advance(49);
    expect(queue.depth).toBe(0);
    clock.advance(1);
    expect((await queue.take())?.key).toBe("a");
    clock.advance(1000);
    expect((await queue.take())?.key).toBe("b");
    expect(queue.depth).toBe(0);
    expect(clock.pending).toBe(0);
  });
});

describe("delayed queue and its workers", () => {
  test("a key that is taken waits no longer, so that the delay asked for afterwards counts", async () => {
    const clock = manualClock();
    const queue = queueOn(clock);
    queue.addAfter("a", 100, "live");
    queue.addAfter("b", 150, "live");
    queue.add("a", "live");
    expect((await queue.take())?.key).toBe("a");
    queue.addAfter("a", 300, "live");
    queue.done("a");
    clock.advance(299);
    expect(queue.depth).toBe(1);
    expect((await queue.take())?.key).toBe("b");
    clock.advance(1);
    expect((await queue.take())?.key).toBe("a");
    expect(clock.pending).toBe(0);
  });

  test("a delay that is off leaves no timer", async () => {
    const clock = manualClock();
    const queue = queueOn(clock);
    queue.addAfter("a", 100, "live");
    queue.add("a", "live");
    await queue.take();
    expect(clock.pending).toBe(0);
  });
});

describe("rate-limited queue", () => {
  test("sets no timer once it is shut down", () => {
    const clock = manualClock();
    const queue = queueOn(clock);
    queue.shutDown();
    queue.addRateLimited("a");
    expect(clock.pending).toBe(0);
  });

  test("doubles the delay of a failing key and forgets on success", () => {
    const queue = queueOn(manualClock());
    const delays = Array.from({ length: 5 }, () => queue.addRateLimited("a"));
    expect(delays).toEqual([5, 10, 20, 40, 80]);
    expect(queue.failures("a")).toBe(5);
    queue.forget("a");
    expect(queue.failures("a")).toBe(0);
    expect(queue.addRateLimited("a")).toBe(5);
  });

  test("stops growing at 1,000 seconds", () => {
    const queue = queueOn(manualClock());
    const delays = Array.from({ length: 30 }, () => queue.addRateLimited("a"));
    expect(Math.max(...delays)).toBe(1_000_000);
  });

  test("waits at least as long as it is told", () => {
    const queue = queueOn(manualClock());
    expect(queue.addRateLimited("a", 7_000)).toBe(7_000);
    expect(queue.addRateLimited("a", 3)).toBe(10);
  });

  test("follows the Katalog's schedule for the first retries", () => {
    const queue = queueOn(manualClock(), [1000, 3000]);
    expect([1, 2, 3].map(() => queue.addRateLimited("a"))).toEqual([1000, 3000, 5]);
  });
});

describe("workers", () => {
  test("give a key back when the work throws, and go on", async () => {
    const queue = queueOn(manualClock());
    const worked: string[] = [];
    const thrown: unknown[] = [];
    queue.add("bad", "live");
    queue.add("good", "live");
    queue.shutDown();
    await runWorkers(queue, {
      count: 2,
      clock: manualClock(),
      async work({ key }) {
        worked.push(key);
        if (key === "bad") throw new Error("boom");
      },
      onThrow: (error) => thrown.push(error),
    });
    expect(worked.sort()).toEqual(["bad", "good"]);
    expect(thrown).toHaveLength(1);
    expect(queue.active).toBe(0);
  });

  test("let the event loop turn although their work never waits", async () => {
    const clock = manualClock();
    const queue = queueOn(clock);
    for (let count = 0; count < 20; count++) queue.add(`key-${count}`, "background");
    queue.shutDown();
    let done = 0;
    let doneAtTurn = 0;
    setImmediate(() => {
      doneAtTurn = done;
    });
    await runWorkers(queue, {
      count: 3,
      clock,
      async work() {
        clock.advance(1);
        done++;
      },
      onThrow: () => {},
    });
    expect(done).toBe(20);
    expect(doneAtTurn).toBeGreaterThan(0);
    expect(doneAtTurn).toBeLessThan(10);
  });
});

test("queue never runs one key twice at once and never loses an add", async () => {
  const step = fc.oneof(
    fc.record({
      do: fc.constant("add" as const),
      key: fc.nat({ max: 3 }),
      priority: fc.constantFrom<Priority>("live", "background"),
      delayMs: fc.nat({ max: 20 }),
    }),
    fc.record({ do: fc.constant("take" as const) }),
    fc.record({ do: fc.constant("done" as const), pick: fc.nat() }),
    fc.record({ do: fc.constant("wait" as const), ms: fc.nat({ max: 2000 }) }),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 60 }), async (steps) => {
      const clock = manualClock();
      const queue = createDelayedQueue<number>(createReadyQueue({ clock }), { clock });
      const held: number[] = [];
      const owed = new Set<number>();
      for (const now of steps) {
        if (now.do === "add") {
          queue.addAfter(now.key, now.delayMs, now.priority);
          owed.add(now.key);
        } else if (now.do === "wait") clock.advance(now.ms);
        else if (now.do === "done" && held.length > 0) {
          queue.done(held.splice(now.pick % held.length, 1)[0] as number);
        } else if (now.do === "take" && queue.depth > heldAndDirty(queue, held)) {
          const taken = await queue.take();
          if (!taken) continue;
          expect(held).not.toContain(taken.key);
          held.push(taken.key);
          owed.delete(taken.key);
        }
      }
      for (const key of held) queue.done(key);
      clock.advance(100);
      queue.shutDown();
      for (let taken = await queue.take(); taken; taken = await queue.take()) {
        owed.delete(taken.key);
        queue.done(taken.key);
      }
      expect([...owed]).toEqual([]);
    }),
  );
});

/** Upper bound of waiting keys that a worker holds, so that a `take` in the model never blocks. */
function heldAndDirty(queue: { readonly depth: number }, held: readonly number[]): number {
  return Math.min(queue.depth, held.length);
}
