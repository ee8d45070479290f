/**
 * The building blocks of the Katalog's schemas: valibot over trees whose leaves are scalars with
 * their source text. Every block says what it expects in words; `validate.ts` turns what does not
 * fit into issues with positions, all of them at once.
 */
import * as v from "valibot";
import { parseBoolean } from "../std/boolean.ts";
import { parseDuration } from "../std/duration.ts";
import type { Json, JsonObject } from "../std/json.ts";
import { losslessValue, setOwn, type YamlNode, YamlScalar } from "../std/yaml-node.ts";

/** What schemas read: maps without a prototype, lists, scalars. `null` in a map is "not set". */
export type Tree = TreeMap | readonly Tree[] | YamlScalar;
export interface TreeMap {
  readonly [key: string]: Tree;
}

/** Nulls below these keys mean something: "take the field out". */
export const KEEPS_NULL: ReadonlySet<string> = new Set(["patch"]);

export function toTree(node: YamlNode, keepNull = false): Tree {
  if (node.kind === "scalar") return node;
  if (node.kind === "list") return node.items.map((item) => toTree(item, keepNull));
  const map: Record<string, Tree> = Object.create(null);
  for (const [key, { value }] of node.entries) {
    const isNull = value.kind === "scalar" && value.value === null;
    if (!isNull || keepNull) setOwn(map, key, toTree(value, keepNull || KEEPS_NULL.has(key)));
  }
  return map;
}

export function isTreeMap(value: unknown): value is TreeMap {
  return (
    typeof value === "object" &&
    value !== null &&
    !Array.isArray(value) &&
    !(value instanceof YamlScalar)
  );
}

/** Plain data of a tree; numbers whose text would print differently stay text. */
export function treeJson(tree: Tree): Json {
  if (tree instanceof YamlScalar) return losslessValue(tree);
  if (!isTreeMap(tree)) return (tree as readonly Tree[]).map(treeJson);
  const result: Record<string, Json> = {};
  for (const key of Object.keys(tree)) setOwn(result, key, treeJson(tree[key] as Tree));
  return result;
}

/** Plain data as YAML reads it: `1.10` is the number 1.1. */
export function treeNative(tree: Tree): Json {
  if (tree instanceof YamlScalar) return tree.value;
  if (!isTreeMap(tree)) return (tree as readonly Tree[]).map(treeNative);
  const result: Record<string, Json> = {};
  for (const key of Object.keys(tree)) setOwn(result, key, treeNative(tree[key] as Tree));
  return result;
}

/** A schema that reads a tree by hand: `undefined` means "this is not what I expect". */
export function reading<T>(expected: string, read: (tree: Tree) => T | undefined): Reads<T> {
  return v.pipe(
    v.unknown(),
    v.rawTransform<unknown, T>(({ dataset, addIssue, NEVER }) => {
      const value = read(dataset.value as Tree);
      if (value !== undefined) return value;
      addIssue({ message: expected, expected: "wrong-type" });
      return NEVER;
    }),
  );
}

/** Any scalar, as the text that was written. */
export function text(expected = "text") {
  return reading(expected, (tree) => scalarText(tree));
}

/** One of a few words. */
export function oneOf<const T extends string>(words: readonly T[]) {
  const expected = words.map((word) => `"${word}"`).join(" or ");
  return reading(expected, (tree) => words.find((word) => word === scalarText(tree)));
}

/** A boolean; quoted ones, too. */
export const bool = reading("true or false", (tree) => {
  const word = scalarText(tree);
  return word === undefined ? undefined : parseBoolean(word);
});

/** A whole number; quoted ones, too. */
export function integer(min: number, max: number = Number.MAX_SAFE_INTEGER) {
  const range = max === Number.MAX_SAFE_INTEGER ? `of ${min} or more` : `from ${min} to ${max}`;
  return reading(`a whole number ${range}`, (tree) => {
    const written = scalarText(tree);
    if (written === undefined || !/^[+-]?\d+$/.test(written.trim())) return undefined;
    const value = Number(written);
    return value >= min && value <= max ? value : undefined;
  });
}

/** A duration in milliseconds. */
export const duration = reading("a duration such as 15s or 5m", (tree) => {
  const written = scalarText(tree);
  return written === undefined ? undefined : readDuration(written);
});

/** Milliseconds of a duration that is not negative. */
export function readDuration(written: string): number | undefined {
  const parsed = parseDuration(written);
  return parsed.kind === "duration" && parsed.ms >= 0 ? parsed.ms : undefined;
}

/** Anything, as plain data. */
export const json = reading("a value", treeJson);

/** A map with values of any kind, as plain data. */
export const jsonObject = reading("a mapping", (tree) =>
  isTreeMap(tree) ? (treeJson(tree) as JsonObject) : undefined,
);

/** A map as YAML reads it: for values that another language reads, Helm's charts. */
export const jsonNative = reading("a mapping", (tree) =>
  isTreeMap(tree) ? (treeNative(tree) as JsonObject) : undefined,
);

/** A map of texts; a list of `{key, value}` is read as one. */
export const textMap = reading("a mapping of text to text", (tree) => {
  const entries = isTreeMap(tree) ? Object.entries(tree) : pairs(tree);
  if (!entries) return undefined;
  const result: Record<string, string> = {};
  for (const [key, value] of entries) {
    const written = scalarText(value);
    if (written === undefined) return undefined;
    setOwn(result, key, written);
  }
  return result;
});

/** A schema over trees, by what it gives: keeps the inferred types of nested blocks readable. */
export type Reads<T> = v.GenericSchema<unknown, T>;

/** A list of `item`. */
export function listOf<T>(item: Reads<T>): Reads<readonly T[]> {
  const list = reading<unknown[]>("a list", (tree) => (Array.isArray(tree) ? tree : undefined));
  return v.pipe(list, v.array(item));
}

/** Like {@link listOf}, and one item may stand without the list around it. */
export function listOrOne<T>(item: Reads<T>): Reads<readonly T[]> {
  const list = reading<unknown[]>("a list", (tree) => (Array.isArray(tree) ? tree : [tree]));
  return v.pipe(list, v.array(item));
}

type ObjectOutput<T extends v.ObjectEntries> = v.InferOutput<v.ObjectSchema<T, undefined>>;

/** A map of known keys. Every unknown one is an issue. */
export function strict<const T extends v.ObjectEntries>(entries: T): Reads<ObjectOutput<T>> {
  const known = unknownKeys(Object.keys(entries)) as v.GenericValidation<ObjectOutput<T>>;
  return v.pipe(open(entries), known);
}

/** A map whose other keys are kept as they are, for the caller to read. */
export function open<const T extends v.ObjectEntries>(entries: T): Reads<ObjectOutput<T>> {
  const object: unknown = v.looseObject(entries);
  // The inferred input would repeat every key; what comes in is a tree, checked key by key.
  return v.pipe(mapping, object as v.GenericSchema<TreeMap, ObjectOutput<T>>);
}

const mapping = reading<TreeMap>("a mapping", (tree) => (isTreeMap(tree) ? tree : undefined));

/** Keys that name things: any key, values of one schema. */
export function mapOf<Output>(value: Reads<Output>): Reads<ReadonlyMap<string, Output>> {
  return v.pipe(
    mapping,
    v.rawTransform<TreeMap, ReadonlyMap<string, Output>>(({ dataset, addIssue, NEVER }) => {
      const result = new Map<string, Output>();
      let isBroken = false;
      for (const key of Object.keys(dataset.value)) {
        const read = v.safeParse(value, dataset.value[key]);
        if (read.success) result.set(key, read.output);
        else {
          isBroken = true;
          for (const issue of read.issues) addIssue(below(key, dataset.value, issue));
        }
      }
      return isBroken ? NEVER : result;
    }),
  );
}

/** An issue found below `key`, told again from one level up. */
function below(key: string, input: TreeMap, issue: v.BaseIssue<unknown>) {
  const own = { type: "object", origin: "value", input, key, value: input[key] } as const;
  const { message, expected, received, input: found } = issue;
  const path = [own, ...(issue.path ?? [])] as [v.IssuePathItem, ...v.IssuePathItem[]];
  return { message, expected: expected ?? issue.type, received, input: found, path };
}

function unknownKeys(known: readonly string[]) {
  return v.rawCheck<object>(({ dataset, addIssue }) => {
    const input: unknown = dataset.value;
    // What is no map at all was told already; its parts are nobody's keys.
    if (!isTreeMap(input)) return;
    for (const key of Object.keys(input)) {
      if (known.includes(key)) continue;
      const item = { type: "object", origin: "key", input, key, value: input[key] } as const;
      addIssue({ message: key, expected: "unknown-key", received: known.join(" "), path: [item] });
    }
  });
}

function scalarText(tree: unknown): string | undefined {
  return tree instanceof YamlScalar && tree.value !== null ? tree.text : undefined;
}

/** `[{key, value}]` as entries. */
function pairs(tree: Tree): [string, Tree][] | undefined {
  if (!Array.isArray(tree)) return undefined;
  const result: [string, Tree][] = [];
  for (const item of tree as readonly Tree[]) {
    const key = isTreeMap(item) ? scalarText(item["key"]) : undefined;
    if (!isTreeMap(item) || key === undefined || item["value"] === undefined) return undefined;
    result.push([key, item["value"]]);
  }
  return result;
}
