/**
 * Fills in what the API server would: the defaults of the schema and, for built-in kinds, those
 * that depend on other fields. Source:
 * https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definitions/#defaulting.
 */
import { isDeepEqual, isJsonObject, type Json, type JsonObject } from "../std/json.ts";
import type { DerivedDefault, FieldTest, ObjectNode, SchemaNode } from "./node.ts";

/**
 * `value` with its defaults and without `null` where that is no value. The same reference when
 * nothing was missing. Never mutates.
 */
export function fillDefaults(value: Json, node: SchemaNode): Json {
  if (node.type === "list") return Array.isArray(value) ? fillItems(value, node.items) : value;
  if (!isJsonObject(value)) return value;
  if (node.type === "map")
    return fillMembers(value, (key) => (value[key] === null ? undefined : node.values));
  return node.type === "object" ? fillObject(value, node) : value;
}

/**
 * Whether the server sees the field as not set: absent, `null` where that is no value, or zero
 * where zero is not told from absent.
 */
export function isUnset(value: Json | undefined, node: SchemaNode): boolean {
  if (value === undefined) return true;
  if (value === null) return node.nullable !== true && node.type !== "any";
  return node.omitsZero === true && isZero(value);
}

/** `""`, `0`, `false`, `[]` and `{}`. */
export function isZero(value: Json): boolean {
  if (typeof value === "object" && value !== null) {
    for (const _ in value) return false;
    return true;
  }
  return value === "" || value === 0 || value === false;
}

/** What `rule` gives for `object`, in which the field of the rule is absent. */
export function derivedValue(rule: DerivedDefault, object: JsonObject): Json | undefined {
  switch (rule.kind) {
    case "value":
      return rule.when === undefined || passes(rule.when, object) ? rule.value : undefined;
    case "copy":
      return object[rule.from];
    case "fill":
      return rule.members;
    case "alone":
      return Object.keys(object).every((key) => rule.besides.includes(key))
        ? rule.value
        : undefined;
    case "pull-policy":
      return pullPolicy(object[rule.from]);
    default:
      return rule satisfies never;
  }
}

function fillObject(value: JsonObject, node: ObjectNode): JsonObject {
  let filled: Record<string, Json | undefined> | undefined;
  for (const key of Object.keys(node.fields)) {
    const child = node.fields[key];
    const present = Object.hasOwn(value, key) ? value[key] : undefined;
    const next = child && fillField(present, child);
    if (next === present) continue;
    filled ??= { ...value };
    if (next === undefined) delete filled[key];
    else filled[key] = next;
  }
  return node.derived ? derive(filled ?? value, node, node.derived) : (filled ?? value);
}

/** A `null` that is no value of the type goes, or gives way to the default. */
function fillField(present: Json | undefined, node: SchemaNode): Json | undefined {
  const kept = present === null && isUnset(present, node) ? undefined : present;
  const given = isUnset(present, node) ? (node.default ?? kept) : present;
  return given === undefined || given === null ? given : fillDefaults(given, node);
}

function derive(value: JsonObject, node: ObjectNode, rules: readonly DerivedDefault[]): JsonObject {
  let current = value;
  for (const rule of rules) {
    const child = node.fields[rule.field];
    if (!child) continue;
    const present = current[rule.field];
    const isMissing = isUnset(present, child);
    if (!isMissing && rule.kind !== "fill") continue;
    const given = isMissing ? derivedValue(rule, current) : missingMembers(rule, present);
    if (given === undefined) continue;
    current = { ...current, [rule.field]: fillDefaults(given, child) };
  }
  return current;
}

function missingMembers(rule: DerivedDefault, present: Json | undefined): Json | undefined {
  if (rule.kind !== "fill" || !isJsonObject(present)) return undefined;
  const filled = { ...rule.members, ...present };
  return isDeepEqual(filled, present) ? undefined : filled;
}

function fillItems(items: readonly Json[], node: SchemaNode): readonly Json[] {
  let filled: Json[] | undefined;
  for (const [index, item] of items.entries()) {
    const next = fillDefaults(item, node);
    if (next === item) continue;
    filled ??= [...items];
    filled[index] = next;
  }
  return filled ?? items;
}

function fillMembers(
  value: JsonObject,
  nodeOf: (key: string) => SchemaNode | undefined,
): JsonObject {
  let filled: Record<string, Json | undefined> | undefined;
  for (const key of Object.keys(value)) {
    const node = nodeOf(key);
    const present = value[key];
    if (!node || present === undefined) continue;
    const next = fillDefaults(present, node);
    if (next === present) continue;
    filled ??= { ...value };
    filled[key] = next;
  }
  return filled ?? value;
}

function passes(test: FieldTest, object: JsonObject): boolean {
  const value = object[test.field];
  switch (test.kind) {
    case "equals":
      return value !== undefined && test.values.includes(value);
    case "present":
      return value !== undefined && value !== null && !isZero(value);
    case "absent":
      return value === undefined || value === null;
    default:
      return test satisfies never;
  }
}

/** https://kubernetes.io/docs/concepts/containers/images/#imagepullpolicy-defaulting */
function pullPolicy(image: Json | undefined): string | undefined {
  if (typeof image !== "string") return undefined;
  const name = image.slice(image.lastIndexOf("/") + 1);
  if (name.includes("@")) return "IfNotPresent";
  const colon = name.indexOf(":");
  return colon < 0 || name.slice(colon + 1) === "latest" ? "Always" : "IfNotPresent";
}
