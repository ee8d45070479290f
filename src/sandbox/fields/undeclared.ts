/** Fields of an applied object that its schema does not declare. */
import type { SchemaNode } from "../../schema/node.ts";
import { isJsonObject, type Json } from "../../std/json.ts";
import type { FieldPath } from "./field-set.ts";
import { asList, asObject, fieldOf, listItems, shapeOf } from "./shape.ts";

export function findUndeclared(node: SchemaNode, value: Json, path: FieldPath = []): FieldPath[] {
  const shape = shapeOf(node, value);
  switch (shape.kind) {
    case "map":
      return inMap(node, value, path);
    case "list":
      return listItems(shape.node, asList(value), path).flatMap((item) =>
        findUndeclared(shape.node.items, item.value, [...path, item.element]),
      );
    case "leaf":
      return inLeaf(node, value, path);
    default:
      return shape satisfies never;
  }
}

/** Of each structure the first one: the server looks no further there. */
function inMap(node: SchemaNode, value: Json, path: FieldPath): FieldPath[] {
  const found: FieldPath[] = [];
  for (const [key, child] of Object.entries(asObject(value))) {
    if (child === undefined) continue;
    const below = [...path, `f:${key}`];
    const field = fieldOf(node, key);
    const isDeclared = node.type !== "object" || node.open === true || field.isNamed;
    if (!isDeclared) return [...found, below];
    found.push(...findUndeclared(field.node, child, below));
  }
  return found;
}

/** Atomic values are owned as a whole and still have a schema inside. */
function inLeaf(node: SchemaNode, value: Json, path: FieldPath): FieldPath[] {
  if (node.type === "list" && Array.isArray(value)) {
    return value.flatMap((item, index) =>
      findUndeclared(node.items, item as Json, [...path, `i:${index}`]),
    );
  }
  const isStructure = node.type === "object" || node.type === "map";
  if (!isStructure || !node.atomic || !isJsonObject(value)) return [];
  const { atomic: _, ...granular } = node;
  return findUndeclared(granular as SchemaNode, value, path);
}
