import { expect, test } from "bun:test";
import { Watchdog } from "../../../src/hook/watchdog.ts";
import { manualClock } from "../../support/manual-clock.ts";

const LIMIT = 100;

class Arena {
  readonly clock = manualClock();
  bytes = 1_000;
  readonly watchdog = new Watchdog({
    clock: this.clock,
    residentBytes: () => this.bytes,
    limitBytes: LIMIT,
  });

  /** `heap`: what it answers a ping with; absent: it is busy and does not answer. */
  thread(heap?: number) {
    const state = { heap, isEnded: false, refusals: 0 };
    const stop = this.watchdog.watch({
      get isEnded() {
        return state.isEnded;
      },
      ping: () => (state.heap === undefined ? new Promise(() => {}) : Promise.resolve(state.heap)),
      onTooLarge() {
        state.refusals++;
        state.isEnded = true;
      },
    });
    return { state, stop };
  }

  async pass(ms: number): Promise<void> {
    for (let step = 0; step < ms; step += 5) {
      this.clock.advance(5);
      await Promise.resolve();
    }
  }
}

test("Watchdog ends a busy thread while which the process grows over the limit", async () => {
  const arena = new Arena();
  const { state } = arena.thread();
  await arena.pass(100);
  expect(state.refusals).toBe(0);
  arena.bytes += LIMIT + 1;
  await arena.pass(100);
  expect(state.refusals).toBe(1);
});

test("Watchdog ends a thread that says itself that it is too large", async () => {
  const arena = new Arena();
  const { state } = arena.thread(LIMIT + 1);
  await arena.pass(50);
  expect(state.refusals).toBe(1);
});

test("Watchdog leaves threads alone that answer, however much the process grows", async () => {
  const arena = new Arena();
  const { state } = arena.thread(10);
  for (let count = 0; count < 10; count++) {
    arena.bytes += LIMIT * 2;
    await arena.pass(50);
  }
  expect(state.refusals).toBe(0);
});

test("Watchdog leaves a busy thread alone that takes no memory", async () => {
  const arena = new Arena();
  const { state } = arena.thread();
  arena.bytes += LIMIT;
  await arena.pass(1_000);
  expect(state.refusals).toBe(0);
});

test("Watchdog does not look while there is nothing to watch", async () => {
  const arena = new Arena();
  const { stop } = arena.thread(10);
  await arena.pass(50);
  stop();
  await arena.pass(50);
  let looks = 0;
  Object.defineProperty(arena, "bytes", { get: () => ++looks });
  await arena.pass(500);
  expect(looks).toBe(0);
});
