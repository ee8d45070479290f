/**
 * Lists of type `set` and `map` hold no value and no key twice. Part of the validation of custom
 * resources, apart because the server walks the object a second time for it.
 */
import { canonicalJson, isJsonObject, type Json, type JsonObject } from "../std/json.ts";
import { duplicateError, type FieldError, invalidError } from "./field-error.ts";
import { fieldPath } from "./field-path.ts";
import type { JsonSchema } from "./json-schema.ts";

interface Place {
  readonly value: Json;
  readonly schema: JsonSchema;
  readonly path: string;
}

/** Reports duplicates in every list below `place`. */
export function validateLists(place: Place, errors: FieldError[]): void {
  const { value, schema, path } = place;
  if (Array.isArray(value)) {
    checkList({ value, schema, path }, errors);
    return;
  }
  if (!isJsonObject(value)) return;
  for (const key of Object.keys(value)) {
    const child = memberSchema(schema, key);
    const member = value[key];
    if (child && member !== undefined) {
      validateLists({ value: member, schema: child, path: fieldPath(path, key) }, errors);
    }
  }
}

function memberSchema(schema: JsonSchema, key: string): JsonSchema | undefined {
  if (schema.properties && Object.hasOwn(schema.properties, key)) return schema.properties[key];
  const additional = schema.additionalProperties;
  return typeof additional === "object" ? additional : undefined;
}

function checkList(place: Place & { readonly value: readonly Json[] }, errors: FieldError[]): void {
  const { value, schema, path } = place;
  const kind = schema["x-kubernetes-list-type"];
  if (kind === "set") reportTwins(value.map(canonicalJson), { value, path }, errors);
  if (kind === "map") {
    const keys = schema["x-kubernetes-list-map-keys"] ?? [];
    const places = value.map((item, index) =>
      keyOf(item, { keys, schema, path: `${path}[${index}]` }, errors),
    );
    reportTwins(
      places.map((key) => (key ? canonicalJson(key) : undefined)),
      { value: places, path },
      errors,
    );
  }
  if (!schema.items) return;
  for (const [index, item] of value.entries()) {
    validateLists({ value: item, schema: schema.items, path: `${path}[${index}]` }, errors);
  }
}

function keyOf(
  item: Json,
  place: { readonly keys: readonly string[]; readonly schema: JsonSchema; readonly path: string },
  errors: FieldError[],
): JsonObject | undefined {
  if (!isJsonObject(item)) {
    errors.push(invalidError(place.path, item, "must be an object for an array of list-type map"));
    return undefined;
  }
  return Object.fromEntries(
    place.keys.flatMap((key) => (item[key] === undefined ? [] : [[key, item[key]]])),
  );
}

/** Each value that comes again is reported once, at its second place. */
function reportTwins(
  texts: readonly (string | undefined)[],
  place: { readonly value: readonly (Json | undefined)[]; readonly path: string },
  errors: FieldError[],
): void {
  const seen = new Map<string, number>();
  for (const [index, text] of texts.entries()) {
    const value = place.value[index];
    if (text === undefined || value === undefined) continue;
    const count = (seen.get(text) ?? 0) + 1;
    seen.set(text, count);
    if (count === 2) errors.push(duplicateError(`${place.path}[${index}]`, value));
  }
}
