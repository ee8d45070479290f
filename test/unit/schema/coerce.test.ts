import { describe, expect, test } from "bun:test";
import { builtinKind } from "../../../src/schema/builtin.ts";
import {
  coerceByLooks,
  coerceMessage,
  coerceText,
  coerceTree,
} from "../../../src/schema/coerce.ts";
import type { SchemaNode } from "../../../src/schema/node.ts";
import type { Json } from "../../../src/std/json.ts";

const strings: SchemaNode = { type: "map", values: { type: "string" } };
const list: SchemaNode = { type: "list", items: { type: "string" }, listType: "atomic" };

describe("coerceText()", () => {
  test.each([
    ["3", "integer", 3],
    [" 3 ", "integer", 3],
    ["-7", "integer", -7],
    ["3.0", "integer", 3],
    ["1e3", "integer", 1000],
    ["1.5", "number", 1.5],
    ["true", "boolean", true],
    ["False", "boolean", false],
    ["100m", "quantity", "100m"],
    ["0.5", "quantity", "0.5"],
    ["80", "int-or-string", 80],
    ["http", "int-or-string", "http"],
    ["25%", "int-or-string", "25%"],
    ["3", "string", "3"],
    ["true", "string", "true"],
    ["aGk=", "bytes", "aGk="],
  ] as const)("reads %p as %s: %p", (text, type, value) => {
    expect(coerceText(text, { type })).toEqual({ kind: "value", value });
  });

  test.each([
    ["three", "integer", "an integer"],
    ["1.5", "integer", "an integer"],
    ["9007199254740993", "integer", "an integer"],
    ["0x10", "integer", "an integer"],
    ["x", "number", "a number"],
    ["yes", "boolean", "true or false"],
    ["12 GB", "quantity", 'a quantity such as "100m"'],
  ] as const)("refuses %p as %s", (text, type, expected) => {
    expect(coerceText(text, { type })).toEqual({ kind: "failed", expected });
  });

  test.each(["integer", "number", "boolean", "quantity", "int-or-string", "string"] as const)(
    "takes empty text as not set for %s",
    (type) => {
      expect(coerceText("", { type })).toEqual({ kind: "absent" });
      expect(coerceText("  ", { type })).toEqual({ kind: "absent" });
    },
  );

  test("reads JSON text where a map or list is wanted", () => {
    expect(coerceText('{"a":"b"}', strings)).toEqual({ kind: "value", value: { a: "b" } });
    expect(coerceText('["a"]', list)).toEqual({ kind: "value", value: ["a"] });
    expect(coerceText('["a"]', strings).kind).toBe("failed");
    expect(coerceText("a,b", list).kind).toBe("failed");
  });
});

test.each([
  ["3", 3],
  ["-3", -3],
  ["1.5", 1.5],
  ["007", "007"],
  ["1.2.3", "1.2.3"],
  ["1e3", "1e3"],
  ["true", true],
  ["True", "True"],
  ['{"a":1}', { a: 1 }],
  ["[1,2]", [1, 2]],
  ["[not json", "[not json"],
  ["", ""],
  ["9007199254740993", "9007199254740993"],
] as const)("coerceByLooks() reads %p as %p", (text, value) => {
  expect(coerceByLooks(text)).toEqual(value as Json);
});

describe("coerceTree()", () => {
  const deployment = builtinKind("apps/v1", "Deployment")?.schema;
  const configMap = builtinKind("v1", "ConfigMap")?.schema;

  test("types a whole object by its schema", () => {
    const tree = {
      metadata: { labels: { port: 80, on: true } },
      spec: {
        replicas: "3",
        paused: "false",
        minReadySeconds: "",
        template: {
          spec: {
            containers: [
              {
                name: 7,
                args: ["1", "", "[x]"],
                ports: '[{"containerPort":"80"}]',
                resources: { limits: { cpu: 1 } },
              },
            ],
          },
        },
      },
    };
    expect(coerceTree(tree, deployment)).toEqual({
      errors: [],
      value: {
        metadata: { labels: { port: "80", on: "true" } },
        spec: {
          replicas: 3,
          paused: false,
          template: {
            spec: {
              containers: [
                {
                  name: "7",
                  args: ["1", "", "[x]"],
                  ports: [{ containerPort: 80 }],
                  resources: { limits: { cpu: "1" } },
                },
              ],
            },
          },
        },
      },
    });
  });

  test("keeps empty text in data", () => {
    const tree = { data: { a: "", b: "x" } };
    expect(coerceTree(tree, configMap).value).toEqual(tree);
  });

  test("takes a list of one list as that list", () => {
    expect(coerceTree([["a", "b"]], list).value).toEqual(["a", "b"]);
  });

  test("returns all errors with their paths", () => {
    const tree = {
      spec: {
        replicas: "x",
        paused: "maybe",
        template: { spec: { containers: [{ name: "a", ports: "no" }] } },
      },
    };
    const { errors } = coerceTree(tree, deployment);
    expect(errors.map(coerceMessage)).toEqual([
      'Cannot set "spec.replicas": value is "x", expected an integer',
      'Cannot set "spec.paused": value is "maybe", expected true or false',
      'Cannot set "spec.template.spec.containers[0].ports": value is "no", expected a list, or JSON text of one',
    ]);
  });

  test("refuses a map where text is wanted", () => {
    const { errors } = coerceTree({ data: { a: { b: 1 } } }, configMap);
    expect(errors).toEqual([{ path: "data.a", value: { b: 1 }, expected: "text" }]);
  });

  test("goes by looks without a schema", () => {
    const tree = {
      spec: { n: "3", ok: "true", text: "a", deep: [{ x: "1.5" }], json: '{"k":[1]}' },
    };
    expect(coerceTree(tree)).toEqual({
      errors: [],
      value: { spec: { n: 3, ok: true, text: "a", deep: [{ x: 1.5 }], json: { k: [1] } } },
    });
  });

  test("leaves literal text as it is where no schema says otherwise", () => {
    const declared = { spec: { a: "123", b: "{{ .spec.n }}", l: ["true", "{{ .spec.ok }}"] } };
    const rendered = { spec: { a: "123", b: "456", l: ["true", "false"] } };
    expect(coerceTree(rendered, undefined, declared).value).toEqual({
      spec: { a: "123", b: 456, l: ["true", false] },
    });
    const typed = { spec: { replicas: "3" } };
    expect(coerceTree(typed, deployment, typed).value).toEqual({ spec: { replicas: 3 } });
  });

  test("keeps an own key named __proto__ harmless", () => {
    const tree = JSON.parse('{"data":{"__proto__":"x"}}') as Json;
    const { value } = coerceTree(tree, configMap);
    expect(JSON.stringify(value)).toBe('{"data":{"__proto__":"x"}}');
    expect(({} as Record<string, unknown>)["x"]).toBeUndefined();
  });
});
