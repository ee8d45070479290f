import { expect, test } from "bun:test";
import { definitionProblems } from "../../../src/schema/definition.ts";
import type { JsonObject } from "../../../src/std/json.ts";

const NAMES = { plural: "websites", kind: "Website" };
const SCHEMA = { openAPIV3Schema: { type: "object" } };
const V1 = { name: "v1", served: true, storage: true, schema: SCHEMA };

interface Parts {
  readonly name?: string;
  readonly spec?: JsonObject;
}

function definition({ name = "websites.demo.io", spec = {} }: Parts): JsonObject {
  return {
    apiVersion: "apiextensions.k8s.io/v1",
    kind: "CustomResourceDefinition",
    metadata: { name },
    spec: { group: "demo.io", scope: "Namespaced", names: NAMES, versions: [V1], ...spec },
  };
}

/** A field `spec.a` with this schema, beside what the schema of the spec says. */
function withField(a: JsonObject, spec: JsonObject = {}): JsonObject {
  const properties = { spec: { type: "object", properties: { a }, ...spec } };
  const schema = { openAPIV3Schema: { type: "object", properties } };
  return definition({ spec: { versions: [{ ...V1, schema }] } });
}

/** The words of each are those of a real server, Kubernetes 1.36. */
const FIELDS: readonly (readonly [JsonObject, string, string, RegExp])[] = [
  [{ description: "x" }, "type", "must not be empty for specified object fields", /has no type/],
  [{ properties: {} }, "type", "must not be empty for specified object fields", /type: object/],
  [{ type: "int" }, "type", "", /Did you mean "integer"/],
  [{ type: "strnig" }, "type", "", /Did you mean "string"/],
  [{ type: ["string", "null"] }, "type", "", /nullable: true/],
  [{ type: "array" }, "items", "must be specified", /array without "items"/],
  [
    { type: "array", items: {} },
    "items.type",
    "must not be empty for specified array items",
    /"spec.a\[\]" .*has no type/,
  ],
  [
    { type: "array", items: [{ type: "string" }] },
    "items",
    "items must be a schema object and not an array",
    /one schema for all/,
  ],
  [
    { type: "object", additionalProperties: {} },
    "additionalProperties.type",
    "must not be empty for specified object fields",
    /spec.a.\*/,
  ],
  [
    { type: "object", properties: { b: { type: "string" } }, additionalProperties: false },
    "additionalProperties",
    "additionalProperties and properties are mutual exclusive",
    /both/,
  ],
  [
    { type: "array", items: { type: "string" }, uniqueItems: true },
    "uniqueItems",
    "uniqueItems cannot be set to true since the runtime complexity becomes quadratic",
    /x-kubernetes-list-type: set/,
  ],
  [
    { type: "array", items: { type: "object" }, "x-kubernetes-list-type": "map" },
    "x-kubernetes-list-map-keys",
    "must not be empty if x-kubernetes-list-type is map",
    /list type is "map"/,
  ],
  [{ $ref: "#/x" }, "$ref", "$ref is not supported", /takes none/],
  [
    { type: "string", not: { type: "string" } },
    "not.type",
    "must be empty to be structural",
    /below not/,
  ],
  [
    { type: "string", pattern: "(" },
    "pattern",
    "must be a valid regular expression, but isn't: error parsing regexp: missing closing ): `(`",
    /RE2/,
  ],
  [
    { type: "integer", default: "x" },
    "default",
    ': Invalid value: "string":  in body must be of type integer: "string"',
    /found "x", expected .*integer/,
  ],
  [
    { type: "string", enum: ["x"], default: "y" },
    "default",
    ': Unsupported value: "y": supported values: "x"',
    /one of: "x"/,
  ],
  [
    { type: "object", properties: { b: { type: "string" } }, default: { c: 1 } },
    "default",
    "must not have unknown fields",
    /does not know: c/,
  ],
  [{ type: "integer", minimum: "1" }, "minimum", "must be of type number", /expected a number/],
];

test.each(FIELDS)("definitionProblems() refuses %j", (...[field, at, detail, words]) => {
  const problems = definitionProblems(withField(field));
  expect(problems).toHaveLength(1);
  const [problem] = problems;
  expect(problem?.path.slice(9).join(".")).toBe(at);
  expect(problem?.violations?.[0]?.message ?? problem?.detail).toBe(detail);
  expect(problem?.fault).not.toBe("advice");
  expect(`${problem?.message} ${problem?.hint ?? ""}`).toMatch(words);
});

test.each<readonly [JsonObject]>([
  [{ type: "string" }],
  [{ "x-kubernetes-preserve-unknown-fields": true }],
  [{ "x-kubernetes-int-or-string": true, anyOf: [{ type: "integer" }, { type: "string" }] }],
  [{ type: "object", additionalProperties: { type: "integer" }, default: { b: 1 } }],
  [{ type: "array", items: { type: "string" }, "x-kubernetes-list-type": "set" }],
  [{ type: "string", anyOf: [{ minLength: 1 }, { enum: [""] }], nullable: true, default: null }],
  [{ type: "object", properties: { b: { type: "string", default: "x" } }, default: {} }],
  [{ type: "object", properties: { type: { type: "string" }, items: { type: "string" } } }],
])("definitionProblems() takes %j", (field) => {
  expect(definitionProblems(withField(field))).toEqual([]);
});

test.each<readonly [JsonObject, JsonObject, RegExp]>([
  [{ type: "string" }, { required: ["b"] }, /requires "b", which is none of its properties/],
  [{ type: "string", propertes: {} }, {}, /Unknown key "propertes".*Did you mean "properties"/],
])("definitionProblems() advises on %j with %j", (field, spec, words) => {
  const [problem, ...more] = definitionProblems(withField(field, spec));
  expect(more).toEqual([]);
  expect(problem?.fault).toBe("advice");
  expect(`${problem?.message} ${problem?.hint}`).toMatch(words);
});

const V2 = { ...V1, name: "v2" };

test.each<readonly [string, Parts, RegExp]>([
  ["another name", { name: "website.demo.io" }, /expected "websites.demo.io"/],
  ["a group without a dot", { name: "websites.demo", spec: { group: "demo" } }, /with a dot/],
  ["a scope in lower case", { spec: { scope: "namespaced" } }, /Did you mean "Namespaced"/],
  ["no scope", { spec: { scope: "" } }, /"scope" is missing/],
  ["a kind with _", { spec: { names: { ...NAMES, kind: "My_Site" } } }, /kind .*"My_Site"/],
  ["two stored versions", { spec: { versions: [V1, V2] } }, /"v1" and "v2" are both/],
  ["no stored version", { spec: { versions: [{ ...V1, storage: false }] } }, /expected one/],
  ["no versions", { spec: { versions: [] } }, /expected one/],
  ["twins", { spec: { versions: [V1, { ...V1, storage: false }] } }, /two versions "v1"/],
  ["a version V_1", { spec: { versions: [{ ...V1, name: "V_1" }] } }, /called "V_1"/],
  ["no schema", { spec: { versions: [{ ...V1, schema: {} }] } }, /has no schema/],
])("definitionProblems() refuses %s", (_, parts, words) => {
  const [problem, ...more] = definitionProblems(definition(parts));
  expect(more).toEqual([]);
  expect(`${problem?.message} ${problem?.hint ?? ""}`).toMatch(words);
});

test("definitionProblems() says what to do with v1beta1", () => {
  const old = { ...definition({}), apiVersion: "apiextensions.k8s.io/v1beta1" };
  const [problem, ...more] = definitionProblems(old);
  expect(more).toEqual([]);
  expect(problem?.path).toEqual(["apiVersion"]);
  expect(problem?.hint).toMatch(/1\.22.*"schema"/);
});

test("definitionProblems() takes any JSON", () => {
  for (const spec of [null, [], 3, { versions: 1, names: [] }, { versions: [null, 3, {}] }]) {
    const odd = { apiVersion: "apiextensions.k8s.io/v1", spec } as JsonObject;
    expect(definitionProblems(odd).length).toBeGreaterThan(0);
  }
});
