/**
 * Brings an object to the form in which the API server stores it: quantities in canonical text,
 * `null` and droppable zero values gone, `stringData` of a Secret in `data`, defaults filled. Two
 * objects that mean the same are then the same, whoever wrote them.
 */
import { Buffer } from "node:buffer";
import { isJsonObject, type Json, type JsonObject } from "../std/json.ts";
import { fillDefaults, isUnset } from "./defaults.ts";
import type { SchemaNode } from "./node.ts";
import { canonicalQuantity } from "./quantity.ts";

/** The stored form of a whole object. Never mutates; shares what did not change. */
export function normalizeObject(object: JsonObject, node: SchemaNode): JsonObject {
  return fillDefaults(canonicalObject(object, node), node) as JsonObject;
}

/** The same without the defaults: for what is sent, since a field that is sent is owned. */
export function canonicalObject(object: JsonObject, node: SchemaNode): JsonObject {
  return canonical(isSecret(object) ? foldStringData(object) : object, node) as JsonObject;
}

function canonical(value: Json, node: SchemaNode): Json {
  switch (node.type) {
    case "list":
      return Array.isArray(value) ? canonicalItems(value, node.items) : value;
    case "map":
      return isJsonObject(value) ? canonicalMembers(value, () => node.values) : value;
    case "object":
      return isJsonObject(value) ? canonicalMembers(value, (key) => node.fields[key]) : value;
    case "quantity":
      return canonicalAmount(value);
    case "timestamp":
      return canonicalTime(value);
    default:
      return value;
  }
}

function canonicalItems(items: readonly Json[], node: SchemaNode): readonly Json[] {
  let changed: Json[] | undefined;
  for (let index = 0; index < items.length; index++) {
    const item = items[index] ?? null;
    const next = canonical(item, node);
    if (next === item) continue;
    changed ??= [...items];
    changed[index] = next;
  }
  return changed ?? items;
}

function canonicalMembers(
  value: JsonObject,
  nodeOf: (key: string) => SchemaNode | undefined,
): JsonObject {
  let changed: Map<string, Json | undefined> | undefined;
  for (const key of Object.keys(value)) {
    const present = value[key];
    const node = nodeOf(key);
    const next = present !== undefined && node ? canonical(present, node) : present;
    const isDropped = node !== undefined && isUnset(next, node);
    if (!isDropped && next === present) continue;
    changed ??= new Map(Object.entries(value));
    if (isDropped) changed.delete(key);
    else changed.set(key, next);
  }
  return changed ? Object.fromEntries(changed) : value;
}

function canonicalAmount(value: Json): Json {
  if (typeof value !== "string" && typeof value !== "number") return value;
  return canonicalQuantity(value) ?? value;
}

/** Whole seconds in UTC, as `metav1.Time` prints them; finer times are left as they are. */
function canonicalTime(value: Json): Json {
  if (typeof value !== "string" || value.includes(".")) return value;
  const time = Date.parse(value);
  return Number.isNaN(time) ? value : new Date(time).toISOString().replace(".000Z", "Z");
}

function isSecret(object: JsonObject): boolean {
  return object["kind"] === "Secret" && object["apiVersion"] === "v1";
}

/** `stringData` is write-only: the server moves it to `data`, where it wins. */
function foldStringData(secret: JsonObject): JsonObject {
  const { stringData, ...rest } = secret;
  if (!isJsonObject(stringData)) return secret;
  const data: [string, Json | undefined][] = Object.entries(
    isJsonObject(secret["data"]) ? secret["data"] : {},
  );
  for (const [key, text] of Object.entries(stringData)) {
    if (typeof text === "string") data.push([key, Buffer.from(text, "utf8").toString("base64")]);
  }
  return { ...rest, data: Object.fromEntries(data) };
}
