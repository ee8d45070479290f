import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { collectFields } from "../../../../src/sandbox/fields/collect.ts";
import { compareObjects } from "../../../../src/sandbox/fields/compare.ts";
import { FieldSet } from "../../../../src/sandbox/fields/field-set.ts";
import type { ManagerEntry } from "../../../../src/sandbox/fields/managers.ts";
import { mergeObjects } from "../../../../src/sandbox/fields/merge.ts";
import { applyFields } from "../../../../src/sandbox/fields/ownership.ts";
import type { SchemaNode } from "../../../../src/schema/node.ts";
import type { Json } from "../../../../src/std/json.ts";

const text: SchemaNode = { type: "string" };
const node: SchemaNode = {
  type: "object",
  fields: {
    name: text,
    data: { type: "map", values: text },
    items: {
      type: "list",
      listType: "map",
      keys: ["id"],
      items: { type: "object", fields: { id: text, value: text } },
    },
    tags: { type: "list", listType: "set", items: text },
    steps: { type: "list", listType: "atomic", items: text },
  },
};

const word = fc.constantFrom("a", "b", "c");
const object = fc.record(
  {
    name: word,
    data: fc.dictionary(word, word, { maxKeys: 3 }),
    items: fc.uniqueArray(fc.record({ id: word, value: word }), {
      selector: ({ id }) => id,
      maxLength: 3,
    }),
    tags: fc.uniqueArray(word, { maxLength: 3 }),
    steps: fc.array(word, { maxLength: 3 }),
  },
  { requiredKeys: [] },
) as fc.Arbitrary<Json>;

function apply(live: Json, applied: Json, managers: ReadonlyMap<string, ManagerEntry> = new Map()) {
  const writer = { manager: "m", operation: "Apply", apiVersion: "v1", subresource: "" } as const;
  const context = { node, writer, now: "now", ignored: new FieldSet(), managers, force: true };
  const result = applyFields(live, applied, context);
  if (result.kind === "conflict") throw new Error("Unexpected conflict");
  return result;
}

describe("compareObjects()", () => {
  test("finds nothing between equal objects", () => {
    fc.assert(
      fc.property(object, (value) => {
        const { added, modified, removed } = compareObjects(node, value, structuredClone(value));
        expect([added.isEmpty, modified.isEmpty, removed.isEmpty]).toEqual([true, true, true]);
      }),
    );
  });

  test("tells a structure that came from fields that were added to it", () => {
    const { added } = compareObjects(
      node,
      { data: { a: "1" } },
      { data: { a: "1", b: "2" }, tags: ["x"] },
    );
    expect(added.toJson()).toEqual({ "f:data": { "f:b": {} }, "f:tags": { ".": {}, 'v:"x"': {} } });
  });
});

describe("mergeObjects()", () => {
  test("states everything that was applied", () => {
    fc.assert(
      fc.property(object, object, (live, applied) => {
        const merged = mergeObjects(node, live, applied);
        const missing = collectFields(node, applied).difference(collectFields(node, merged));
        // An empty map that meets a full one is merged into it.
        const real = [...missing.paths()].filter((path) => !["f:data"].includes(path.join()));
        expect(real).toEqual([]);
      }),
    );
  });

  test.each([
    [
      ["a", "x"],
      ["b", "a"],
      ["b", "a", "x"],
    ],
    [
      ["x", "a"],
      ["b", "a"],
      ["x", "b", "a"],
    ],
    [
      ["a", "b"],
      ["b", "a"],
      ["b", "a"],
    ],
    [["x"], ["a"], ["x", "a"]],
    [[], ["a"], ["a"]],
  ])("puts %j and %j together as %j", (live, applied, expected) => {
    expect(mergeObjects(node, { tags: live }, { tags: applied })).toEqual({ tags: expected });
  });
});

describe("applyFields()", () => {
  test("applied again changes neither object nor owners", () => {
    fc.assert(
      fc.property(object, object, (live, applied) => {
        const first = apply(live, applied);
        const second = apply(first.object, applied, first.managers);
        expect(second.object).toEqual(first.object);
        expect([...second.managers.values()].map(({ fields }) => fields.toJson())).toEqual(
          [...first.managers.values()].map(({ fields }) => fields.toJson()),
        );
      }),
    );
  });

  test("what the only applier no longer states is gone", () => {
    const first = apply({}, { data: { a: "1", b: "2" }, tags: ["x", "y"], name: "a" });
    const second = apply(first.object, { data: { a: "1" }, tags: ["y"] }, first.managers);
    expect(second.object).toEqual({ data: { a: "1" }, tags: ["y"] });
  });

  test("keys named like a prototype's stay own keys", () => {
    const applied = JSON.parse('{"data":{"__proto__":"x","constructor":"y"}}') as Json;
    const { object: result } = apply({ data: { a: "1" } }, applied);
    expect(Object.keys((result as { data: object }).data).sort()).toEqual([
      "__proto__",
      "a",
      "constructor",
    ]);
    expect(({} as Record<string, unknown>)["x"]).toBeUndefined();
  });
});
