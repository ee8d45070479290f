/** Sprig's arithmetic. Whole numbers are `int64`; beyond 2^53 they are refused, not rounded. */
import { float64, int64, typed } from "../../template/go-object.ts";
import { goText } from "../../template/go-print.ts";
import type { TemplateValue } from "../../template/template.ts";
import { addDecimals, divideDecimals, multiplyDecimals } from "./decimal.ts";
import { toFloat, toInteger } from "./reflect.ts";
import { type HelmArguments, helmFunctions } from "./signature.ts";

export const numberFunctions = helmFunctions([
  ["atoi text", (args) => parseDecimal(args.text(0))],
  ["int64 value", (args) => whole(args, BigInt(toInteger(args.any(0))))],
  ["int value", (args) => toInteger(args.any(0))],
  ["float64 value", (args) => float64(toFloat(args.any(0)))],
  ["toDecimal value", (args) => int64(parseOctal(goText(args.any(0), "<nil>")))],
  ["until count", (args) => steps(args, [0, args.int(0), args.int(0) < 0 ? -1 : 1])],
  ["untilStep start stop step", (args) => steps(args, [args.int(0), args.int(1), args.int(2)])],
  ["seq number...", sequence],
  ["add1 value", (args) => whole(args, big(args, 0) + 1n)],
  [
    "add value...",
    (args) =>
      whole(
        args,
        all(args).reduce((sum, value) => sum + value, 0n),
      ),
  ],
  ["sub value other", (args) => whole(args, big(args, 0) - big(args, 1))],
  ["div value other", (args) => whole(args, big(args, 0) / divisor(args))],
  ["mod value other", (args) => whole(args, big(args, 0) % divisor(args))],
  [
    "mul value value...",
    (args) =>
      whole(
        args,
        all(args).reduce((a, b) => a * b, 1n),
      ),
  ],
  ["add1f value", (args) => float64(addDecimals(toFloat(args.any(0)), 1))],
  ["addf value...", (args) => float64(floats(args).reduce(addDecimals, 0))],
  ["subf value value...", (args) => fold(args, (left, right) => addDecimals(left, -right))],
  ["divf value value...", (args) => fold(args, (left, right) => quotient(args, left, right))],
  ["mulf value value...", (args) => fold(args, multiplyDecimals)],
  ["biggest value value...", (args) => int64(largest(integers(args)))],
  ["max value value...", (args) => int64(largest(integers(args)))],
  ["min value value...", (args) => int64(smallest(integers(args)))],
  ["maxf value value...", (args) => float64(largest(floats(args)))],
  ["minf value value...", (args) => float64(smallest(floats(args)))],
  ["ceil value", (args) => float64(Math.ceil(toFloat(args.any(0))))],
  ["floor value", (args) => float64(Math.floor(toFloat(args.any(0))))],
  ["round value places from...", round],
]);

function largest(numbers: readonly number[]): number {
  return numbers.reduce((left, right) => Math.max(left, right), Number.NEGATIVE_INFINITY);
}

function smallest(numbers: readonly number[]): number {
  return numbers.reduce((left, right) => Math.min(left, right), Number.POSITIVE_INFINITY);
}

function integers(args: HelmArguments): number[] {
  return args.values.map((value) => toInteger(value ?? null));
}

function floats(args: HelmArguments): number[] {
  return args.values.map((value) => toFloat(value ?? null));
}

function big(args: HelmArguments, index: number): bigint {
  return BigInt(toInteger(args.any(index)));
}

function all(args: HelmArguments): bigint[] {
  return args.values.map((_, index) => big(args, index));
}

function divisor(args: HelmArguments): bigint {
  const value = big(args, 1);
  return value === 0n ? args.fail("runtime error: integer divide by zero") : value;
}

/** An `int64`; Go's wraps around, which stays beyond what a double holds. */
function whole(args: HelmArguments, value: bigint): TemplateValue {
  const wrapped = BigInt.asIntN(64, value);
  const number = Number(wrapped);
  if (Number.isSafeInteger(number)) return int64(number);
  return args.fail(`the result ${wrapped} is beyond 2^53, which is not supported here`);
}

function fold(
  args: HelmArguments,
  combine: (left: number, right: number) => number,
): TemplateValue {
  return float64(floats(args).reduce(combine));
}

function quotient(args: HelmArguments, left: number, right: number): number {
  return right === 0 ? args.fail("decimal division by 0") : divideDecimals(left, right);
}

function parseDecimal(text: string): number {
  if (!/^[-+]?\d+$/.test(text)) return 0;
  const value = Number(text);
  return Number.isSafeInteger(value) ? value + 0 : 0;
}

function parseOctal(text: string): number {
  return /^[-+]?[0-7]+$/.test(text) ? Number.parseInt(text, 8) + 0 : 0;
}

const MAX_STEPS = 1_000_000;

function range(args: HelmArguments, [start, stop, step]: readonly [number, number, number]) {
  const isUp = stop >= start;
  if (isUp ? step <= 0 : step >= 0) return [];
  const count = Math.ceil((stop - start) / step);
  if (count > MAX_STEPS) args.fail(`the list would have ${count} elements, limit is ${MAX_STEPS}`);
  args.call.meter.spend(count);
  return Array.from({ length: count }, (_, index) => start + index * step);
}

/** Sprig's `untilStep`, a `[]int`. */
function steps(args: HelmArguments, limits: readonly [number, number, number]): TemplateValue {
  return typed(range(args, limits), "[]int");
}

function sequence(args: HelmArguments): string {
  const [first = 0, second = 0, third = 0] = args.values.map((_, index) => args.int(index));
  switch (args.count) {
    case 1: {
      const step = first < 1 ? -1 : 1;
      return range(args, [1, first + step, step]).join(" ");
    }
    case 2: {
      const step = second < first ? -1 : 1;
      return range(args, [first, second + step, step]).join(" ");
    }
    case 3: {
      const isDown = third < first;
      if (isDown && second > 0) return "";
      return range(args, [first, third + (isDown ? -1 : 1), second]).join(" ");
    }
    default:
      return "";
  }
}

function round(args: HelmArguments): TemplateValue {
  const value = toFloat(args.any(0));
  const power = 10 ** args.int(1);
  const [from = 0.5] = args.values.slice(2).map((_, index) => args.float(index + 2));
  const digit = power * value;
  const fraction = digit - Math.trunc(digit);
  return float64((fraction >= from ? Math.ceil(digit) : Math.floor(digit)) / power);
}
