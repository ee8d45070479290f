/**
 * Fields of built-in types that hold a structure by value. The server writes them even when nothing
 * is in them (`resources: {}`), and does not count them as owned. Which ones they are follows from
 * the `default: {}` in the server's OpenAPI; by name that is clear but for a few holders.
 */
import type { ObjectNode, SchemaNode } from "../../schema/node.ts";
import { isJsonObject, type Json, type JsonObject } from "../../std/json.ts";

const BY_NAME: ReadonlySet<string> = new Set([
  "acceptedNames",
  "backend",
  "daemonEndpoints",
  "deprecatedSource",
  "describedObject",
  "involvedObject",
  "jobTemplate",
  "kubeletEndpoint",
  "lastState",
  "loadBalancer",
  "metadata",
  "names",
  "nodeInfo",
  "podAffinityTerm",
  "podSelector",
  "preference",
  "regarding",
  "roleRef",
  "scaleTargetRef",
  "source",
  "spec",
  "state",
  "status",
  "strategy",
  "template",
  "updateStrategy",
]);

/** `key` of `holder` is a structure by value. */
export function isPlainStructure(holder: ObjectNode, key: string): boolean {
  if (key === "resources") {
    // Containers and claims; a pod's own resources, and what a status reports, are optional.
    const { fields } = holder;
    return Object.hasOwn(fields, "accessModes") || Object.hasOwn(fields, "imagePullPolicy");
  }
  if (key === "podSelector") return Object.hasOwn(holder.fields, "policyTypes");
  return BY_NAME.has(key);
}

/** `value` with every structure by value present. */
export function fillStructures(value: JsonObject, node: SchemaNode): JsonObject {
  return fill(value, node) as JsonObject;
}

function fill(value: Json, node: SchemaNode): Json {
  if (node.type === "list") {
    if (!Array.isArray(value)) return value;
    const items = value.map((item) => fill(item, node.items));
    return items.every((item, index) => item === value[index]) ? value : items;
  }
  if (!isJsonObject(value)) return value;
  if (node.type === "map") return fillMembers(value, () => node.values);
  if (node.type !== "object") return value;
  const whole = withStructures(value, node);
  return fillMembers(whole, (key) =>
    Object.hasOwn(node.fields, key) ? node.fields[key] : undefined,
  );
}

function withStructures(value: JsonObject, node: ObjectNode): JsonObject {
  const missing = structuresIn(node).filter(
    (key) => value[key] === undefined || value[key] === null,
  );
  if (missing.length === 0) return value;
  return { ...value, ...Object.fromEntries(missing.map((key) => [key, {}])) };
}

/** Of each type once: types are constants, and this is asked for every object that is written. */
const known = new WeakMap<ObjectNode["fields"], readonly string[]>();

function structuresIn(node: ObjectNode): readonly string[] {
  const found = known.get(node.fields);
  if (found !== undefined) return found;
  const keys = Object.keys(node.fields).filter(
    (key) => node.fields[key]?.type === "object" && isPlainStructure(node, key),
  );
  known.set(node.fields, keys);
  return keys;
}

function fillMembers(
  value: JsonObject,
  nodeOf: (key: string) => SchemaNode | undefined,
): JsonObject {
  let result: Map<string, Json | undefined> | undefined;
  for (const [key, child] of Object.entries(value)) {
    const node = nodeOf(key);
    const next = child !== undefined && node !== undefined ? fill(child, node) : child;
    if (next === child) continue;
    result ??= new Map(Object.entries(value));
    result.set(key, next);
  }
  return result === undefined ? value : Object.fromEntries(result);
}
