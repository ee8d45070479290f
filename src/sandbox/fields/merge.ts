/**
 * What server-side apply makes of the live object and the applied one, before anything is removed:
 * applied fields win, keyed lists and sets are merged, everything else stays.
 */
import type { ListNode, SchemaNode } from "../../schema/node.ts";
import type { Json } from "../../std/json.ts";
import { asList, asObject, fieldOf, type ListItem, listItems, shapeOf } from "./shape.ts";

export function mergeObjects(node: SchemaNode, live: Json, applied: Json): Json {
  return merge(node, live, applied);
}

function merge(node: SchemaNode, live: Json | undefined, applied: Json): Json {
  const shape = shapeOf(node, applied);
  if (applied === null || live === undefined || live === null) return applied;
  if (shape.kind === "leaf" || shapeOf(node, live).kind !== shape.kind) return applied;
  if (shape.kind === "list") return mergeLists(shape.node, asList(live), asList(applied));
  const result: Record<string, Json | undefined> = { ...asObject(live) };
  for (const [key, value] of Object.entries(asObject(applied))) {
    if (value !== undefined) result[key] = merge(fieldOf(node, key).node, own(result, key), value);
  }
  return result;
}

function own(object: Record<string, Json | undefined>, key: string): Json | undefined {
  return Object.hasOwn(object, key) ? object[key] : undefined;
}

/**
 * Shared items follow the applied order. Items that only the live list has come as early as that
 * allows: they keep their place relative to the shared items around them.
 */
function mergeLists(node: ListNode, live: readonly Json[], applied: readonly Json[]): Json[] {
  const before = listItems(node, live);
  const after = listItems(node, applied);
  const beforeByElement = new Map(before.map((item) => [item.element, item]));
  const wanted = new Set(after.map((item) => item.element));
  const shared = after.filter((item) => beforeByElement.has(item.element));
  const result: Json[] = [];
  const done = new Set<string>();
  let next = 0;
  for (const item of after) {
    if (done.has(item.element)) continue;
    const awaited = shared.find((candidate) => !done.has(candidate.element))?.element;
    for (let one = before[next]; one !== undefined; one = before[++next]) {
      if (one.element === awaited) break;
      if (!wanted.has(one.element)) result.push(one.value);
    }
    result.push(mergeItem(node, beforeByElement.get(item.element), item));
    done.add(item.element);
    if (before[next]?.element === item.element) next++;
  }
  for (const item of before.slice(next)) if (!wanted.has(item.element)) result.push(item.value);
  return result;
}

function mergeItem(node: ListNode, live: ListItem | undefined, applied: ListItem): Json {
  return merge(node.items, live?.value, applied.value);
}
