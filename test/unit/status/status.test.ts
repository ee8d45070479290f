import { expect, test } from "bun:test";
import fc from "fast-check";
import { setCondition } from "../../../src/status/conditions.ts";
import { nextStatus, statusOf, statusPatch } from "../../../src/status/status.ts";
import type { JsonObject } from "../../../src/std/json.ts";

const T0 = Date.parse("2026-11-22T12:00:00Z");
const ready = { type: "Ready", status: "True", reason: "Ready", message: "ok" } as const;
const object = (status: JsonObject) =>
  ({
    apiVersion: "x/v1",
    kind: "X",
    metadata: { name: "x", uid: "u", resourceVersion: "7" },
    status,
  }) as const;

test("setCondition() moves lastTransitionTime only when the status changes", () => {
  const first = setCondition(undefined, ready, T0);
  expect(first).toEqual([{ ...ready, lastTransitionTime: "2026-11-22T12:00:00Z" }]);
  const said = setCondition(first, { ...ready, message: "still ok" }, T0 + 5000);
  expect(said).toEqual([
    { ...ready, message: "still ok", lastTransitionTime: "2026-11-22T12:00:00Z" },
  ]);
  const flipped = setCondition(said, { ...ready, status: "False" }, T0 + 5000);
  expect(flipped).toEqual([
    { ...ready, status: "False", lastTransitionTime: "2026-11-22T12:00:05Z" },
  ]);
});

test("setCondition() keeps conditions of others in their place, and the list itself when nothing changes", () => {
  const theirs = { type: "Theirs", status: "Unknown" };
  const list = setCondition([theirs], ready, T0);
  expect(list[0]).toBe(theirs);
  expect(setCondition(list, ready, T0 + 1000)).toBe(list);
});

test("nextStatus() sets and removes dotted paths and leaves the rest", () => {
  const stored = { a: { b: 1, keep: 2 }, other: true };
  const fields = [
    { path: "a.b", value: undefined },
    { path: "a.c.d", value: "x" },
    { path: "gone.deep", value: undefined },
  ];
  expect(nextStatus(stored, { fields, nowMs: T0 })).toEqual({
    a: { keep: 2, c: { d: "x" } },
    other: true,
  });
});

test("statusPatch() is nothing when nothing changes, and guards the list of conditions that others share", () => {
  expect(statusPatch(object({ a: 1 }), { a: 1 })).toBeUndefined();
  expect(statusPatch(object({ a: 1 }), { a: 2 })).toEqual({
    metadata: { uid: "u" },
    status: { a: 2 },
  });
  const shared = object({ conditions: [{ type: "Theirs", status: "True" }] });
  const next = nextStatus(statusOf(shared), { fields: [], conditions: [ready], nowMs: T0 });
  expect(statusPatch(shared, next)).toMatchObject({ metadata: { uid: "u", resourceVersion: "7" } });
  const first = nextStatus({}, { fields: [], conditions: [ready], nowMs: T0 });
  expect(statusPatch(object({}), first)).toMatchObject({ metadata: { resourceVersion: "7" } });
});

test("statusPatch() applied by the rules of a merge patch gives the next status", () => {
  const leaf = fc.oneof(fc.string(), fc.integer(), fc.boolean(), fc.array(fc.integer()));
  const tree = fc.dictionary(
    fc.constantFrom("a", "b", "c"),
    fc.oneof(leaf, fc.dictionary(fc.constantFrom("x", "y"), leaf)),
  );
  fc.assert(
    fc.property(tree, tree, (before, after) => {
      const patch = statusPatch(object(before), after);
      expect(merge(before, (patch?.["status"] ?? {}) as JsonObject)).toEqual(after);
    }),
  );
});

/** RFC 7386, as its pseudocode has it. */
function merge(target: unknown, patch: unknown): unknown {
  if (typeof patch !== "object" || patch === null || Array.isArray(patch)) return patch;
  const isMap = typeof target === "object" && target !== null && !Array.isArray(target);
  const result: Record<string, unknown> = isMap ? { ...target } : {};
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) delete result[key];
    else result[key] = merge(result[key], value);
  }
  return result;
}
