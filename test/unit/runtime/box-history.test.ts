/** What a box tells of when a key comes next is when it comes, and the pass knows what brought it. */
import { expect, test } from "bun:test";
import type { Outcome } from "../../../src/status/outcome.ts";
import { lamp, openBox, SETTLED, settle } from "./box-harness.ts";

const SECOND_MS = 1000;

/** Two outcomes in a row, each of which wants another look after its delay. */
const CASES: readonly [string, readonly Outcome[], readonly number[]][] = [
  [
    "retry",
    [
      { kind: "retry", error: new Error("one") },
      { kind: "retry", error: new Error("other") },
    ],
    [4, 9],
  ],
  [
    "waited",
    [
      { kind: "waiting", reason: "contested", retryMs: 10 * SECOND_MS },
      { kind: "waiting", reason: "contested", retryMs: 10 * SECOND_MS },
    ],
    [10, 10],
  ],
  [
    "requeue",
    [
      { ...SETTLED, kind: "settled", requeueAfterMs: 5 * SECOND_MS } as Outcome,
      { ...SETTLED, kind: "settled", requeueAfterMs: 30 * SECOND_MS } as Outcome,
    ],
    [5, 30],
  ],
];

function openWith(outcomes: Outcome[]) {
  const harness = openBox({
    crd: {
      resyncMs: 24 * 3600 * SECOND_MS,
      queue: { maxDepth: 0, failureThreshold: 5, retryBackoffMs: [4000, 9000] },
    } as NonNullable<Parameters<typeof openBox>[0]>["crd"] & object,
    objects: [lamp("a")],
    reconcile: async () => outcomes.shift() ?? SETTLED,
  });
  const { clock, informers } = harness;
  const wait = async (seconds: number) => {
    clock.advance(seconds * SECOND_MS);
    await settle();
  };
  const edit = async () => {
    informers[0]?.add(lamp("a", { resourceVersion: `${clock.monotonicMs()}` }));
    await settle();
  };
  return { ...harness, wait, edit };
}

const LAST: Outcome = { kind: "stuck", error: new Error("the last") };

test.each(CASES)(
  "of two delays of a key that ask for a %s the one that is told counts",
  async (...[why, outcomes, [first = 0, second = 0]]) => {
    const { box, clock, reconciled, wait, edit, stop } = openWith([...outcomes, LAST]);
    await settle();
    const inS = () => ((box.historyOf("ns/a").next?.atMs ?? 0) - clock.now()) / SECOND_MS;
    expect(inS()).toBe(first);
    await wait(first - 1);
    await edit();
    expect(reconciled).toHaveLength(2);
    expect(inS()).toBe(second);
    await wait(second - 1);
    expect(reconciled).toHaveLength(2);
    await wait(1);
    expect(reconciled).toHaveLength(3);
    const { entries, next } = box.historyOf("ns/a");
    expect(entries[0]?.causes.map(({ kind }) => kind)).toEqual([why as "retry"]);
    expect(next).toBeUndefined();
    await stop();
  },
);

test("what is settled, or stuck until it changes, is not tried again for the failure before", async () => {
  const failure = CASES[0]?.[1][0] as Outcome;
  for (const outcome of [SETTLED, LAST]) {
    const { box, reconciled, wait, edit, stop } = openWith([failure, outcome]);
    await settle();
    await edit();
    expect(box.historyOf("ns/a").next).toBeUndefined();
    await wait(60);
    expect(reconciled).toHaveLength(2);
    await stop();
  }
});
