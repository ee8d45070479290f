import { describe, expect, test } from "bun:test";
import { environment, environmentFields } from "../../../../src/katalog/children/environment.ts";
import { readFields } from "../../../../src/katalog/children/read.ts";
import type { Json, JsonObject } from "../../../../src/std/json.ts";

const secretKeyRef = { name: "db", key: "password" };
const configMapKeyRef = { name: "conf", key: "mode" };

describe("environment() reads env as", () => {
  test.each([
    [
      "a list",
      [
        { name: "A", value: 1 },
        { name: "B", valueFrom: { secretKeyRef } },
      ],
      [
        { name: "A", value: "1" },
        { name: "B", valueFrom: { secretKeyRef } },
      ],
    ],
    [
      "a list with references beside the name",
      [{ name: "A", configMapKeyRef }],
      [{ name: "A", valueFrom: { configMapKeyRef } }],
    ],
    [
      "a map of values and references",
      {
        A: { value: true },
        B: { secretKeyRef },
        C: { configMapKeyRef },
        D: { valueFrom: { secretKeyRef } },
      },
      [
        { name: "A", value: "true" },
        { name: "B", valueFrom: { secretKeyRef } },
        { name: "C", valueFrom: { configMapKeyRef } },
        { name: "D", valueFrom: { secretKeyRef } },
      ],
    ],
    [
      "a map of text",
      { A: "1", B: 2.5 },
      [
        { name: "A", value: "1" },
        { name: "B", value: "2.5" },
      ],
    ],
    ["a list with an empty value", [{ name: "A", value: "" }], [{ name: "A" }]],
    ["a map with an empty value", { A: "" }, [{ name: "A" }]],
    ["JSON text", '{"A":"1"}', [{ name: "A", value: "1" }]],
    [
      "a field of the pod",
      [{ name: "A", valueFrom: { fieldRef: { fieldPath: "metadata.name" } } }],
      [{ name: "A", valueFrom: { fieldRef: { fieldPath: "metadata.name" } } }],
    ],
    [
      "an optional reference",
      { A: { secretKeyRef: { ...secretKeyRef, optional: "true" } } },
      [{ name: "A", valueFrom: { secretKeyRef: { ...secretKeyRef, optional: true } } }],
    ],
  ] as [string, Json, Json][])("%s", (_, env, expected) => {
    expect(expand({ env })).toEqual({ env: expected });
  });
});

describe("environment() reads envFrom as", () => {
  test.each([
    [
      "a struct of lists",
      { secretRef: [{ name: "s", prefix: "P_", optional: true }], configMapRef: [{ name: "c" }] },
      [{ prefix: "P_", secretRef: { name: "s", optional: true } }, { configMapRef: { name: "c" } }],
    ],
    [
      "a struct of names",
      { secretRef: ["s", "t"] },
      [{ secretRef: { name: "s" } }, { secretRef: { name: "t" } }],
    ],
    ["a struct of one", { configMapRef: { name: "c" } }, [{ configMapRef: { name: "c" } }]],
    [
      "a list of names",
      [{ configMapRef: "c" }, { secretRef: "s" }],
      [{ configMapRef: { name: "c" } }, { secretRef: { name: "s" } }],
    ],
    [
      "Kubernetes' own list",
      [{ prefix: "P_", configMapRef: { name: "c", optional: false } }],
      [{ prefix: "P_", configMapRef: { name: "c", optional: false } }],
    ],
  ] as [string, Json, Json][])("%s", (_, envFrom, expected) => {
    expect(expand({ envFrom })).toEqual({ envFrom: expected });
  });

  test("picked keys, which become variables", () => {
    const envFrom = {
      secretRef: [{ name: "s", prefix: "DB_", suffix: "_X", keys: ["user", "pass"] }],
    };
    expect(expand({ envFrom, env: { A: "1" } })).toEqual({
      env: [
        { name: "A", value: "1" },
        { name: "DB_user_X", valueFrom: { secretKeyRef: { name: "s", key: "user" } } },
        { name: "DB_pass_X", valueFrom: { secretKeyRef: { name: "s", key: "pass" } } },
      ],
    });
  });
});

describe("environment() refuses", () => {
  test.each([
    ["a value beside a reference", { env: { A: { value: "1", secretKeyRef } } }, "env.A.value"],
    [
      "a suffix for all keys",
      { envFrom: { secretRef: [{ name: "s", suffix: "_X" }] } },
      "envFrom.secretRef.suffix",
    ],
    [
      "a reference without a key",
      { env: [{ name: "A", secretKeyRef: { name: "s" } }] },
      "env[0].secretKeyRef.key",
    ],
    ["a variable without a name", { env: [{ value: "1" }] }, "env[0].name"],
    ["text", { env: "A=1" }, "env"],
    ["a map as value", { env: [{ name: "A", value: { b: 1 } }] }, "env[0].value"],
  ] as [string, JsonObject, string][])("%s", (_, fields, path) => {
    expect(() => expand(fields)).toThrow(`"${path}"`);
  });
});

function expand(fields: JsonObject): JsonObject {
  return environment(readFields(fields, environmentFields));
}
