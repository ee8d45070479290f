import { describe, expect, test } from "bun:test";
import {
  applyJsonPatch,
  applyMergePatch,
  PatchError,
} from "../../../../src/sandbox/write/json-patch.ts";
import { applyStrategicPatch } from "../../../../src/sandbox/write/strategic-merge.ts";
import type { SchemaNode } from "../../../../src/schema/node.ts";
import type { Json } from "../../../../src/std/json.ts";

describe("applyJsonPatch()", () => {
  test.each([
    [{ a: 1 }, [{ op: "add", path: "/b", value: 2 }], { a: 1, b: 2 }],
    [{ a: [1, 3] }, [{ op: "add", path: "/a/1", value: 2 }], { a: [1, 2, 3] }],
    [{ a: [1] }, [{ op: "add", path: "/a/-", value: 2 }], { a: [1, 2] }],
    [{ a: [1, 2] }, [{ op: "remove", path: "/a/0" }], { a: [2] }],
    [
      { "a/b": { "c~d": 1 } },
      [{ op: "replace", path: "/a~1b/c~0d", value: 2 }],
      { "a/b": { "c~d": 2 } },
    ],
    [{ a: 1 }, [{ op: "move", from: "/a", path: "/b" }], { b: 1 }],
    [{ a: { x: 1 } }, [{ op: "copy", from: "/a", path: "/b" }], { a: { x: 1 }, b: { x: 1 } }],
    [{ a: 1 }, [{ op: "test", path: "/a", value: 1 }], { a: 1 }],
    [{ a: null }, [{ op: "test", path: "/a", value: null }], { a: null }],
    [{ a: 1 }, [{ op: "replace", path: "", value: [] }], []],
  ] as [Json, Json[], Json][])("%j by %j is %j", (target, patch, expected) => {
    expect(applyJsonPatch(target, patch)).toEqual(expected);
  });

  test.each([
    [[{ op: "remove", path: "/x" }]],
    [[{ op: "add", path: "/x/y", value: 1 }]],
    [[{ op: "test", path: "/a", value: 2 }]],
    [[{ op: "add", path: "no-pointer", value: 1 }]],
    [[{ op: "add", path: "/list/9", value: 1 }]],
    [[{ op: "copy", from: "/x", path: "/y" }]],
    [[{ op: "add", path: "/y" }]],
    [["text"]],
  ] as [Json[]][])("refuses %j", (patch) => {
    expect(() => applyJsonPatch({ a: 1, list: [] }, patch)).toThrow(PatchError);
  });

  test("leaves the target as it was and cannot reach a prototype", () => {
    const target = { a: { b: 1 } };
    const patched = applyJsonPatch(target, [
      { op: "add", path: "/__proto__", value: { bad: true } },
    ]);
    expect(target).toEqual({ a: { b: 1 } });
    expect(Object.hasOwn(patched as object, "__proto__")).toBe(true);
    expect((patched as { bad?: boolean }).bad).toBeUndefined();
  });
});

/** The table of RFC 7386, appendix A. */
test.each([
  [{ a: "b" }, { a: "c" }, { a: "c" }],
  [{ a: "b" }, { b: "c" }, { a: "b", b: "c" }],
  [{ a: "b" }, { a: null }, {}],
  [{ a: ["b"] }, { a: "c" }, { a: "c" }],
  [{ a: { b: "c" } }, { a: { b: "d", c: null } }, { a: { b: "d" } }],
  [{ a: [{ b: "c" }] }, { a: [1] }, { a: [1] }],
  [["a"], { a: "b" }, { a: "b" }],
  [{ e: null }, { a: 1 }, { e: null, a: 1 }],
  [{}, { a: { bb: { ccc: null } } }, { a: { bb: {} } }],
] as [Json, Json, Json][])("applyMergePatch() of %j by %j is %j", (target, patch, expected) => {
  expect(applyMergePatch(target, patch)).toEqual(expected);
});

describe("applyStrategicPatch()", () => {
  const text: SchemaNode = { type: "string" };
  const node: SchemaNode = {
    type: "object",
    fields: {
      named: {
        type: "list",
        listType: "map",
        keys: ["name"],
        items: { type: "object", fields: { name: text, v: text } },
      },
      tags: { type: "list", listType: "set", items: text },
      plain: { type: "list", listType: "atomic", items: text },
    },
  };
  const named = (...names: string[]) => names.map((name) => ({ name }));

  test.each([
    [
      { named: named("a", "b") },
      { named: [{ name: "b", v: "1" }] },
      { named: [{ name: "a" }, { name: "b", v: "1" }] },
    ],
    [{ named: named("a") }, { named: named("b") }, { named: named("b", "a") }],
    [
      { named: named("a", "b") },
      { named: [{ name: "a", $patch: "delete" }] },
      { named: named("b") },
    ],
    [
      { named: named("a", "b") },
      { "$setElementOrder/named": named("b", "a") },
      { named: named("b", "a") },
    ],
    [{ tags: ["a"] }, { tags: ["b"] }, { tags: ["b", "a"] }],
    [{ tags: ["a", "b"] }, { "$deleteFromPrimitiveList/tags": ["a"] }, { tags: ["b"] }],
    [{ plain: ["a"] }, { plain: ["b"] }, { plain: ["b"] }],
    [{ x: { a: 1, b: 2 } }, { x: { $retainKeys: ["b"], b: 3 } }, { x: { b: 3 } }],
    [{ x: { a: 1 } }, { x: { $patch: "replace", b: 3 } }, { x: { b: 3 } }],
    [{ x: { a: 1 } }, { x: null }, {}],
  ] as [Json, Json, Json][])("%j by %j is %j", (target, patch, expected) => {
    expect(applyStrategicPatch(node, target, patch)).toEqual(expected);
  });

  test("refuses an item without its merge key and an unknown directive", () => {
    expect(() => applyStrategicPatch(node, {}, { named: [{ v: "1" }] })).toThrow(PatchError);
    expect(() => applyStrategicPatch(node, {}, { $patch: "explode" })).toThrow(PatchError);
  });
});
