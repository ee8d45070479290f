import { expect, test } from "bun:test";
import { Pieces } from "../../../src/std/pieces.ts";
import { manualClock } from "../../support/manual-clock.ts";

/** Pieces of work, each of which takes as long as it says. */
function scene() {
  const clock = manualClock();
  const pieces = new Pieces({ clock, sliceMs: 5 });
  const take = (ms: number) =>
    pieces.run(() => {
      clock.advance(ms);
    });
  return { clock, pieces, take };
}

test("Pieces.run() gives the result, and counts work that throws, too", () => {
  const { pieces, clock } = scene();
  expect(pieces.run(() => 7)).toBe(7);
  const fail = () =>
    pieces.run(() => {
      clock.advance(5);
      throw new Error("no");
    });
  expect(fail).toThrow("no");
  expect(pieces.turning).toBeDefined();
});

test("Pieces counts the work alone, not the time between", () => {
  const { pieces, clock, take } = scene();
  take(4);
  clock.advance(1_000);
  expect(pieces.turning).toBeUndefined();
  take(1);
  expect(pieces.turning).toBeDefined();
});

test("Pieces.turning lets the loop turn between pieces that are as long as the slice", async () => {
  const { pieces, take } = scene();
  let turns = 0;
  const count = () => {
    turns++;
    timer = setImmediate(count);
  };
  let timer = setImmediate(count);
  const seen: number[] = [];
  const work = async () => {
    while (pieces.turning !== undefined) await pieces.turning;
    take(5);
    seen.push(turns);
  };
  await Promise.all([work(), work(), work(), work()]);
  clearImmediate(timer);
  expect(new Set(seen).size).toBe(4);
});

test("Pieces.turning lets all go on at once whose work is short", async () => {
  const { pieces, take } = scene();
  take(5);
  const order: string[] = [];
  const work = async (name: string) => {
    while (pieces.turning !== undefined) await pieces.turning;
    take(1);
    order.push(name);
  };
  await Promise.all([work("a"), work("b"), work("c")]);
  expect(order).toEqual(["a", "b", "c"]);
  expect(pieces.turning).toBeUndefined();
});

test("Pieces.turning follows a long piece by a rest of twice its time", async () => {
  const { clock, pieces, take } = scene();
  take(20);
  let isOver = false;
  void pieces.turning?.then(() => {
    isOver = true;
  });
  clock.advance(39);
  await new Promise((resolve) => setImmediate(resolve));
  expect(isOver).toBe(false);
  clock.advance(1);
  await new Promise((resolve) => setImmediate(resolve));
  expect(isOver).toBe(true);
  expect(pieces.turning).toBeUndefined();
});

test("Pieces with a factor rest after each slice, however short they are", async () => {
  const clock = manualClock();
  const pieces = new Pieces({ clock, sliceMs: 2, restFactor: 4 });
  for (const ms of [1, 1]) pieces.run(() => clock.advance(ms));
  expect(pieces.leftMs).toBe(0);
  clock.advance(7);
  await new Promise((resolve) => setImmediate(resolve));
  expect(pieces.turning).toBeDefined();
  clock.advance(1);
  await new Promise((resolve) => setImmediate(resolve));
  expect(pieces.turning).toBeUndefined();
  expect(pieces.leftMs).toBe(2);
});

test("Pieces with a factor do not rest for as long as the processor was somebody else's", async () => {
  const clock = manualClock();
  const pieces = new Pieces({ clock, sliceMs: 2, restFactor: 4 });
  pieces.run(() => clock.advance(500));
  clock.advance(16);
  await new Promise((resolve) => setImmediate(resolve));
  expect(pieces.turning).toBeUndefined();
});

test("Pieces.turning rests for a moment, and not for an hour, after a process that was stopped for one", async () => {
  const { clock, pieces, take } = scene();
  take(3_600_000);
  let isOver = false;
  void pieces.turning?.then(() => {
    isOver = true;
  });
  clock.advance(200);
  await new Promise((resolve) => setImmediate(resolve));
  expect(isOver).toBe(true);
});
