import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import {
  addQuantities,
  canonicalQuantity,
  compareQuantities,
  formatQuantity,
  parseQuantity,
  type Quantity,
  quantityToNumber,
} from "../../../src/schema/quantity.ts";

/** Answers of Kubernetes 1.36 (`resource.ParseQuantity(text).String()`). */
const CANONICAL: readonly (readonly [string, string])[] = [
  ["0", "0"],
  ["0.1", "100m"],
  ["100m", "100m"],
  ["1000m", "1"],
  ["1500m", "1500m"],
  ["1.5", "1500m"],
  ["1.123", "1.123"],
  ["1.0", "1"],
  [".5", "500m"],
  ["1e3", "1e3"],
  ["1E3", "1E3"],
  ["1e2", "100"],
  ["12e-1", "1200e-3"],
  ["1000", "1k"],
  ["1500", "1500"],
  ["1Gi", "1Gi"],
  ["1024Mi", "1Gi"],
  ["1536Mi", "1536Mi"],
  ["1.5Gi", "1536Mi"],
  ["0.5Gi", "512Mi"],
  ["1000Ki", "1000Ki"],
  ["512Ki", "512Ki"],
  ["1k", "1k"],
  ["1000k", "1M"],
  ["+100m", "+100m"],
  ["0100m", "0100m"],
  ["-1.5Gi", "-1536Mi"],
  ["0.1n", "1n"],
  ["0.0000000001", "1n"],
  ["1u", "1u"],
  ["9223372036854775808", "9223372036854775808"],
  ["16Ei", "9223372036854775807"],
  ["0.3Ki", "307200m"],
  ["1.G", "1.G"],
  ["00", "0"],
  ["-0", "0"],
];

describe("canonicalQuantity()", () => {
  test.each(CANONICAL)("prints %s as the server does: %s", (text, printed) => {
    expect(canonicalQuantity(text)).toBe(printed);
  });

  test("reads numbers as their text", () => {
    expect(canonicalQuantity(0.5)).toBe("500m");
    expect(canonicalQuantity(2)).toBe("2");
  });

  test.each(["", "m", "Ki", "1 Gi", "1gi", "1..2", "abc", "1e", "1e99999", "--1"])(
    "knows that %p is no quantity",
    (text) => {
      expect(canonicalQuantity(text)).toBeUndefined();
    },
  );
});

test("canonicalQuantity() of canonical text is that text", () => {
  const suffix = fc.constantFrom("", "m", "k", "M", "G", "Ki", "Mi", "Gi", "e3", "n");
  const amount = fc.tuple(fc.integer({ min: 0, max: 10 ** 9 }), suffix);
  fc.assert(
    fc.property(amount, ([number, unit]) => {
      const once = canonicalQuantity(`${number}${unit}`);
      expect(once).toBeDefined();
      expect(canonicalQuantity(once ?? "")).toBe(once!);
    }),
  );
});

describe("compareQuantities()", () => {
  test.each([
    ["1Gi", "1024Mi", 0],
    ["1", "1000m", 0],
    ["1G", "1Gi", -1],
    ["0.1", "99m", 1],
    ["-1", "1n", -1],
  ] as const)("%s against %s is %d", (left, right, order) => {
    expect(compareQuantities(parsed(left), parsed(right))).toBe(order);
  });
});

describe("addQuantities()", () => {
  test.each([
    ["100m", "200m", "300m"],
    ["1Gi", "512Mi", "1536Mi"],
    ["0", "1Gi", "1Gi"],
    ["900m", "0.1", "1"],
    ["1Gi", "1", "1073741825"],
  ])("%s + %s = %s, exactly", (left, right, sum) => {
    expect(formatQuantity(addQuantities(parsed(left), parsed(right)))).toBe(sum);
  });
});

test("quantityToNumber() gives the nearest number", () => {
  expect(quantityToNumber(parsed("250m"))).toBe(0.25);
  expect(quantityToNumber(parsed("1Ki"))).toBe(1024);
});

function parsed(text: string): Quantity {
  const quantity = parseQuantity(text);
  if (!quantity) throw new Error(`${text} is no quantity`);
  return quantity;
}

test("parseQuantity() refuses at once what is far too long", () => {
  const begin = process.cpuUsage();
  expect(parseQuantity(`1.${"0".repeat(1_000_000)}x`)).toBeUndefined();
  expect(parseQuantity(`${"1".repeat(1_000_000)}x`)).toBeUndefined();
  expect(process.cpuUsage(begin).user / 1_000).toBeLessThan(1_000);
});
