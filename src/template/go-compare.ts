/**
 * Go's `eq ne lt le gt ge`. Values of different types do not compare (an error), but nothing equals
 * nothing and differs from everything else. In the forgiving form an absent value compares by order
 * as the zero of the other side's type.
 */
import { TemplateError } from "./error.ts";
import { compareTexts, goTypeName } from "./go-value.ts";
import type { TemplateFunction, TemplateValue } from "./template.ts";

export function createComparisons(isForgiving: boolean): readonly TemplateFunction[] {
  const order = (left: TemplateValue, right: TemplateValue) =>
    isForgiving ? compare(zeroLike(left, right), zeroLike(right, left)) : compare(left, right);
  return [
    {
      name: "eq",
      minArgs: 2,
      maxArgs: Number.POSITIVE_INFINITY,
      call: ([first, ...others]) => others.some((other) => isEqual(first, other)),
    },
    { name: "ne", minArgs: 2, maxArgs: 2, call: ([left, right]) => !isEqual(left, right) },
    { name: "lt", minArgs: 2, maxArgs: 2, call: ([left, right]) => order(left, right) < 0 },
    { name: "le", minArgs: 2, maxArgs: 2, call: ([left, right]) => order(left, right) <= 0 },
    { name: "gt", minArgs: 2, maxArgs: 2, call: ([left, right]) => order(left, right) > 0 },
    { name: "ge", minArgs: 2, maxArgs: 2, call: ([left, right]) => order(left, right) >= 0 },
  ];
}

function isNothing(value: TemplateValue): value is null | undefined {
  return value === null || value === undefined;
}

function isEqual(left: TemplateValue, right: TemplateValue): boolean {
  if (isNothing(left) || isNothing(right)) return isNothing(left) && isNothing(right);
  if (typeof left !== typeof right) throw incompatible(left, right);
  if (typeof left === "object") {
    throw new TemplateError("bad-argument", `Values of type ${goTypeName(left)} do not compare`);
  }
  return left === right;
}

function compare(left: TemplateValue, right: TemplateValue): number {
  if (typeof left === "number" && typeof right === "number") return left - right;
  if (typeof left === "string" && typeof right === "string") return compareTexts(left, right);
  if (isOrdered(left) && isOrdered(right)) throw incompatible(left, right);
  const odd = isOrdered(left) ? right : left;
  throw new TemplateError("bad-argument", `Values of type ${goTypeName(odd)} have no order`);
}

function isOrdered(value: TemplateValue): boolean {
  return typeof value === "number" || typeof value === "string";
}

function zeroLike(value: TemplateValue, other: TemplateValue): TemplateValue {
  if (!isNothing(value)) return value;
  return typeof other === "string" ? "" : 0;
}

function incompatible(left: TemplateValue, right: TemplateValue): TemplateError {
  return new TemplateError(
    "bad-argument",
    `Incompatible types for comparison: ${goTypeName(left)} and ${goTypeName(right)}`,
  );
}
