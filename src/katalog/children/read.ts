/**
 * Rendered fields → typed fields, by a field table: numbers and booleans out of text, the several
 * spellings of maps and lists into one, JSON text into what it says, and everything empty left out.
 * After this the expansions need no tests of their own.
 */
import { parseBoolean } from "../../std/boolean.ts";
import { isJsonObject, type Json, type JsonObject } from "../../std/json.ts";
import { expectation, type FieldSpec, type FieldTable, type ObjectSpec } from "./field.ts";
import { ChildFieldError } from "./field-error.ts";
import { findProfile, profileNames } from "./profiles.ts";

/**
 * The fields of `table` in `fields`, typed. Throws `ChildFieldError` for the first value that fits
 * no shape, for what is required and empty, and for what this build cannot do.
 */
export function readFields(fields: JsonObject, table: FieldTable, path = ""): JsonObject {
  const result: Record<string, Json> = {};
  for (const name in table) {
    const spec = table[name];
    const given = Object.hasOwn(fields, name) ? fields[name] : undefined;
    if (!spec || (isEmpty(given) && !spec.isRequired)) continue;
    const at = path === "" ? name : `${path}.${name}`;
    const value = isEmpty(given) ? undefined : readValue(given, spec, at);
    if (value !== undefined) result[name] = value;
    else if (spec.isRequired) throw new ChildFieldError(at, given, expectation(spec));
  }
  return result;
}

/** Nothing, `null`, or text of nothing but space: the field is not set. */
export function isEmpty(value: Json | undefined): value is undefined | null | "" {
  return (
    value === undefined || value === null || (typeof value === "string" && value.trim() === "")
  );
}

function readValue(value: Json, spec: FieldSpec, path: string): Json | undefined {
  switch (spec.kind) {
    case "text":
      return readText(value, spec, path);
    case "integer":
      return readInteger(value, spec, path);
    case "boolean":
      return readBoolean(value, path);
    case "integerOrText":
      return readIntegerOrText(value, spec, path);
    case "textList":
      return readTextList(value, spec, path);
    case "textMap":
      return readTextMap(value, spec, path);
    case "object":
      return readObject(value, spec, path);
    case "list":
      return readList(value, spec, path);
    case "map":
      return readMap(value, spec, path);
    case "either":
      return readEither(value, spec, path);
    case "json":
      return readJson(value, spec, path);
    case "unsupported":
      return refuse(value, spec, path);
    default:
      return spec satisfies never;
  }
}

type Spec<K extends FieldSpec["kind"]> = Extract<FieldSpec, { kind: K }>;

function readText(value: Json, spec: Spec<"text">, path: string): string {
  if (typeof value === "object") throw misfit(value, spec, path);
  const words = String(value);
  if (!spec.choices) return words;
  const choice = spec.choices.find((each) => each.toLowerCase() === words.trim().toLowerCase());
  if (choice === undefined) throw misfit(value, spec, path);
  return choice;
}

function readInteger(value: Json, spec: Spec<"integer">, path: string): number {
  const number = toNumber(value);
  const isInRange =
    Number.isSafeInteger(number) &&
    number >= (spec.min ?? Number.NEGATIVE_INFINITY) &&
    number <= (spec.max ?? Number.POSITIVE_INFINITY);
  if (!isInRange) throw misfit(value, spec, path);
  return number;
}

function toNumber(value: Json): number {
  if (typeof value === "number") return value;
  return typeof value === "string" ? Number(value.trim()) : Number.NaN;
}

function readBoolean(value: Json, path: string): boolean {
  const read = typeof value === "object" ? undefined : parseBoolean(String(value));
  if (read !== undefined) return read;
  throw misfit(value, { kind: "boolean" }, path);
}

function readIntegerOrText(
  value: Json,
  spec: Spec<"integerOrText">,
  path: string,
): number | string {
  if (typeof value === "object" || typeof value === "boolean") throw misfit(value, spec, path);
  const number = toNumber(value);
  return Number.isSafeInteger(number) ? number : String(value).trim();
}

/** A list of exactly one list is that list: a template that yields one may stand in a list. */
function readTextList(
  value: Json,
  spec: Spec<"textList">,
  path: string,
): readonly string[] | undefined {
  const parsed = parseJson(value, "[");
  const items = Array.isArray(parsed) ? unwrapped(parsed) : [parsed];
  const kept = items.filter((item) => item !== null);
  if (kept.some((item) => typeof item === "object")) throw misfit(value, spec, path);
  return kept.length > 0 ? kept.map(String) : undefined;
}

function unwrapped(items: readonly Json[]): readonly Json[] {
  const [only] = items;
  return items.length === 1 && Array.isArray(only) ? only : items;
}

function readTextMap(value: Json, spec: Spec<"textMap">, path: string): JsonObject | undefined {
  const parsed = parseJson(value, "[{");
  const entries = Array.isArray(parsed)
    ? pairs(parsed)
    : isJsonObject(parsed)
      ? Object.entries(parsed)
      : undefined;
  if (!entries) throw misfit(value, spec, path);
  const kept = entries.flatMap(([key, member]): [string, string][] => {
    if (member === undefined || member === null) return [];
    if (typeof member === "object") throw misfit(member, { kind: "text" }, `${path}.${key}`);
    return [[key, String(member)]];
  });
  return kept.length > 0 ? Object.fromEntries(kept) : undefined;
}

/** `[{key, value}]` as entries; `undefined` for a list of anything else. */
export function pairs(items: readonly Json[]): [string, Json | undefined][] | undefined {
  const entries: [string, Json | undefined][] = [];
  for (const item of items) {
    if (!isJsonObject(item) || typeof item["key"] === "object" || item["key"] === undefined) {
      return undefined;
    }
    entries.push([String(item["key"]), item["value"]]);
  }
  return entries;
}

function readObject(value: Json, spec: ObjectSpec, path: string): JsonObject | undefined {
  const parsed = parseJson(value, "{");
  if (!isJsonObject(parsed)) throw misfit(value, spec, path);
  const known = readFields(parsed, spec.fields, path);
  const explicit = spec.isOpen ? { ...known, ...unknownMembers(parsed, spec) } : known;
  const result = spec.profile ? applyProfile(parsed, { explicit, spec, path }) : explicit;
  return Object.keys(result).length > 0 ? result : undefined;
}

function unknownMembers(value: JsonObject, spec: ObjectSpec): JsonObject {
  return Object.fromEntries(
    Object.entries(value).filter(
      ([key, member]) => !Object.hasOwn(spec.fields, key) && key !== "profile" && !isEmpty(member),
    ),
  );
}

function applyProfile(
  value: JsonObject,
  parts: { readonly explicit: JsonObject; readonly spec: ObjectSpec; readonly path: string },
): JsonObject {
  const { explicit, spec, path } = parts;
  const name = value["profile"];
  if (isEmpty(name) || !spec.profile) return explicit;
  const expected = profileMisfit(name, spec, Object.keys(explicit));
  if (expected !== undefined) throw new ChildFieldError(`${path}.profile`, name, expected);
  return { ...findProfile(spec.profile, String(name)), ...explicit };
}

/** What was expected instead of the profile `name` beside the fields `others`, if it cannot stand. */
export function profileMisfit(
  name: Json,
  spec: ObjectSpec,
  others: readonly string[],
): string | undefined {
  if (!spec.profile) return undefined;
  if (typeof name !== "string" || !findProfile(spec.profile, name)) {
    return `a profile: ${profileNames(spec.profile)
      .map((each) => `"${each}"`)
      .join(", ")}`;
  }
  const beside = others.filter((key) => !spec.besideProfile?.includes(key));
  return beside.length > 0 ? `no profile beside explicit values (${beside.join(", ")})` : undefined;
}

function readList(value: Json, spec: Spec<"list">, path: string): readonly Json[] | undefined {
  const parsed = parseJson(value, "[");
  if (!Array.isArray(parsed)) throw misfit(value, spec, path);
  const kept = unwrapped(parsed).flatMap((item, index) => {
    const read = isEmpty(item) ? undefined : readValue(item, spec.items, `${path}[${index}]`);
    return read === undefined ? [] : [read];
  });
  return kept.length > 0 ? kept : undefined;
}

function readMap(value: Json, spec: Spec<"map">, path: string): JsonObject | undefined {
  const parsed = parseJson(value, "{");
  if (!isJsonObject(parsed)) throw misfit(value, spec, path);
  const kept = Object.entries(parsed).flatMap(([key, member]): [string, Json][] => {
    const read = isEmpty(member) ? member : readValue(member, spec.values, `${path}.${key}`);
    return read === undefined || read === null ? [] : [[key, read]];
  });
  return kept.length > 0 ? Object.fromEntries(kept) : undefined;
}

function readEither(value: Json, spec: Spec<"either">, path: string): Json | undefined {
  const parsed = parseJson(value, "[{");
  const option = spec.options.find((each) => hasShapeOf(parsed, each));
  if (!option) throw misfit(value, spec, path);
  return readValue(parsed, option, path);
}

/** Whether the outer shape of `value` is the one that `spec` reads. */
export function hasShapeOf(value: Json, spec: FieldSpec): boolean {
  switch (spec.kind) {
    case "object":
    case "map":
      return isJsonObject(value);
    case "textMap":
      return isJsonObject(value) || Array.isArray(value);
    case "list":
    case "textList":
      return Array.isArray(value);
    case "json":
      return (
        spec.shape === "any" || (spec.shape === "list" ? Array.isArray(value) : isJsonObject(value))
      );
    case "either":
      return spec.options.some((option) => hasShapeOf(value, option));
    case "unsupported":
      return true;
    default:
      return typeof value !== "object";
  }
}

function readJson(value: Json, spec: Spec<"json">, path: string): Json | undefined {
  const parsed = spec.shape === "any" ? value : parseJson(value, spec.shape === "list" ? "[" : "{");
  if (!hasShapeOf(parsed, spec)) throw misfit(value, spec, path);
  return parsed;
}

function refuse(value: Json, spec: Spec<"unsupported">, path: string): undefined {
  if (spec.allowed?.includes(String(value))) return undefined;
  throw new ChildFieldError(path, value, `the field to be left out: ${spec.say}`);
}

function misfit(value: Json, spec: FieldSpec, path: string): ChildFieldError {
  return new ChildFieldError(path, value, expectation(spec));
}

/** JSON text of a map or list becomes that; `starts` are the characters it may begin with. */
function parseJson(value: Json, starts: string): Json {
  if (typeof value !== "string" || !starts.includes(value.trim().charAt(0))) return value;
  try {
    return JSON.parse(value) as Json;
  } catch (error) {
    // Text that only looks like JSON is text; where text does not fit, the caller says so.
    if (error instanceof SyntaxError) return value;
    throw error;
  }
}
