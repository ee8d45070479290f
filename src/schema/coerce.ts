/**
 * Text that templates rendered becomes what the schema wants: `"3"` an integer, `'["a"]'` a list.
 * The rules are those of the section "Typing" of the Katalog reference. Values that are typed
 * already (a template of one action keeps its native type) pass through when they fit.
 */
import { isJsonObject, type Json, type JsonObject } from "../std/json.ts";
import { memberNode } from "./equality.ts";
import { fieldPath, indexPath } from "./field-path.ts";
import type { ListNode, SchemaNode } from "./node.ts";
import { parseQuantity } from "./quantity.ts";
import { isTextual, isTyped } from "./typed.ts";

export type Coerced =
  | { readonly kind: "value"; readonly value: Json }
  /** Empty text: the field is not set. */
  | { readonly kind: "absent" }
  /** `expected` completes "expected …": `an integer`. */
  | { readonly kind: "failed"; readonly expected: string };

/** One value that fits no reading of its type. */
export interface CoerceError {
  readonly path: string;
  readonly value: Json;
  readonly expected: string;
}

export interface CoercedTree {
  /** Absent when the whole value rendered empty. */
  readonly value?: Json;
  readonly errors: readonly CoerceError[];
}

const INTEGER = /^[+-]?[0-9]+$/;
const NUMBER = /^[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?$/;
const NO_ERRORS: readonly CoerceError[] = Object.freeze([]);
const ABSENT: Coerced = { kind: "absent" };

/** Reads one rendered text as the type of `node`; without one, by its looks. */
export function coerceText(text: string, node?: SchemaNode): Coerced {
  if (node === undefined || node.type === "any") return given(coerceByLooks(text));
  if (text.trim() === "") return ABSENT;
  switch (node.type) {
    case "object":
    case "map":
      return jsonText(text, isJsonObject) ?? failed("a map, or JSON text of one");
    case "list":
      return jsonText(text, Array.isArray) ?? failed("a list, or JSON text of one");
    case "integer":
      return integer(text.trim());
    case "number":
      return NUMBER.test(text.trim()) ? given(Number(text)) : failed("a number");
    case "boolean":
      return boolean(text.trim());
    case "quantity":
      return parseQuantity(text.trim()) ? given(text.trim()) : failed('a quantity such as "100m"');
    case "int-or-string":
      return given(INTEGER.test(text) && Number.isSafeInteger(Number(text)) ? Number(text) : text);
    default:
      return given(text);
  }
}

/** Integer-looking, float, boolean, `null` and JSON text becomes that; the rest stays text. */
export function coerceByLooks(text: string): Json {
  if (/^-?(?:0|[1-9][0-9]*)$/.test(text) && Number.isSafeInteger(Number(text))) return Number(text);
  if (/^-?(?:0|[1-9][0-9]*)\.[0-9]+$/.test(text)) return Number(text);
  if (text === "true" || text === "false") return text === "true";
  const isJson = (value: unknown): value is Json => isJsonObject(value) || Array.isArray(value);
  const parsed = /^\s*[[{]/.test(text) ? jsonText(text, isJson) : undefined;
  return parsed?.kind === "value" ? parsed.value : text;
}

/**
 * Converts every text below `value` that does not have the type of its place. Text in a place of
 * type text stays; a field whose text is empty is left out; text in maps (`data`, labels) and lists
 * of text is kept even when empty. All errors are returned at once, the failed values as they were.
 * A tree that has its types already is returned as it is.
 *
 * `declared` is the tree with its templates unrendered: where no schema says otherwise, text that
 * stands in it literally stays text (`"123"` was quoted for a reason).
 */
export function coerceTree(value: Json, node?: SchemaNode, declared?: Json): CoercedTree {
  if (isTyped(value, node)) return { value, errors: NO_ERRORS };
  const errors: CoerceError[] = [];
  const result = coerce({ value, node, declared, path: "" }, errors);
  return { ...(result !== undefined && { value: result }), errors };
}

/** The sentence for people: `Cannot set "spec.replicas": value is "x", expected an integer`. */
export function coerceMessage(error: CoerceError): string {
  const value = JSON.stringify(error.value);
  return `Cannot set "${error.path}": value is ${value}, expected ${error.expected}`;
}

interface Place {
  readonly value: Json;
  readonly node: SchemaNode | undefined;
  readonly declared: Json | undefined;
  readonly path: string;
}

function coerce(place: Place, errors: CoerceError[]): Json | undefined {
  const { value, node } = place;
  if (Array.isArray(value)) return coerceList({ ...place, value }, errors);
  if (isJsonObject(value)) return coerceMembers({ ...place, value }, errors);
  if (typeof value === "string") return coerceString({ ...place, value }, errors);
  const isNative = typeof value === "number" || typeof value === "boolean";
  return isNative && node ? coerceNative({ ...place, value }, errors) : value;
}

function coerceString(
  place: Place & { readonly value: string },
  errors: CoerceError[],
): Json | undefined {
  const { value, node, declared } = place;
  if (value === declared && (!node || node.type === "any")) return value;
  const result = coerceText(value, node);
  switch (result.kind) {
    case "absent":
      return undefined;
    case "failed":
      return report(place, { expected: result.expected, errors });
    case "value":
      // JSON text holds text of its own, which wants the types of its places.
      return typeof result.value === "object" && result.value !== null && place.node
        ? coerce({ ...place, value: result.value }, errors)
        : result.value;
    default:
      return result satisfies never;
  }
}

/** A number or boolean: kept where it fits, taken as text where text is wanted. */
function coerceNative(
  place: Place & { readonly value: number | boolean },
  errors: CoerceError[],
): Json | undefined {
  const { value, node } = place;
  const type = node?.type;
  if (type === undefined || type === "any") return value;
  if (type === "string" || type === "bytes" || type === "timestamp") return String(value);
  if (type === "int-or-string" && typeof value === "number") return value;
  const result = coerceText(String(value), node);
  if (result.kind === "failed") return report(place, { expected: result.expected, errors });
  return result.kind === "value" ? result.value : undefined;
}

function coerceList(
  place: Place & { readonly value: readonly Json[] },
  errors: CoerceError[],
): Json | undefined {
  const { node, path } = place;
  const declared = Array.isArray(place.declared) ? place.declared : [];
  if (node && node.type !== "list" && node.type !== "any") return misfit(place, errors);
  const items = node?.type === "list" ? flattened(place.value, node) : place.value;
  const itemNode = node?.type === "list" ? node.items : undefined;
  return items.flatMap((item, index) => {
    if (typeof item === "string" && isTextual(itemNode)) return [item];
    const inner = { node: itemNode, declared: declared[index], path: indexPath(path, index) };
    const next = coerce({ value: item, ...inner }, errors);
    return next === undefined ? [] : [next];
  });
}

/** A list of exactly one template that yielded a list is that list. */
function flattened(items: readonly Json[], node: ListNode): readonly Json[] {
  const [only] = items;
  const takesLists = node.items.type === "list" || node.items.type === "any";
  return items.length === 1 && Array.isArray(only) && !takesLists ? only : items;
}

function coerceMembers(
  place: Place & { readonly value: JsonObject },
  errors: CoerceError[],
): Json | undefined {
  const { value, node, path } = place;
  const takesMembers = !node || ["object", "map", "any"].includes(node.type);
  if (!takesMembers) return misfit(place, errors);
  const declared = isJsonObject(place.declared) ? place.declared : {};
  const members: [string, Json][] = [];
  for (const key of Object.keys(value)) {
    const present = value[key];
    if (present === undefined) continue;
    const child = node && node.type !== "any" ? memberNode(node, key) : undefined;
    const isKept = typeof present === "string" && node?.type === "map" && isTextual(child);
    const next = isKept
      ? present
      : coerce(
          { value: present, node: child, declared: declared[key], path: fieldPath(path, key) },
          errors,
        );
    if (next !== undefined) members.push([key, next]);
  }
  return Object.fromEntries(members);
}

function misfit(place: Place, errors: CoerceError[]): Json {
  return report(place, { expected: expectation(place.node), errors });
}

function report(
  place: Place,
  options: { readonly expected: string; readonly errors: CoerceError[] },
): Json {
  options.errors.push({ path: place.path, value: place.value, expected: options.expected });
  return place.value;
}

function expectation(node: SchemaNode | undefined): string {
  switch (node?.type) {
    case "list":
      return "a list";
    case "object":
    case "map":
      return "a map";
    case "integer":
      return "an integer";
    case "int-or-string":
      return "an integer or text";
    case "number":
    case "boolean":
    case "quantity":
      return `a ${node.type}`;
    default:
      return "text";
  }
}

function integer(text: string): Coerced {
  const value = NUMBER.test(text) ? Number(text) : Number.NaN;
  return Number.isSafeInteger(value) ? given(value) : failed("an integer");
}

function boolean(text: string): Coerced {
  const lower = text.toLowerCase();
  return lower === "true" || lower === "false" ? given(lower === "true") : failed("true or false");
}

function jsonText(text: string, fits: (value: unknown) => boolean): Coerced | undefined {
  try {
    const value = JSON.parse(text) as Json;
    return fits(value) ? given(value) : undefined;
  } catch (error) {
    // Not JSON at all is an answer here, not a failure.
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

function given(value: Json): Coerced {
  return { kind: "value", value };
}

function failed(expected: string): Coerced {
  return { kind: "failed", expected };
}
