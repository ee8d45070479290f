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
  const result = new Map(Object.entries(asObject(live)));
  for (const [key, value] of Object.entries(asObject(applied))) {
    if (value !== undefined)
      result.set(key, merge(fieldOf(node, key).node, result.get(key), value));
  }
  return Object.fromEntries(result);
}

/**
 * Shared items follow the applied order. Items that only the live list has come as early as that
 * allows: they keep their place relative to the shared items around them.
 */
function mergeLists(node: ListNode, live: readonly Json[], applied: readonly Json[]): Json[] {
  const before = listItems(node, live);
  const after = listItems(node, applied);
  const liveByElement = new Map(before.map((item) => [item.element, item.value]));
  const wanted = new Set(after.map((item) => item.element));
  const awaited = after
    .map(({ element }) => element)
    .filter((element) => liveByElement.has(element));
  const queue = [...before];
  const result: Json[] = [];
  for (const { element, value } of after) {
    for (const item of takeUntil(queue, awaited[0], wanted)) result.push(item);
    result.push(merge(node.items, liveByElement.get(element), value));
    if (awaited[0] === element) awaited.shift();
    if (queue[0]?.element === element) queue.shift();
  }
  return [...result, ...takeUntil(queue, undefined, wanted)];
}

/** Takes items off the queue up to the next shared one; those that nobody applied are kept. */
function takeUntil(
  queue: ListItem[],
  next: string | undefined,
  wanted: ReadonlySet<string>,
): Json[] {
  const kept: Json[] = [];
  while (queue[0] !== undefined && (next === undefined || queue[0].element !== next)) {
    const item = queue.shift();
    if (item !== undefined && !wanted.has(item.element)) kept.push(item.value);
  }
  return kept;
}
