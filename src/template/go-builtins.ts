/**
 * The functions that every Go template has (https://pkg.go.dev/text/template#hdr-Functions). Texts
 * are measured and cut in UTF-8 bytes, as Go does. In the forgiving table, which Katalogs use, an
 * absent value is an empty one: it indexes to nothing, prints nothing and has length 0. An index that a
 * list does not have is an error in both, as in Go.
 */
import { TemplateError } from "./error.ts";
import { createComparisons } from "./go-compare.ts";
import { escapeHtml, escapeJs, escapeQuery } from "./go-escape.ts";
import { goAnd, goNot, goOr } from "./go-logic.ts";
import { type GoObject, integerIn, isGoObject } from "./go-object.ts";
import { goPrint, goPrintln } from "./go-print.ts";
import { goPrintf } from "./go-printf.ts";
import { goTypeName } from "./go-value.ts";
import { ownField } from "./lookup.ts";
import type { Dialect, TemplateFunction, TemplateValue } from "./template.ts";

export interface GoBuiltinsOptions {
  readonly isForgiving: boolean;
  /** See `Dialect.numbers`. */
  readonly numbers?: Dialect["numbers"];
}

const ANY = Number.POSITIVE_INFINITY;

export function createGoBuiltins({
  isForgiving,
  numbers,
}: GoBuiltinsOptions): ReadonlyMap<string, TemplateFunction> {
  const nothing = isForgiving ? "" : "<nil>";
  const missing = isForgiving ? "" : "<no value>";
  const list: readonly TemplateFunction[] = [
    goAnd,
    goOr,
    goNot,
    ...createComparisons({ isForgiving, isTyped: numbers === "go" }),
    {
      name: "len",
      reads: "texts",
      minArgs: 1,
      maxArgs: 1,
      call: ([value], { meter }) => {
        const count = length(value, isForgiving);
        // The keys of a map are counted one by one.
        if (typeof value === "object" && !Array.isArray(value)) meter.spend(count);
        return count;
      },
    },
    {
      name: "index",
      reads: "nothing",
      minArgs: 1,
      maxArgs: ANY,
      call([value, ...keys], { meter }) {
        if (typeof value === "string") meter.spendOnArguments([value], "texts");
        return index(value, keys, isForgiving);
      },
    },
    {
      name: "slice",
      reads: "texts",
      minArgs: 1,
      maxArgs: 4,
      call: ([value, ...bounds]) => slice(value, bounds, isForgiving),
    },
    { name: "print", minArgs: 0, maxArgs: ANY, call: (args) => goPrint(args, nothing) },
    { name: "println", minArgs: 0, maxArgs: ANY, call: (args) => goPrintln(args, nothing) },
    {
      name: "printf",
      minArgs: 1,
      maxArgs: ANY,
      call: ([format, ...args]) =>
        goPrintf(formatOf(format), args, { isForgiving, isTyped: numbers === "go" }),
    },
    { name: "html", minArgs: 1, maxArgs: ANY, call: (args) => escapeHtml(joined(args, missing)) },
    { name: "js", minArgs: 1, maxArgs: ANY, call: (args) => escapeJs(joined(args, missing)) },
    {
      name: "urlquery",
      minArgs: 1,
      maxArgs: ANY,
      call: (args) => escapeQuery(joined(args, missing)),
    },
    { name: "call", minArgs: 1, maxArgs: ANY, call: ([target]) => refuseCall(target) },
  ];
  return new Map(list.map((definition) => [definition.name, definition]));
}

/** Go's own table, with Go's errors. */
export const goBuiltins: ReadonlyMap<string, TemplateFunction> = createGoBuiltins({
  isForgiving: false,
});

function bad(message: string): TemplateError {
  return new TemplateError("bad-argument", message);
}

function isNothing(value: TemplateValue): value is null | undefined {
  return value === null || value === undefined;
}

function formatOf(format: TemplateValue): string {
  if (typeof format === "string") return format;
  throw bad(`The format is of type ${goTypeName(format)}: expected a string`);
}

function joined(args: readonly TemplateValue[], missing: string): string {
  return goPrint(
    args.map((arg) => (isNothing(arg) ? missing : arg)),
    "",
  );
}

/** JSON holds no functions, so nothing that a template can reach may be called. */
function refuseCall(target: TemplateValue): never {
  throw bad(`Cannot call a value of type ${goTypeName(target)}: it is not a function`);
}

function length(value: TemplateValue, isForgiving: boolean): number {
  if (typeof value === "string") return new TextEncoder().encode(value).length;
  if (Array.isArray(value)) return value.length;
  if (isGoObject(value)) {
    const entries = (value as GoObject).entries();
    if (entries) return entries.length;
    throw bad(`A value of type ${goTypeName(value)} has no length`);
  }
  if (typeof value === "object" && value !== null) return Object.keys(value).length;
  if (isForgiving && isNothing(value)) return 0;
  throw bad(`A value of type ${goTypeName(value)} has no length`);
}

function index(
  value: TemplateValue,
  keys: readonly TemplateValue[],
  isForgiving: boolean,
): TemplateValue {
  if (isNothing(value) && !isForgiving) throw bad("Cannot index nothing: the value is nil");
  let current = value;
  for (const key of keys) {
    if (isForgiving && isNothing(current)) return undefined;
    current = isForgiving ? indexForgiving(current, key) : indexOnce(current, key);
  }
  return current;
}

function indexForgiving(value: TemplateValue, key: TemplateValue): TemplateValue {
  return isNothing(key) ? undefined : indexOnce(value, key);
}

function indexOnce(value: TemplateValue, key: TemplateValue): TemplateValue {
  if (Array.isArray(value)) return value[position(key, value.length - 1)];
  if (typeof value === "string") {
    const bytes = new TextEncoder().encode(value);
    return bytes[position(key, bytes.length - 1)];
  }
  if (isNothing(value)) throw bad("Cannot index nothing: the value is nil");
  if (isGoObject(value)) return indexObject(value, key);
  if (typeof value !== "object") throw bad(`Cannot index a value of type ${goTypeName(value)}`);
  if (typeof key === "string") return ownField(value, key) ?? null;
  throw bad(`The key of a map is of type ${goTypeName(key)}: expected a string`);
}

function indexObject(value: GoObject, key: TemplateValue): TemplateValue {
  const entries = value.entries();
  if (!entries) throw bad(`Cannot index a value of type ${value.typeName}`);
  return entries[position(key, entries.length - 1)]?.[1];
}

function position(key: TemplateValue, last: number): number {
  const whole = integerIn(key);
  if (whole === undefined) {
    throw bad(`Cannot index a list with type ${goTypeName(key)}: expected a whole number`);
  }
  if (whole < 0 || whole > last) {
    const there = last < 0 ? "there is nothing in it" : `the last one is ${last}`;
    throw bad(`Index ${whole} is out of range: ${there}`);
  }
  return whole;
}

function slice(
  value: TemplateValue,
  bounds: readonly TemplateValue[],
  isForgiving: boolean,
): TemplateValue {
  if (isForgiving && isNothing(value)) return undefined;
  if (typeof value === "string") return sliceText(value, bounds);
  if (!Array.isArray(value)) throw bad(`Cannot slice a value of type ${goTypeName(value)}`);
  const [from, to] = range(bounds, value.length);
  return value.slice(from, to);
}

function sliceText(value: string, bounds: readonly TemplateValue[]): string {
  if (bounds.length > 2) throw bad("Cannot slice a text with three bounds");
  const bytes = new TextEncoder().encode(value);
  const [from, to] = range(bounds, bytes.length);
  return new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes.subarray(from, to));
}

function range(bounds: readonly TemplateValue[], size: number): readonly [number, number] {
  const [from = 0, to = size, limit = size] = bounds.map((bound) => position(bound, size));
  if (from > to) throw bad(`Slice bounds are reversed: ${from} is after ${to}`);
  if (to > limit) throw bad(`Slice bounds are reversed: ${to} is after ${limit}`);
  return [from, to];
}
