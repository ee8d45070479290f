import { expect, test } from "bun:test";
import type { HookError } from "../../../src/hook/error.ts";
import type { FromThread, ToThread } from "../../../src/hook/protocol.ts";
import { HookRunner } from "../../../src/hook/runner.ts";
import type { ModuleCopy } from "../../../src/hook/snapshot.ts";
import type { ThreadEvents } from "../../../src/hook/thread-role.ts";
import { Watchdog } from "../../../src/hook/watchdog.ts";
import { silentLogger } from "../../../src/telemetry/log.ts";
import { manualClock } from "../../support/manual-clock.ts";

const TEXT = "export default {\n  onReconcile() {},\n};\n";
const MODULE: ModuleCopy = {
  url: "file:///copy/a.ts",
  files: [{ path: "a.ts", name: "hooks/a.ts", text: TEXT, digest: "" }],
  explain: (text) => text.replaceAll("/copy/", "hooks/"),
  findPosition: (stack) =>
    stack.includes("/copy/a.ts:7:3") ? { file: "hooks/a.ts", line: 7, column: 3 } : undefined,
  toSource: (position) => position,
};

/** A thread that does what the test says. */
class FakeThread {
  readonly received: ToThread[] = [];
  isTerminated = false;
  /** Whether it answers pings. */
  isMute = false;
  readonly #events: ThreadEvents;

  constructor(events: ThreadEvents) {
    this.#events = events;
  }

  send(message: FromThread): void {
    this.#events.onMessage(JSON.stringify(message));
  }

  take(message: ToThread): void {
    this.received.push(message);
    if (message.kind === "ping" && !this.isMute) {
      queueMicrotask(() => this.send({ kind: "pong", heapBytes: 0 }));
    }
  }

  exit(code: number): void {
    this.#events.onEnd(`exited with code ${code}`);
  }

  get calls() {
    return this.received.flatMap((message) => (message.kind === "call" ? [message.id] : []));
  }
}

class Scene {
  readonly clock = manualClock();
  readonly threads: FakeThread[] = [];
  readonly counts: string[] = [];
  readonly logged: string[] = [];
  readonly abort = new AbortController();
  readonly runner = new HookRunner({
    start: (_, events) => {
      const thread = new FakeThread(events);
      this.threads.push(thread);
      return {
        post: (text) => thread.take(JSON.parse(text) as ToThread),
        async terminate() {
          thread.isTerminated = true;
        },
      };
    },
    module: MODULE,
    handlers: new Set(["onReconcile"]),
    timeoutMs: 5_000,
    memoryLimit: 1_000,
    watchdog: new Watchdog({ clock: this.clock, residentBytes: () => 0, limitBytes: 1_000 }),
    clock: this.clock,
    log: { ...silentLogger, error: (message) => void this.logged.push(message) },
    metrics: {
      called: (handler, result) => void this.counts.push(`${handler} ${result}`),
      lost: (reason) => void this.counts.push(`lost ${reason}`),
    },
  });

  /** `uid`: of the custom resource. */
  call(uid = "") {
    const answer = this.runner.call({
      handler: "onReconcile",
      context: {
        object: { metadata: { uid } },
        children: { objects: [], names: {}, rest: {} },
        args: {},
        attempt: 1,
      },
      services: { answer: async () => ({ value: "from the cluster" }), log() {} },
      signal: this.abort.signal,
    });
    answer.catch(() => {});
    return answer;
  }

  /** The newest thread, its module loaded. */
  async loaded(): Promise<FakeThread> {
    await settle();
    const thread = this.threads.at(-1)!;
    thread.send({ kind: "loaded", exports: { kind: "object", members: {} } });
    await settle();
    return thread;
  }
}

async function settle(): Promise<void> {
  for (let turn = 0; turn < 20; turn++) await Promise.resolve();
}

const failure = (answer: Promise<unknown>) => answer.catch((error: HookError) => error);

test("HookRunner starts one thread for many calls and tells their results apart", async () => {
  const scene = new Scene();
  const answers = [scene.call(), scene.call()];
  const thread = await scene.loaded();
  expect(scene.threads).toHaveLength(1);
  const [first = 0, second = 0] = thread.calls;
  thread.send({ kind: "done", id: second, result: { requeueAfter: "1s" } });
  thread.send({ kind: "done", id: first, result: { status: { a: 1 } } });
  expect(await Promise.all(answers)).toEqual([{ status: { a: 1 } }, { requeueAfterMs: 1_000 }]);
  expect(scene.counts).toEqual(["onReconcile ok", "onReconcile ok"]);
});

test("HookRunner says where the author's code threw", async () => {
  const scene = new Scene();
  const answer = scene.call();
  const thread = await scene.loaded();
  const stack = "Error: no\n    at f (/copy/a.ts:7:3)";
  thread.send({ kind: "failed", id: 1, error: { name: "Error", message: "no", stack } });
  const error = (await failure(answer)) as HookError;
  expect(error.message).toBe("Hook onReconcile failed: no (hooks/a.ts:7:3)");
  expect(error.stack).toBe(`HookError: ${error.message}\n    at f (hooks/a.ts:7:3)`);
  expect(error.code).toBe("threw");
  expect(scene.threads).toHaveLength(1);
});

const LATE = "Hook onReconcile failed: it did not settle within 5 s (hooks/a.ts:2:3)";

test("HookRunner gives up a call that is late, and starts another thread for the next", async () => {
  const scene = new Scene();
  const late = scene.call();
  const thread = await scene.loaded();
  thread.send({ kind: "turn", id: 1 });
  scene.clock.advance(4_000);
  const other = scene.call();
  await settle();
  thread.send({ kind: "turn", id: 2 });
  scene.clock.advance(1_000);
  expect(((await failure(late)) as HookError).message).toBe(LATE);
  expect(thread.received.findLast(({ kind }) => kind === "abort")).toMatchObject({ id: 1 });
  const next = scene.call();
  const fresh = await scene.loaded();
  expect(fresh).not.toBe(thread);
  fresh.send({ kind: "done", id: 1, result: null });
  expect(await next).toEqual({});
  // The one beside it has its own deadline.
  expect(thread.isTerminated).toBe(false);
  thread.send({ kind: "done", id: 2, result: null });
  expect(await other).toEqual({});
  await settle();
  expect(thread.isTerminated).toBe(true);
  expect(scene.counts).toEqual([
    "lost timeout",
    "onReconcile timeout",
    "onReconcile ok",
    "onReconcile ok",
  ]);
});

/** Four calls: one waits for something, one then holds up the thread, two have not started. */
async function heldUp() {
  const scene = new Scene();
  const [waits, hangs, ...behind] = [scene.call(), scene.call(), scene.call(), scene.call()];
  const thread = await scene.loaded();
  thread.send({ kind: "turn", id: 1 });
  scene.clock.advance(1_000);
  await settle();
  thread.send({ kind: "turn", id: 2 });
  thread.isMute = true;
  return { scene, thread, hangs: hangs!, innocent: [waits!, ...behind] };
}

async function expectAgain(scene: Scene, innocent: readonly Promise<unknown>[]): Promise<void> {
  const fresh = await scene.loaded();
  expect(scene.threads).toHaveLength(2);
  expect(fresh.calls).toHaveLength(innocent.length);
  for (const id of fresh.calls) fresh.send({ kind: "done", id, result: null });
  expect(await Promise.all(innocent)).toEqual(innocent.map(() => ({})));
}

test("HookRunner fails only the call that holds up its thread, and makes the others again", async () => {
  const { scene, thread, hangs, innocent } = await heldUp();
  // Deadlines of the others pass first.
  scene.clock.advance(4_900);
  await settle();
  expect(thread.isTerminated).toBe(false);
  scene.clock.advance(200);
  expect(((await failure(hangs)) as HookError).message).toBe(LATE);
  expect(thread.isTerminated).toBe(true);
  await expectAgain(scene, innocent);
  expect(scene.counts.filter((count) => count !== "onReconcile ok")).toEqual([
    "lost timeout",
    "onReconcile timeout",
  ]);
});

test("HookRunner fails only the call that ends its thread, and makes the others again", async () => {
  const { scene, thread, hangs, innocent } = await heldUp();
  thread.exit(3);
  expect(((await failure(hangs)) as HookError).message).toContain("it exited with code 3");
  await expectAgain(scene, innocent);
});

test("HookRunner tells a call whose threads others hang again and again whose fault that is", async () => {
  const scene = new Scene();
  const unlucky = scene.call();
  for (let count = 0; count < 3; count++) {
    const hangs = scene.call();
    const thread = await scene.loaded();
    for (const id of thread.calls) thread.send({ kind: "turn", id });
    thread.isMute = true;
    thread.exit(3);
    await failure(hangs);
    scene.clock.advance(1_000);
  }
  const error = (await failure(unlucky)) as HookError;
  expect(error.code).toBe("beside");
  expect(error.message).toContain("another call in its thread ended it");
});

test("HookRunner makes calls again one by one to find out which of them ends the thread", async () => {
  const scene = new Scene();
  const [innocent, guilty] = [scene.call(), scene.call()];
  const first = await scene.loaded();
  for (const id of first.calls) first.send({ kind: "turn", id });
  // It answered since: what came then was a timer, of whichever call.
  first.send({ kind: "pong", heapBytes: 0 });
  first.exit(3);
  const second = await scene.loaded();
  expect(second.calls).toEqual([1]);
  second.send({ kind: "done", id: 1, result: null });
  expect(await innocent).toEqual({});
  await settle();
  expect(second.calls).toEqual([1, 2]);
  second.exit(3);
  expect(((await failure(guilty)) as HookError).message).toContain("it exited with code 3");
  expect(scene.threads).toHaveLength(2);
});

/** `bad` has its turn first, then `good`; both wait, and then a timer of `bad` holds up the thread. */
async function heldUpByTimer(scene: Scene, first: string, second: string) {
  const answers = [scene.call(first), scene.call(second)] as const;
  const thread = await scene.loaded();
  for (const id of thread.calls.slice(-2)) thread.send({ kind: "turn", id });
  thread.send({ kind: "rest" });
  thread.isMute = true;
  scene.clock.advance(5_100);
  await settle();
  expect(thread.isTerminated).toBe(true);
  return answers;
}

test("HookRunner does not take a call that gave way for the one that hangs, and finds that by itself", async () => {
  const scene = new Scene();
  const [bad, good] = await heldUpByTimer(scene, "bad", "good");
  const alone = await scene.loaded();
  expect(alone.calls).toEqual([1]);
  alone.send({ kind: "turn", id: 1 });
  alone.isMute = true;
  scene.clock.advance(5_100);
  await settle();
  expect(((await failure(bad)) as HookError).message).toBe(LATE);
  const fresh = await scene.loaded();
  fresh.send({ kind: "done", id: 1, result: null });
  expect(await good).toEqual({});
});

test("HookRunner blames the call that hung before, and names another one to those beside it", async () => {
  const scene = new Scene();
  const before = scene.call("bad");
  const first = await scene.loaded();
  first.send({ kind: "turn", id: 1 });
  first.isMute = true;
  scene.clock.advance(5_100);
  expect(((await failure(before)) as HookError).message).toBe(LATE);
  for (let count = 0; count < 3; count++) {
    const [good, again] = await heldUpByTimer(scene, "good", "bad");
    expect(((await failure(again)) as HookError).message).toBe(LATE);
    const fresh = await scene.loaded();
    for (const id of fresh.calls) fresh.send({ kind: "done", id, result: null });
    expect(await good).toEqual({});
  }
});

test("HookRunner lets a call go on that another one held up past its deadline", async () => {
  const { scene, thread, hangs, innocent } = await heldUp();
  scene.clock.advance(4_500);
  thread.isMute = false;
  const pings = thread.received.filter(({ kind }) => kind === "ping").length;
  for (let count = 0; count < pings; count++) thread.send({ kind: "pong", heapBytes: 0 });
  await settle();
  for (const id of thread.calls) thread.send({ kind: "done", id, result: null });
  expect(await Promise.all([hangs, ...innocent])).toHaveLength(4);
  expect(scene.threads).toHaveLength(1);
});

test("HookRunner logs a stray error once and does not trust its thread any more", async () => {
  const scene = new Scene();
  for (let count = 0; count < 2; count++) {
    const answer = scene.call();
    const thread = await scene.loaded();
    thread.send({ kind: "stray", error: { name: "Error", message: "left behind" } });
    expect(((await failure(answer)) as HookError).message).toContain("left behind");
    expect(thread.isTerminated).toBe(true);
  }
  expect(scene.logged).toEqual(["A hook left something behind that failed"]);
});

test("HookRunner pauses before threads that calls which go well leave broken", async () => {
  const scene = new Scene();
  const leaveBroken = async () => {
    const answer = scene.call();
    const thread = await scene.loaded();
    thread.send({ kind: "turn", id: 1 });
    thread.send({ kind: "done", id: 1, result: {} });
    await answer;
    thread.send({ kind: "stray", error: { name: "Error", message: "left behind" } });
  };
  await leaveBroken();
  await leaveBroken();
  void scene.call();
  await settle();
  scene.clock.advance(999);
  await settle();
  expect(scene.threads).toHaveLength(2);
  scene.clock.advance(1);
  await settle();
  expect(scene.threads).toHaveLength(3);
});

test("HookRunner says where a call hung that has no stack", async () => {
  const scene = new Scene();
  const answer = scene.call();
  const thread = await scene.loaded();
  thread.send({ kind: "turn", id: 1 });
  thread.exit(1);
  expect(((await failure(answer)) as HookError).stack).toContain(
    "\n    at onReconcile (hooks/a.ts:2:3)",
  );
});

test("HookRunner pauses before it starts threads that are always lost", async () => {
  const scene = new Scene();
  for (let count = 0; count < 4; count++) {
    const answer = scene.call();
    const thread = await scene.loaded();
    thread.send({ kind: "turn", id: 1 });
    thread.exit(1);
    await failure(answer);
  }
  void scene.call();
  await settle();
  expect(scene.threads).toHaveLength(4);
  scene.clock.advance(100);
  await settle();
  expect(scene.threads).toHaveLength(5);
});

test("HookRunner answers requests of a call, and of no call that is over", async () => {
  const scene = new Scene();
  const answer = scene.call();
  const thread = await scene.loaded();
  const body = { verb: "get", address: {} } as const;
  thread.send({ kind: "kube", call: 1, request: 1, body });
  await settle();
  thread.send({ kind: "done", id: 1, result: null });
  await answer;
  thread.send({ kind: "kube", call: 1, request: 2, body });
  await settle();
  expect(thread.received.filter(({ kind }) => kind === "answer")).toEqual([
    { kind: "answer", request: 1, answer: { value: "from the cluster" } },
    {
      kind: "answer",
      request: 2,
      answer: { error: { name: "Error", message: "The call is over" } },
    },
  ]);
});

test("HookRunner gives up a call when its pass is aborted", async () => {
  const scene = new Scene();
  const answer = scene.call();
  const thread = await scene.loaded();
  scene.abort.abort(new Error("stopping"));
  expect(((await failure(answer)) as Error).message).toBe("stopping");
  expect(thread.received.findLast(({ kind }) => kind === "abort")).toMatchObject({ id: 1 });
  expect(thread.isTerminated).toBe(false);
});

test("HookRunner refuses what is no result", async () => {
  const scene = new Scene();
  const answer = scene.call();
  const thread = await scene.loaded();
  thread.send({ kind: "done", id: 1, result: "up" });
  expect(((await failure(answer)) as HookError).code).toBe("nonsense");
});

test("HookRunner gives up a module that does not load in time", async () => {
  const scene = new Scene();
  const answer = scene.call();
  await settle();
  scene.clock.advance(10_000);
  expect(((await failure(answer)) as HookError).code).toBe("load");
});

test("HookRunner.pauseOf() says how long a call waits for its thread, and why", async () => {
  const scene = new Scene();
  for (let count = 0; count < 6; count++) {
    const answer = scene.call();
    scene.clock.advance(10_000);
    const thread = await scene.loaded();
    thread.send({ kind: "turn", id: 1 });
    thread.exit(1);
    await failure(answer);
  }
  expect(scene.runner.pauseOf("a")).toBeUndefined();
  const calls = [scene.call("a"), scene.call("a")];
  await settle();
  scene.clock.advance(100);
  expect(scene.runner.pauseOf("a")).toBe(
    "1s for a fresh thread of its hooks: the last 6 were lost since they came to an end by themselves",
  );
  expect(scene.runner.pauseOf("b")).toBeUndefined();
  scene.clock.advance(10_000);
  await settle();
  expect(scene.runner.pauseOf("a")).toBeUndefined();
  expect(calls).toHaveLength(2);
});
