/**
 * Go's `eq ne lt le gt ge`. Values of different types do not compare (an error), but nothing equals
 * nothing and differs from everything else. In the forgiving form an absent value compares by order
 * as the zero of the other side's type.
 */
import { TemplateError } from "./error.ts";
import { GoNumber } from "./go-object.ts";
import { compareTexts, goTypeName } from "./go-value.ts";
import type { TemplateFunction, TemplateValue } from "./template.ts";

export interface ComparisonOptions {
  readonly isForgiving: boolean;
  /** Integers and floats do not mix, whatever their values. */
  readonly isTyped: boolean;
}

export function createComparisons(options: ComparisonOptions): readonly TemplateFunction[] {
  const { isForgiving, isTyped } = options;
  const compare = (left: TemplateValue, right: TemplateValue) => inOrder(left, right, isTyped);
  const isEqual = (left: TemplateValue, right: TemplateValue) => areEqual(left, right, isTyped);
  const order = (left: TemplateValue, right: TemplateValue) =>
    isForgiving ? compare(zeroLike(left, right), zeroLike(right, left)) : compare(left, right);
  return [
    {
      name: "eq",
      reads: "texts",
      minArgs: 2,
      maxArgs: Number.POSITIVE_INFINITY,
      call: ([first, ...others]) => others.some((other) => isEqual(first, other)),
    },
    {
      name: "ne",
      reads: "texts",
      minArgs: 2,
      maxArgs: 2,
      call: ([left, right]) => !isEqual(left, right),
    },
    {
      name: "lt",
      reads: "texts",
      minArgs: 2,
      maxArgs: 2,
      call: ([left, right]) => order(left, right) < 0,
    },
    {
      name: "le",
      reads: "texts",
      minArgs: 2,
      maxArgs: 2,
      call: ([left, right]) => order(left, right) <= 0,
    },
    {
      name: "gt",
      reads: "texts",
      minArgs: 2,
      maxArgs: 2,
      call: ([left, right]) => order(left, right) > 0,
    },
    {
      name: "ge",
      reads: "texts",
      minArgs: 2,
      maxArgs: 2,
      call: ([left, right]) => order(left, right) >= 0,
    },
  ];
}

function isNothing(value: TemplateValue): value is null | undefined {
  return value === null || value === undefined;
}

function areEqual(left: TemplateValue, right: TemplateValue, isTyped: boolean): boolean {
  if (isNothing(left) || isNothing(right)) return isNothing(left) && isNothing(right);
  const numbers = isTyped ? numberPair(left, right) : undefined;
  if (numbers) return numbers[0] === numbers[1];
  if (typeof left !== typeof right) throw incompatible(left, right);
  if (typeof left === "object") {
    throw new TemplateError("bad-argument", `Values of type ${goTypeName(left)} do not compare`);
  }
  return left === right;
}

/** Two numbers of one family; nothing where no number is involved. */
function numberPair(
  left: TemplateValue,
  right: TemplateValue,
): readonly [number, number] | undefined {
  if (!isNumber(left) && !isNumber(right)) return undefined;
  const [first, second] = [familyOf(left), familyOf(right)];
  if (!first || !second || first.isFloat !== second.isFloat) throw incompatible(left, right);
  return [first.value, second.value];
}

function isNumber(value: unknown): boolean {
  return typeof value === "number" || value instanceof GoNumber;
}

function familyOf(value: unknown): Pick<GoNumber, "value" | "isFloat"> | undefined {
  if (value instanceof GoNumber) return value;
  return typeof value === "number" ? { value, isFloat: !Number.isInteger(value) } : undefined;
}

function inOrder(left: TemplateValue, right: TemplateValue, isTyped: boolean): number {
  const numbers = isTyped ? numberPair(left, right) : undefined;
  if (numbers) return numbers[0] - numbers[1];
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
