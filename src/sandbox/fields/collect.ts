/** The fields that an object states: what an applier owns after applying it. */
import type { ListNode, SchemaNode } from "../../schema/node.ts";
import { isJsonObject, type Json } from "../../std/json.ts";
import { type FieldPath, FieldSet, printPath } from "./field-set.ts";
import {
  asList,
  asObject,
  fieldOf,
  type ListItem,
  ListKeyError,
  listItems,
  shapeOf,
} from "./shape.ts";

export function collectFields(node: SchemaNode, value: Json): FieldSet {
  const set = new FieldSet();
  collect({ node, value, path: [] }, set);
  return set;
}

interface Place {
  readonly node: SchemaNode;
  readonly value: Json;
  readonly path: FieldPath;
}

function collect({ node, value, path }: Place, set: FieldSet): void {
  const shape = shapeOf(node, value);
  switch (shape.kind) {
    case "leaf":
      set.insert(path);
      return;
    case "map":
      for (const [key, child] of Object.entries(asObject(value))) {
        if (child === undefined) continue;
        const field = fieldOf(node, key);
        const below = [...path, `f:${key}`];
        collect({ node: field.node, value: child, path: below }, set);
        if (!field.isNamed || isEmptyValue(child)) set.insert(below);
      }
      return;
    case "list":
      for (const item of distinctItems(shape.node, { value, path })) {
        const below = [...path, item.element];
        collect({ node: shape.node.items, value: item.value, path: below }, set);
        set.insert(below);
      }
      return;
    default:
      shape satisfies never;
  }
}

/** @throws ListKeyError when two items have one key: what is stated must be clear. */
function distinctItems(
  node: ListNode,
  { value, path }: { readonly value: Json; readonly path: FieldPath },
): ListItem[] {
  const seen = new Set<string>();
  const items = listItems(node, asList(value), path);
  for (const { element } of items) {
    if (seen.has(element)) {
      throw new ListKeyError(
        `${printPath(path)}: duplicate entries for key ${printPath([element])}`,
      );
    }
    seen.add(element);
  }
  return items;
}

function isEmptyValue(value: Json): boolean {
  return value === null || (isJsonObject(value) && Object.keys(value).length === 0);
}

/**
 * The set with every named field that has members below it as a member itself. Fields of a structure
 * are not owned, only what is in them; removing the last of it removes the field too.
 */
export function withNamedFields(set: FieldSet, node: SchemaNode): FieldSet {
  const result = set.clone();
  insertNamed({ set, node, path: [] }, result);
  return result;
}

interface NamedPlace {
  readonly set: FieldSet;
  readonly node: SchemaNode;
  readonly path: FieldPath;
}

function insertNamed({ set, node, path }: NamedPlace, result: FieldSet): void {
  for (const element of set.elements()) {
    const below = set.below(element);
    if (below === undefined) continue;
    const here = [...path, element];
    const field = nodeAt(node, element);
    if (field.isNamed) result.insert(here);
    insertNamed({ set: below, node: field.node, path: here }, result);
  }
}

function nodeAt(node: SchemaNode, element: string): ReturnType<typeof fieldOf> {
  if (element.startsWith("f:")) return fieldOf(node, element.slice(2));
  const items: SchemaNode = node.type === "list" ? node.items : { type: "any" };
  return { node: items, isNamed: false };
}
