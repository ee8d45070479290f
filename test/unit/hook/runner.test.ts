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
  readonly #events: ThreadEvents;

  constructor(events: ThreadEvents) {
    this.#events = events;
  }

  send(message: FromThread): void {
    this.#events.onMessage(JSON.stringify(message));
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
        post: (text) => void thread.received.push(JSON.parse(text) as ToThread),
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

  call() {
    const answer = this.runner.call({
      handler: "onReconcile",
      context: {
        object: {},
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

test("HookRunner ends a thread whose call is late, and starts another one for the next", async () => {
  const scene = new Scene();
  const late = scene.call();
  const thread = await scene.loaded();
  scene.clock.advance(4_999);
  const other = scene.call();
  await settle();
  scene.clock.advance(1);
  const message = ((await failure(late)) as HookError).message;
  expect(message).toBe("Hook onReconcile failed: it did not settle within 5 s (hooks/a.ts:2:3)");
  expect(thread.received.at(-1)?.kind).toBe("abort");
  const next = scene.call();
  const fresh = await scene.loaded();
  expect(fresh).not.toBe(thread);
  fresh.send({ kind: "done", id: 1, result: null });
  expect(await next).toEqual({});
  // The one beside it had a moment.
  expect(thread.isTerminated).toBe(false);
  scene.clock.advance(1_000);
  expect(((await failure(other)) as HookError).code).toBe("died");
  expect(thread.isTerminated).toBe(true);
});

test("HookRunner fails the calls in flight of a thread that exits", async () => {
  const scene = new Scene();
  const answers = [scene.call(), scene.call()];
  const thread = await scene.loaded();
  thread.exit(3);
  for (const answer of answers) {
    expect(((await failure(answer)) as HookError).message).toContain("it exited with code 3");
  }
  expect(scene.counts).toEqual(["lost died", "onReconcile died", "onReconcile died"]);
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

test("HookRunner pauses before it starts threads that are always lost", async () => {
  const scene = new Scene();
  for (let count = 0; count < 4; count++) {
    const answer = scene.call();
    (await scene.loaded()).exit(1);
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
  expect(thread.received.at(-1)).toMatchObject({ kind: "abort", id: 1 });
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
  scene.clock.advance(5_000);
  expect(((await failure(answer)) as HookError).code).toBe("timeout");
});
