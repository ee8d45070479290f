import { describe, expect, test } from "bun:test";
import { type Age, ageOfAnswer, isDue, seenAgain } from "../../../src/apply/answer-age.ts";
import type { KubeObject } from "../../../src/schema/object.ts";

const MINUTE = 60_000;
const stored: KubeObject = {
  apiVersion: "v1",
  kind: "ConfigMap",
  metadata: { name: "m", uid: "u", resourceVersion: "1" },
  data: { v: "rewritten" },
};
const at = (resourceVersion: string, more: object = {}): KubeObject => ({
  ...stored,
  metadata: { ...stored.metadata, resourceVersion },
  ...more,
});

/** When it is due again, counted from each time that the answer stayed the same. */
function intervals(first: Age, touch: boolean, count: number): readonly number[] {
  const found: number[] = [];
  let age = first;
  for (let index = 0; index < count; index++) {
    if (touch)
      age = seenAgain(age, at(`${100 + index}`, { data: { v: "rewritten", x: `${index}` } }));
    let waited = 0;
    while (!isDue(age, age.atMs + waited)) waited += 10_000;
    found.push(waited);
    age = ageOfAnswer(stored, age, age.atMs + waited);
  }
  return found;
}

describe("isDue()", () => {
  const first = ageOfAnswer(stored, undefined, 0);

  test("is true after 10 minutes, and less and less often while the answer stays the same", () => {
    expect(intervals(first, false, 5).map((ms) => ms / MINUTE)).toEqual([10, 20, 40, 60, 60]);
  });

  test("is true at once after somebody else wrote the child, and slows down where that changes nothing", () => {
    expect(intervals(first, true, 8).map((ms) => ms / 1_000)).toEqual([
      10, 20, 40, 80, 160, 320, 600, 600,
    ]);
    const touched = seenAgain(first, at("2", { data: { v: "rewritten", other: "x" } }));
    expect(isDue(touched, 5 * MINUTE)).toBe(true);
  });

  test("does not slow down by an answer to another wish", () => {
    const early = ageOfAnswer(stored, first, MINUTE);
    expect(early.repeats).toBe(0);
    expect(isDue(early, 11 * MINUTE)).toBe(true);
  });
});

test.each([
  ["the status", { status: { phase: "x" } }],
  ["nothing but the version", {}],
])("seenAgain() takes a change of %s for none of the child", (_, more) => {
  const age = ageOfAnswer(stored, undefined, 0);
  const seen = seenAgain(age, at("2", more));
  expect(seen).toEqual({ ...age, version: "2" });
  expect(seenAgain(seen, at("2", more))).toBe(seen);
});

test.each([
  ["a label", { metadata: { ...stored.metadata, resourceVersion: "2", labels: { a: "b" } } }],
  ["a value", { data: { v: "other" } }],
])("seenAgain() sees a change of %s", (_, more) => {
  const age = ageOfAnswer(stored, undefined, 0);
  expect(seenAgain(age, at("2", more)).isTouched).toBe(true);
});
