/**
 * Drops what a schema does not know, as the API server does before it stores an object. Source:
 * https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definitions/#field-pruning.
 */
import { isJsonObject, type Json, type JsonObject } from "../std/json.ts";
import { fieldPath, indexPath } from "./field-path.ts";
import type { ObjectNode, SchemaNode } from "./node.ts";

const ANY: SchemaNode = { type: "any" };

export interface Pruned {
  /** The same reference when nothing was dropped. */
  readonly value: Json;
  /** Paths of what was dropped, in document order: `spec.colour`. */
  readonly dropped: readonly string[];
}

const NOWHERE: readonly string[] = Object.freeze([]);

/** `value` without the fields that `node` does not know, and where they were. */
export function pruneUnknown(value: Json, node: SchemaNode, path = ""): Pruned {
  if (isKnown(value, node)) return { value, dropped: NOWHERE };
  const dropped: string[] = [];
  return { value: prune({ value, node, path }, dropped), dropped };
}

/** Whether there is nothing to drop, as nearly always. */
function isKnown(value: Json, node: SchemaNode): boolean {
  if (Array.isArray(value)) {
    return node.type !== "list" || value.every((item) => isKnown(item, node.items));
  }
  if (!isJsonObject(value) || (node.type !== "object" && node.type !== "map")) return true;
  for (const key in value) {
    const member = value[key];
    const child = node.type === "map" ? node.values : fieldNode(node, key);
    if (child === undefined || (member !== undefined && !isKnown(member, child))) return false;
  }
  return true;
}

interface Place {
  readonly value: Json;
  readonly node: SchemaNode;
  readonly path: string;
}

function prune({ value, node, path }: Place, dropped: string[]): Json {
  if (Array.isArray(value)) {
    if (node.type !== "list") return value;
    const items = value.map((item, index) =>
      prune({ value: item, node: node.items, path: indexPath(path, index) }, dropped),
    );
    return items.every((item, index) => item === value[index]) ? value : items;
  }
  if (!isJsonObject(value) || (node.type !== "object" && node.type !== "map")) return value;
  return pruneMembers({ value, node, path }, dropped);
}

function pruneMembers(
  place: Place & { readonly value: JsonObject; readonly node: SchemaNode },
  dropped: string[],
): JsonObject {
  const { value, node, path } = place;
  const kept: [string, Json | undefined][] = [];
  let hasChanged = false;
  for (const key of Object.keys(value)) {
    const present = value[key];
    const at = fieldPath(path, key);
    const child = node.type === "map" ? node.values : fieldNode(node as ObjectNode, key);
    if (child === undefined) {
      dropped.push(at);
      hasChanged = true;
      continue;
    }
    const next =
      present === undefined ? present : prune({ value: present, node: child, path: at }, dropped);
    if (next !== present) hasChanged = true;
    kept.push([key, next]);
  }
  // `fromEntries` defines own keys, `__proto__` too, where an assignment would not.
  return hasChanged ? Object.fromEntries(kept) : value;
}

function fieldNode(node: ObjectNode, key: string): SchemaNode | undefined {
  if (Object.hasOwn(node.fields, key)) return node.fields[key];
  return node.open ? ANY : undefined;
}
