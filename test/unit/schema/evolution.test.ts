import { describe, expect, test } from "bun:test";
import { judgeDefinition, verdictText } from "../../../src/schema/evolution.ts";
import type { JsonSchema } from "../../../src/schema/json-schema.ts";
import type { KubeObject } from "../../../src/schema/object.ts";
import type { JsonObject } from "../../../src/std/json.ts";

const text: JsonSchema = { type: "string" };
const integer: JsonSchema = { type: "integer" };
const items = (keys: readonly string[]): JsonSchema => ({
  type: "array",
  "x-kubernetes-list-type": "map",
  "x-kubernetes-list-map-keys": keys,
  items: { type: "object", properties: { name: text, port: integer } },
});

/** Field of `spec` before, after, values that objects hold, and what becomes of it. */
const FIELDS: readonly (readonly [
  title: string,
  before: JsonSchema | undefined,
  after: JsonSchema | undefined,
  values: Readonly<Record<string, unknown>>,
  expected: string,
])[] = [
  ["a new field", undefined, text, { a: undefined }, "added-field compatible"],
  ["a removed field in use", text, undefined, { a: "x" }, "removed-field breaking a"],
  ["a removed field", text, undefined, { a: undefined }, "removed-field breaking"],
  ["integer to number", integer, { type: "number" }, { a: 1 }, "changed-type compatible"],
  ["integer to string", integer, text, { a: 1, b: undefined }, "changed-type breaking a"],
  ["number to integer", { type: "number" }, integer, { a: 1, b: 1.5 }, "changed-type breaking b"],
  [
    "to integer or string",
    integer,
    { "x-kubernetes-int-or-string": true },
    { a: 1 },
    "changed-type compatible",
  ],
  [
    "no null any more",
    { ...text, nullable: true },
    text,
    { a: null, b: "x" },
    "not-nullable breaking a",
  ],
  [
    "a narrowed enum",
    { ...text, enum: ["x", "y"] },
    { ...text, enum: ["x"] },
    { a: "x", b: "y" },
    "narrowed-enum breaking b",
  ],
  ["a new enum", text, { ...text, enum: ["x"] }, { a: "z" }, "narrowed-enum breaking a"],
  [
    "a wider enum",
    { ...text, enum: ["x"] },
    { ...text, enum: ["y", "x"] },
    { a: "x" },
    "widened-enum compatible",
  ],
  ["no enum any more", { ...text, enum: ["x"] }, text, { a: "x" }, "widened-enum compatible"],
  [
    "a lower maximum",
    { ...integer, maximum: 9 },
    { ...integer, maximum: 5 },
    { a: 5, b: 6 },
    "tightened-limit breaking b",
  ],
  [
    "a higher maximum",
    { ...integer, maximum: 5 },
    { ...integer, maximum: 9 },
    { a: 5 },
    "loosened-limit compatible",
  ],
  [
    "a maximum that excludes",
    { ...integer, maximum: 5 },
    { ...integer, maximum: 5, exclusiveMaximum: true },
    { a: 4, b: 5 },
    "tightened-limit breaking b",
  ],
  [
    "a new minimum",
    integer,
    { ...integer, minimum: 1 },
    { a: 0, b: 1 },
    "tightened-limit breaking a",
  ],
  ["a dropped minimum", { ...integer, minimum: 1 }, integer, { b: 1 }, "loosened-limit compatible"],
  [
    "a longer minLength",
    { ...text, minLength: 1 },
    { ...text, minLength: 2 },
    { a: "x", b: "xy" },
    "tightened-limit breaking a",
  ],
  [
    "a shorter maxLength",
    text,
    { ...text, maxLength: 1 },
    { a: "x", b: "xy" },
    "tightened-limit breaking b",
  ],
  [
    "another pattern",
    { ...text, pattern: "^a" },
    { ...text, pattern: "^b" },
    { a: "ax", b: "bx" },
    "tightened-limit breaking a",
  ],
  [
    "a new format",
    text,
    { ...text, format: "ipv4" },
    { a: "10.0.0.1", b: "x" },
    "tightened-limit breaking b",
  ],
  [
    "fewer items",
    { type: "array", items: text },
    { type: "array", items: text, maxItems: 1 },
    { a: ["x"], b: ["x", "y"] },
    "tightened-limit breaking b",
  ],
  [
    "a multiple",
    integer,
    { ...integer, multipleOf: 2 },
    { a: 2, b: 3 },
    "tightened-limit breaking b",
  ],
  ["a new default", text, { ...text, default: "x" }, { a: "y" }, "changed-default compatible"],
  [
    "items of another type",
    { type: "array", items: text },
    { type: "array", items: integer },
    { a: ["x"], b: [] },
    "changed-type breaking a",
  ],
  [
    "values of another type",
    { type: "object", additionalProperties: text },
    { type: "object", additionalProperties: integer },
    { a: { k: "x" }, b: {} },
    "changed-type breaking a",
  ],
  [
    "an atomic list that becomes keyed",
    {
      ...items([]),
      "x-kubernetes-list-type": "atomic",
      "x-kubernetes-list-map-keys": undefined,
    } as unknown as JsonSchema,
    items(["name"]),
    { a: [{ name: "x" }, { name: "x" }], b: [{ name: "x" }] },
    "changed-list-type breaking a",
  ],
  [
    "other keys",
    items(["name"]),
    items(["port"]),
    {
      a: [
        { name: "x", port: 1 },
        { name: "y", port: 1 },
      ],
      b: [{ name: "x", port: 1 }],
    },
    "changed-list-type breaking a",
  ],
  [
    "a keyed list that becomes atomic",
    items(["name"]),
    {
      ...items([]),
      "x-kubernetes-list-type": "atomic",
      "x-kubernetes-list-map-keys": undefined,
    } as unknown as JsonSchema,
    { a: [{ name: "x" }], b: [] },
    "changed-list-type breaking a",
  ],
  [
    "an atomic map",
    { type: "object", properties: { x: text } },
    { type: "object", properties: { x: text }, "x-kubernetes-map-type": "atomic" },
    { a: { x: "1" }, b: {} },
    "changed-map-type breaking a",
  ],
  [
    "unknown fields that are dropped",
    { type: "object", "x-kubernetes-preserve-unknown-fields": true, properties: { x: text } },
    { type: "object", properties: { x: text } },
    { a: { y: 1 }, b: { x: "1" } },
    "closed-object breaking a",
  ],
  [
    "a field that stays unnamed",
    { type: "object", properties: { x: text } },
    { type: "object", "x-kubernetes-preserve-unknown-fields": true },
    { a: { x: "1" } },
    "removed-field compatible",
  ],
  [
    "a field below that is required",
    { type: "object", properties: { x: text } },
    { type: "object", properties: { x: text }, required: ["x"] },
    { a: {}, b: { x: "1" }, c: undefined },
    "new-required breaking a",
  ],
  [
    "a required field with a default",
    { type: "object", properties: { x: { ...text, default: "d" } } },
    { type: "object", properties: { x: { ...text, default: "d" } }, required: ["x"] },
    { a: {} },
    "new-required compatible",
  ],
  [
    "a field that is optional now",
    { type: "object", properties: { x: text }, required: ["x"] },
    { type: "object", properties: { x: text } },
    { a: { x: "1" } },
    "no-longer-required compatible",
  ],
  [
    "a rule in CEL",
    text,
    { ...text, "x-kubernetes-validations": [{ rule: "self != ''" }] },
    { a: "x" },
    "added-rule unknown",
  ],
  [
    "a rule less",
    { ...text, "x-kubernetes-validations": [{ rule: "self != ''" }] },
    text,
    { a: "x" },
    "",
  ],
  [
    "any of",
    text,
    { ...text, anyOf: [{ pattern: "^a" }, { pattern: "^b" }] },
    { a: "ax", c: "cx" },
    "tightened-limit breaking c",
  ],
  ["nothing", text, text, { a: "x" }, ""],
];

describe("judgeDefinition() says of the schema", () => {
  test.each(FIELDS)("%s", (...[, before, after, values, expected]) => {
    const objects = Object.entries(values).map(([name, value]) => objectOf(name, value));
    const changes = judgeDefinition(definition({ before }), definition({ before: after }), objects);
    const told = changes.map(({ kind, verdict, affected }) =>
      [kind, verdict, ...affected].join(" "),
    );
    expect(told.join("; ")).toBe(expected);
  });
});

const v = (name: string, more: object = {}) => ({
  name,
  served: true,
  storage: name === "v1",
  subresources: { status: {} },
  schema: { openAPIV3Schema: { type: "object" } },
  ...more,
});

const VERSIONS: readonly (readonly [string, JsonObject, JsonObject, string])[] = [
  ["another scope", raw({}), raw({ scope: "Cluster" }), "changed-scope breaking a b"],
  ["another group", raw({}), raw({ group: "other.test" }), "changed-group breaking a b"],
  [
    "another kind",
    raw({}),
    raw({ names: { kind: "Other", plural: "things" } }),
    "changed-kind breaking a b",
  ],
  ["a new version", raw({}), raw({ versions: [v("v1"), v("v2")] }), "added-version compatible"],
  ["a dropped version", raw({ versions: [v("v1"), v("v2")] }), raw({}), "dropped-version breaking"],
  [
    "a dropped version in the store",
    raw({ versions: [v("v1"), v("v2")] }, ["v1", "v2"]),
    raw({}),
    "dropped-version breaking a b",
  ],
  [
    "a version that is not served",
    raw({}),
    raw({ versions: [v("v1", { served: false })] }),
    "unserved-version breaking",
  ],
  [
    "no status any more",
    raw({}),
    raw({ versions: [v("v1", { subresources: {} })] }),
    "removed-status breaking a b",
  ],
  [
    "a status",
    raw({ versions: [v("v1", { subresources: {} })] }),
    raw({}),
    "added-status compatible",
  ],
  [
    "another storage version",
    raw({ versions: [v("v1"), v("v2")] }),
    raw({ versions: [v("v1", { storage: false }), v("v2", { storage: true })] }),
    "changed-storage compatible",
  ],
];

describe("judgeDefinition() says of the definition", () => {
  test.each(VERSIONS)("%s", (...[, before, after, expected]) => {
    const objects = [objectOf("b", 1), objectOf("a", 1)];
    const changes = judgeDefinition(before, after, objects);
    const told = changes.map(({ kind, verdict, affected }) =>
      [kind, verdict, ...affected].join(" "),
    );
    expect(told.join("; ")).toBe(expected);
  });

  test("objects of another version only where no webhook converts", () => {
    const before = definition({ before: text });
    const after = definition({ before: undefined });
    const object = { ...objectOf("a", "x"), apiVersion: "evolution.test/v9" };
    expect(judgeDefinition(before, after, [object])[0]?.affected).toEqual(["a"]);
    const converted = {
      ...after,
      spec: { ...(after["spec"] as object), conversion: { strategy: "Webhook" } },
    };
    expect(judgeDefinition(before, converted as JsonObject, [object])[0]?.affected).toEqual([]);
  });
});

test("judgeDefinition() gives the path of what changed, below lists and maps", () => {
  const list = (inner: JsonSchema): JsonSchema => ({
    type: "array",
    items: { type: "object", properties: { m: { type: "object", additionalProperties: inner } } },
  });
  const changes = judgeDefinition(
    definition({ before: list(integer) }),
    definition({ before: list({ ...integer, maximum: 1 }) }),
    [objectOf("a", [{ m: { k: 2 } }]), objectOf("b", [{ m: { k: 1 } }])],
  );
  expect(changes).toMatchObject([{ path: "spec.field[].m.*", affected: ["a"], version: "v1" }]);
});

test.each([
  ["compatible", [], "compatible"],
  ["unknown", [], "not evaluated"],
  ["breaking", [], "breaking, no object affected"],
  ["breaking", ["a"], "breaking for 1 object: a"],
  ["breaking", ["a", "b", "c", "d", "e"], "breaking for 5 objects: a, b, c and 2 more"],
] as const)("verdictText() of %s with %j", (verdict, affected, expected) => {
  expect(verdictText({ kind: "k", path: "", message: "", verdict, affected })).toBe(expected);
});

function definition({ before }: { readonly before: JsonSchema | undefined }): JsonObject {
  const spec = { type: "object", properties: before ? { field: before } : {} };
  const openAPIV3Schema = { type: "object", properties: { spec } };
  return raw({ versions: [v("v1", { schema: { openAPIV3Schema } })] });
}

function raw(spec: object, storedVersions: readonly string[] = ["v1"]): JsonObject {
  const names = { kind: "Thing", plural: "things" };
  const base = { group: "evolution.test", scope: "Namespaced", names, versions: [v("v1")] };
  return { spec: { ...base, ...spec }, status: { storedVersions } } as unknown as JsonObject;
}

function objectOf(name: string, value: unknown): KubeObject {
  const spec = value === undefined ? {} : { field: value };
  return { apiVersion: "evolution.test/v1", kind: "Thing", metadata: { name }, spec } as KubeObject;
}
