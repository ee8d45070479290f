import { expect, test } from "bun:test";
import { ChildError } from "../../../src/apply/error.ts";
import { RemoteError } from "../../../src/hook/remote-error.ts";
import { KubeError } from "../../../src/kube/error.ts";
import { createDelayedQueue } from "../../../src/queue/delayed.ts";
import { createRateLimitedQueue } from "../../../src/queue/rate-limited.ts";
import { createReadyQueue } from "../../../src/queue/ready.ts";
import { PassError } from "../../../src/reconcile/error.ts";
import { createController } from "../../../src/runtime/controller.ts";
import { createLogger } from "../../../src/telemetry/log.ts";
import { manualClock } from "../../support/manual-clock.ts";

function setUp() {
  const clock = manualClock();
  const lines: { level: string; message: string }[] = [];
  const queue = createRateLimitedQueue(
    createDelayedQueue<string>(createReadyQueue({ clock }), { clock }),
    { random: () => 0 },
  );
  const log = createLogger({
    format: "json",
    level: "debug",
    hasColor: false,
    now: clock.now,
    write: (line) => lines.push(JSON.parse(line)),
  });
  return { clock, queue, lines, controller: createController({ queue, log }) };
}

test("act() requeues a settled key only when asked to", () => {
  const { clock, queue, controller } = setUp();
  controller.act("a", { kind: "settled", changes: [] });
  clock.advance(60_000);
  expect(queue.depth).toBe(0);
  controller.act("a", { kind: "settled", changes: [], requeueAfterMs: 30_000 });
  clock.advance(29_999);
  expect(queue.depth).toBe(0);
  clock.advance(1);
  expect(queue.depth).toBe(1);
});

test("act() retries with backoff and logs the same failure once", () => {
  const { clock, queue, lines, controller } = setUp();
  for (let turn = 0; turn < 3; turn++)
    controller.act("a", { kind: "retry", error: new Error("no") });
  expect(queue.failures("a")).toBe(3);
  expect(lines.filter(({ level }) => level === "error")).toHaveLength(1);
  clock.advance(5);
  expect(queue.depth).toBe(1);
});

test("act() is quiet about a failure that passes by itself, and loud when it does not", () => {
  const { lines, controller } = setUp();
  const error = new ChildError("stale", "Cannot write: it changed in the meantime");
  for (let turn = 0; turn < 7; turn++) controller.act("a", { kind: "retry", error });
  expect(lines.filter(({ level }) => level !== "debug")).toEqual([]);
  controller.act("a", { kind: "retry", error });
  controller.act("a", { kind: "retry", error });
  expect(lines.filter(({ level }) => level === "error")).toHaveLength(1);
});

test("act() leaves a stuck key alone until something else adds it", () => {
  const { clock, queue, lines, controller } = setUp();
  controller.act("a", { kind: "retry", error: new Error("first") });
  controller.act("b", { kind: "stuck", error: new Error("second") });
  clock.advance(1000);
  expect(queue.depth).toBe(1);
  expect(lines.map(({ level }) => level)).toEqual(["error", "error"]);
});

test("act() writes the stack of every failure, and of several that of what nobody threw on purpose", () => {
  const { lines, controller } = setUp();
  const expected = new ChildError("rejected", "Cannot write: it is too large");
  controller.act("a", { kind: "stuck", error: expected });
  controller.act("b", { kind: "stuck", error: new TypeError("x is not a function") });
  controller.act("c", { kind: "stuck", error: new PassError([expected, new TypeError("y")]) });
  const [own, fault, mixed] = lines as unknown as Record<string, { stack?: string } | string>[];
  expect(own?.["error"]).toMatchObject({
    message: "Cannot write: it is too large",
    stack: expect.stringMatching(/^\s*at .+:\d+/m),
  });
  expect(fault?.["error"]).toHaveProperty("stack");
  expect(mixed?.["error"]).toMatchObject({ message: "y" });
});

test("act() waits without counting a failure", () => {
  const { clock, queue, controller } = setUp();
  controller.act("a", { kind: "waiting", reason: "namespace", retryMs: 500 });
  expect(queue.failures("a")).toBe(0);
  clock.advance(500);
  expect(queue.depth).toBe(1);
});

test("act() waits as long as a server asked for, wherever in the errors that stands", () => {
  const { clock, queue, controller } = setUp();
  const busy = (retryAfterMs: number) =>
    new ChildError("rejected", "Cannot write", {
      cause: new KubeError("slow down", { status: 429, retryAfterMs }),
    });
  const error = new PassError([new Error("no"), busy(3_000), busy(7_000)]);
  controller.act("a", { kind: "retry", error });
  clock.advance(6_999);
  expect(queue.depth).toBe(0);
  clock.advance(1);
  expect(queue.depth).toBe(1);
});

test("act() waits as long as a remote asked for", () => {
  const { clock, queue, controller } = setUp();
  const error = new RemoteError("said", "no", { retryAfterMs: 7_000 });
  controller.act("a", { kind: "retry", error: new PassError([error]) });
  clock.advance(6_999);
  expect(queue.depth).toBe(0);
  clock.advance(1);
  expect(queue.depth).toBe(1);
});

test("act() lets no server put a key off for longer than the longest backoff", () => {
  const { clock, queue, controller } = setUp();
  const error = new KubeError("later", { status: 503, retryAfterMs: 1e12 });
  controller.act("a", { kind: "retry", error });
  clock.advance(1_000_000);
  expect(queue.depth).toBe(1);
});

test("act() tells when a key comes again by itself", () => {
  const { controller } = setUp();
  const error = new Error("no");
  expect(controller.act("a", { kind: "settled", changes: [] })).toBeUndefined();
  expect(controller.act("a", { kind: "settled", changes: [], requeueAfterMs: 7 })).toBe(7);
  expect(controller.act("a", { kind: "waiting", reason: "not yet", retryMs: 8 })).toBe(8);
  expect(controller.act("a", { kind: "retry", error })).toBe(5);
  expect(controller.act("a", { kind: "retry", error })).toBe(10);
  expect(controller.act("a", { kind: "stuck", error })).toBeUndefined();
});

test("act() logs a failure once whose message has another id each time, and of another generation again", () => {
  const { lines, controller } = setUp();
  const fail = (count: number, generation: number) =>
    controller.act(
      "a",
      { kind: "retry", error: new Error(`no answer in ${count} ms`) },
      generation,
    );
  for (let count = 0; count < 5; count++) fail(count, 1);
  const loud = () => lines.filter(({ level }) => level === "error");
  expect(loud()).toHaveLength(1);
  for (let count = 5; count < 9; count++) fail(count, 2);
  expect(loud()).toHaveLength(2);
});

test.each([
  ["stuck", 10_000],
  ["retry", 5],
] as const)(
  "act() of %s comes back when something else is due, or by the backoff before",
  (kind, dueMs) => {
    const { clock, queue, controller } = setUp();
    const outcome = { kind, error: new Error("no"), againMs: 10_000 } as const;
    expect(controller.act("a", outcome)).toBe(dueMs);
    clock.advance(dueMs - 1);
    expect(queue.depth).toBe(0);
    clock.advance(1);
    expect(queue.depth).toBe(1);
  },
);
