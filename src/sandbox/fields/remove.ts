/** An object without the fields and list items of a set. Atomic values go or stay as a whole. */
import type { ListNode, SchemaNode } from "../../schema/node.ts";
import type { Json, JsonObject } from "../../std/json.ts";
import type { FieldSet } from "./field-set.ts";
import { asList, asObject, fieldOf, listItems, shapeOf } from "./shape.ts";

export function removeFields(node: SchemaNode, value: Json, fields: FieldSet): Json {
  const shape = shapeOf(node, value);
  switch (shape.kind) {
    case "leaf":
      return value;
    case "map":
      return removeMembers(node, asObject(value), fields);
    case "list":
      return removeItems(shape.node, asList(value), fields);
    default:
      return shape satisfies never;
  }
}

function removeMembers(node: SchemaNode, value: JsonObject, fields: FieldSet): Json {
  const kept: [string, Json][] = [];
  for (const [key, child] of Object.entries(value)) {
    const below = fields.below(`f:${key}`);
    if (child === undefined || below?.isMember) continue;
    kept.push([key, below ? removeFields(fieldOf(node, key).node, child, below) : child]);
  }
  // `fromEntries` defines own keys, `__proto__` too, where an assignment would not.
  return Object.fromEntries(kept);
}

function removeItems(node: ListNode, list: readonly Json[], fields: FieldSet): Json {
  const kept: Json[] = [];
  for (const item of listItems(node, list)) {
    const below = fields.below(item.element);
    if (below?.isMember) continue;
    kept.push(below ? removeFields(node.items, item.value, below) : item.value);
  }
  return kept;
}
