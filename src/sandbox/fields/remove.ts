/** An object without the fields and list items of a set. Atomic values go or stay as a whole. */
import type { SchemaNode } from "../../schema/node.ts";
import type { Json } from "../../std/json.ts";
import type { FieldSet } from "./field-set.ts";
import { asList, asObject, fieldOf, listItems, shapeOf } from "./shape.ts";

export function removeFields(node: SchemaNode, value: Json, fields: FieldSet): Json {
  const shape = shapeOf(node, value);
  switch (shape.kind) {
    case "leaf":
      return value;
    case "map": {
      const result: Record<string, Json> = {};
      for (const [key, child] of Object.entries(asObject(value))) {
        const below = fields.below(`f:${key}`);
        if (child === undefined || below?.isMember) continue;
        result[key] = below ? removeFields(fieldOf(node, key).node, child, below) : child;
      }
      return result;
    }
    case "list": {
      const result: Json[] = [];
      for (const item of listItems(shape.node, asList(value))) {
        const below = fields.below(item.element);
        if (below?.isMember) continue;
        result.push(below ? removeFields(shape.node.items, item.value, below) : item.value);
      }
      return result;
    }
    default:
      return shape satisfies never;
  }
}
