import { describe, expect, test } from "bun:test";
import { canonicalCondition, OPERATORS } from "../../../src/katalog/conditions.ts";
import type { Json } from "../../../src/std/json.ts";

describe("canonicalCondition()", () => {
  test.each([
    [
      { field: "spec.x", equals: "a" },
      { operator: "equals", operand: "a" },
    ],
    [
      { field: "spec.x", operator: "equals", value: "a" },
      { operator: "equals", operand: "a" },
    ],
    [
      { field: "spec.x", value: "a" },
      { operator: "equals", operand: "a" },
    ],
    [{ field: "spec.x" }, { operator: "exists" }],
    [{ field: "spec.x", equals: null }, { operator: "exists" }],
    [
      { field: "spec.x", gt: 1 },
      { operator: "greaterThan", operand: 1 },
    ],
    [
      { field: "spec.x", operator: "min", value: 1 },
      { operator: "greaterThanOrEqual", operand: 1 },
    ],
    [
      { field: "spec.x", oneOf: ["a"] },
      { operator: "in", operand: ["a"] },
    ],
    [{ field: "spec.x", exists: false }, { operator: "notExists" }],
    [{ field: "spec.x", notExists: "false" }, { operator: "exists" }],
    [{ field: "spec.x", operator: "exists" }, { operator: "exists" }],
    [
      { field: "spec.x", typeMap: false },
      { operator: "typeMap", isNegated: true },
    ],
    [{ field: "spec.x", typeMap: false, negate: true }, { operator: "typeMap" }],
    [
      { field: "spec.x", equals: "a", operator: "prefix" },
      { operator: "equals", operand: "a" },
    ],
    [
      { field: "spec.x", equals: "a", negate: "true" },
      { operator: "equals", operand: "a", isNegated: true },
    ],
    [
      { field: " spec.x ", equals: "" },
      { operator: "equals", operand: "" },
    ],
  ] as const)("reads %j", (raw, expected) => {
    expect(canonicalCondition(raw as Json)).toEqual({
      entry: { field: "spec.x", isNegated: false, ...expected } as never,
      issues: [],
    });
  });

  test("gives a schedule one shape whatever its spelling", () => {
    const operand = { schedule: "0 9 * * *", duration: "8h", timezone: "UTC" };
    const spellings: readonly Json[] = [
      { cron: "0 9 * * *", duration: "8h", timezone: "UTC" },
      { cron: operand },
      { cron: { expression: "0 9 * * *", duration: "8h" }, timezone: "UTC" },
      { operator: "cron", value: "0 9 * * *", duration: "8h", timezone: "UTC" },
    ];
    for (const raw of spellings) {
      expect(canonicalCondition(raw).entry).toEqual({
        field: "",
        operator: "cron",
        operand,
        isNegated: false,
      });
    }
  });

  test.each([
    [{ field: "spec.x", equls: "a" }, "unknown-operator", ["equls"], 'Did you mean "equals"?'],
    [
      { field: "spec.x", operator: "greater", value: 1 },
      "unknown-operator",
      ["operator"],
      undefined,
    ],
    [{ feild: "spec.x" }, "unknown-operator", ["feild"], 'Did you mean "field"?'],
    [{ field: "spec.x", gte: 1, lte: 3 }, "two-operators", ["lte"], undefined],
    [{ equals: "a" }, "missing-field", [], undefined],
    [{ field: 3, equals: "a" }, "missing-field", [], undefined],
    [{ field: "spec.x", operator: "equals" }, "missing-value", ["equals"], undefined],
    [{ field: "spec.x", exists: "perhaps" }, "wrong-type", ["exists"], undefined],
    [{ field: "spec.x", equals: "a", negate: 3 }, "wrong-type", ["negate"], undefined],
    [{ field: "spec.x", unique: true }, "misplaced-operator", ["unique"], undefined],
    ["spec.x", "wrong-type", [], undefined],
  ] as const)("refuses %j", (...[raw, code, path, hint]) => {
    const { entry, issues } = canonicalCondition(raw as Json, { path: ["when", 0] });
    expect(entry).toBeUndefined();
    expect(issues).toMatchObject([{ code, severity: "error", path: ["when", 0, ...path] }]);
    expect(issues[0]?.hint).toBe(hint as string);
  });

  test("leaves the keys of a rule alone", () => {
    const raw = { field: "spec.x", unique: true, message: "taken", action: "warn" };
    const ownerKeys = new Set(["message", "action"]);
    expect(canonicalCondition(raw, { ownerKeys, isRule: true }).issues).toEqual([]);
  });

  test("names no operator twice", () => {
    const names = OPERATORS.flatMap(({ name, aliases = [] }) => [name, ...aliases]);
    expect(new Set(names).size).toBe(names.length);
  });
});
