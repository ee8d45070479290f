import { expect, test } from "bun:test";
import type { MotifInput } from "../../../src/katalog/resolved.ts";
import { compileInputs, evaluateInputs } from "../../../src/reconcile/inputs.ts";
import type { Json } from "../../../src/std/json.ts";
import { createKatalogDialect } from "../../../src/template/katalog-dialect.ts";

const ENVIRONMENT = { nowMs: 0, timeZone: "UTC", random: (size: number) => new Uint8Array(size) };

function evaluate(
  uses: Readonly<Record<string, Readonly<Record<string, MotifInput>>>>,
  scope: Readonly<Record<string, unknown>>,
) {
  const context = { dialect: createKatalogDialect(), issues: [], path: [] };
  const list = Object.entries(uses).map(([key, values]) => ({ key, motif: "web", values }));
  return evaluateInputs(compileInputs(list, context), scope, ENVIRONMENT);
}

test("evaluateInputs() fills in values from the custom resource, and keeps data as it is", () => {
  const values = { text: { value: "a-{{ .spec.x }}" }, list: { value: ["a"] }, n: { value: 2 } };
  expect(evaluate({ m0: values }, { spec: { x: "b" } })).toEqual({
    m0: { text: "a-b", list: ["a"], n: 2 },
  });
});

test("evaluateInputs() lets a Motif read the inputs of the one that imports it", () => {
  const uses = {
    m0: { app: { value: "x-{{ .spec.app }}" } },
    m1: { host: { value: "h-{{ $.inputs.m0.app }}" } },
  };
  expect(evaluate(uses, { spec: { app: "shop" } })).toMatchObject({ m1: { host: "h-x-shop" } });
});

test.each<[MotifInput["type"], Json, Json]>([
  ["int", "21", 21],
  ["int", 3, 3],
  ["float", "1.5", 1.5],
  ["bool", "true", true],
  ["string", 7, "7"],
  ["list", ["a"], ["a"]],
  ["map", { a: 1 }, { a: 1 }],
  ["int", "", ""],
])("evaluateInputs() turns a value into its type: %s of %p", (type, given, expected) => {
  const value = { value: "{{ .spec.x }}", ...(type && { type }) };
  expect(evaluate({ m0: { a: value } }, { spec: { x: given } })).toEqual({ m0: { a: expected } });
});

test.each<[MotifInput["type"], Json]>([
  ["int", "many"],
  ["int", 1.5],
  ["bool", "perhaps"],
  ["list", "a"],
  ["map", ["a"]],
])("evaluateInputs() refuses what its type cannot be: %s of %p", (type, given) => {
  const value = { value: "{{ .spec.x }}", ...(type && { type }) };
  expect(() => evaluate({ m0: { size: value } }, { spec: { x: given } })).toThrow(
    `as the input "size" of the Motif "web": expected ${type}`,
  );
});

test("evaluateInputs() reads no root that nobody asks for", () => {
  const scope = {
    spec: { x: "y" },
    get children(): never {
      throw new Error("built");
    },
  };
  expect(evaluate({ m0: { a: { value: "{{ .spec.x }}" } } }, scope)).toEqual({ m0: { a: "y" } });
});
