/** Sprig's functions of lists. What they return is a new list of any values. */
import { typed } from "../../template/go-object.ts";
import { compareTexts } from "../../template/go-value.ts";
import type { TemplateValue } from "../../template/template.ts";
import { elementsOf, isEmpty, isSame, kindOf, textOf, toInteger, toStrings } from "./reflect.ts";
import { type HelmArguments, type HelmRow, helmFunctions } from "./signature.ts";
import { stringList } from "./strings.ts";

type List = readonly TemplateValue[];

export const listFunctions = helmFunctions(
  [
    ["list value...", (args) => listOf(args.rest(0))],
    ["tuple value...", (args) => listOf(args.rest(0))],
    ...both("append list value", "Cannot push on", (list, args) => listOf([...list, args.any(1)])),
    ...both("push list value", "Cannot push on", (list, args) => listOf([...list, args.any(1)])),
    ...both("prepend list value", "Cannot prepend on", (list, args) =>
      listOf([args.any(1), ...list]),
    ),
    ...both("first list", "Cannot find first on", (list) => list[0] ?? null),
    ...both("last list", "Cannot find last on", (list) => list.at(-1) ?? null),
    ...both("rest list", "Cannot find rest on", (list) => listOf(list.slice(1))),
    ...both("initial list", "Cannot find initial on", (list) => listOf(list.slice(0, -1))),
    ...both("reverse list", "Cannot find reverse on", (list) => listOf(list.toReversed())),
    ...both("compact list", "Cannot compact on", (list) =>
      listOf(list.filter((item) => !isEmpty(item))),
    ),
    ...both("uniq list", "Cannot find uniq on", (list, args) => listOf(unique(list, args))),
    ...both("without list value...", "Cannot find without on", (list, args) =>
      listOf(without(list, args)),
    ),
    ["has value list", has],
    ["mustHas value list", has],
    ...both("slice list index...", "list should be type of slice or array but", slice),
    ["concat list...", (args) => listOf(args.values.flatMap((_, at) => concatenated(args, at)))],
    ["chunk size list", chunk],
    ["mustChunk size list", chunk],
    ["sortAlpha list", (args) => stringList(sortTexts(args.any(0)))],
    ["all value...", (args) => args.values.every((value) => !isEmpty(value))],
    ["any value...", (args) => args.values.some((value) => !isEmpty(value))],
  ],
  {
    nothing: "list tuple first mustFirst last mustLast",
    members:
      "append mustAppend push mustPush prepend mustPrepend rest mustRest initial mustInitial reverse mustReverse compact mustCompact concat chunk mustChunk slice mustSlice all any",
  },
);

/** A function and its `must` twin, which fail alike here. */
function both(
  signature: string,
  action: string,
  call: (list: List, args: HelmArguments) => TemplateValue,
): readonly HelmRow[] {
  const run = (args: HelmArguments) => call(args.slice(0, action), args);
  const must = `must${signature.charAt(0).toUpperCase()}${signature.slice(1)}`;
  return [
    [signature, run],
    [must, run],
  ];
}

/** What is no list is a list of one. */
function sortTexts(value: TemplateValue): readonly string[] {
  return kindOf(value) === "slice" ? toStrings(value).sort(compareTexts) : [textOf(value)];
}

/** A `[]interface {}`. */
function listOf(items: List): TemplateValue {
  return [...items] as TemplateValue;
}

/** Each is held against all that were kept. Texts, numbers and booleans are found at once. */
function unique(list: List, { call: { meter } }: HelmArguments): List {
  const kept: TemplateValue[] = [];
  const scalars = new Set<TemplateValue>();
  const collections: TemplateValue[] = [];
  for (const item of list) {
    if (typeof item !== "object") {
      if (scalars.has(item)) continue;
      scalars.add(item);
    } else {
      if (collections.some((known) => isSame(known, item, meter))) continue;
      collections.push(item);
    }
    kept.push(item);
  }
  return kept;
}

function without(list: List, args: HelmArguments): List {
  const omitted = args.rest(1);
  const { meter } = args.call;
  return list.filter((item) => !omitted.some((one) => isSame(item, one, meter)));
}

function has(args: HelmArguments): boolean {
  if (args.any(1) === null) return false;
  return args
    .slice(1, "Cannot find has on")
    .some((item) => isSame(item, args.any(0), args.call.meter));
}

function slice(list: List, args: HelmArguments): TemplateValue {
  if (list.length === 0) return null;
  const start = args.count > 1 ? toInteger(args.any(1)) : 0;
  const end = args.count > 2 ? toInteger(args.any(2)) : list.length;
  if (start < 0 || start > end || end > list.length) {
    args.fail(`slice index out of bounds: ${start} to ${end} of ${list.length}`);
  }
  return listOf(list.slice(start, end));
}

function concatenated(args: HelmArguments, index: number): List {
  const value = args.any(index);
  return elementsOf(value) ?? args.fail(`Cannot concat type ${kindOf(value)} as list`);
}

function chunk(args: HelmArguments): TemplateValue {
  const size = args.int(0);
  const list = args.slice(1, "Cannot chunk");
  if (size === 0) args.fail("size is 0, expected another number");
  if (size < 0) return typed([], "[][]interface {}") as TemplateValue;
  const chunks: TemplateValue[] = [];
  for (let at = 0; at < list.length; at += size) chunks.push(listOf(list.slice(at, at + size)));
  return typed(chunks, "[][]interface {}") as TemplateValue;
}
