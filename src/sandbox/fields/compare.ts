/** What differs between two versions of an object, as sets of fields. */
import type { SchemaNode } from "../../schema/node.ts";
import { isDeepEqual, type Json } from "../../std/json.ts";
import { type FieldPath, FieldSet } from "./field-set.ts";
import { asList, asObject, fieldOf, type ListItem, listItems, shapeOf } from "./shape.ts";

export interface Comparison {
  readonly added: FieldSet;
  readonly modified: FieldSet;
  readonly removed: FieldSet;
}

export function compareObjects(node: SchemaNode, left: Json, right: Json): Comparison {
  const result = { added: new FieldSet(), modified: new FieldSet(), removed: new FieldSet() };
  compare({ node, left, right, path: [] }, result);
  return result;
}

interface Pair {
  readonly node: SchemaNode;
  readonly left: Json | undefined;
  readonly right: Json | undefined;
  readonly path: FieldPath;
}

function compare(pair: Pair, result: Comparison): void {
  const { node, left, right, path } = pair;
  const shape = shapeOf(node, right === undefined ? left : right);
  const other = shapeOf(node, left === undefined ? right : left);
  const isLeaf = shape.kind === "leaf" || other.kind !== shape.kind;
  if (isLeaf || (isEmpty(left) && isEmpty(right))) {
    compareLeaf(pair, result);
    return;
  }
  if (shape.kind === "map") compareMaps(pair, result);
  else {
    compareLists(pair, result, {
      before: listItems(shape.node, asList(left)),
      after: listItems(shape.node, asList(right)),
    });
  }
  if (left === undefined) result.added.insert(path);
  else if (right === undefined) result.removed.insert(path);
}

function compareLeaf({ left, right, path }: Pair, result: Comparison): void {
  if (left === undefined) result.added.insert(path);
  else if (right === undefined) result.removed.insert(path);
  else if (!isDeepEqual(left, right)) result.modified.insert(path);
}

function compareMaps({ node, left, right, path }: Pair, result: Comparison): void {
  const before = asObject(left);
  const after = asObject(right);
  for (const key of new Set([...Object.keys(before), ...Object.keys(after)])) {
    if (before[key] === undefined && after[key] === undefined) continue;
    const below = [...path, `f:${key}`];
    const field = fieldOf(node, key).node;
    compare({ node: field, left: before[key], right: after[key], path: below }, result);
  }
}

function compareLists(
  { node, path }: Pair,
  result: Comparison,
  { before, after }: { readonly before: ListItem[]; readonly after: ListItem[] },
): void {
  const items: SchemaNode = node.type === "list" ? node.items : { type: "any" };
  const left = new Map(before.map((item) => [item.element, item.value]));
  const right = new Map(after.map((item) => [item.element, item.value]));
  for (const element of new Set([...left.keys(), ...right.keys()])) {
    const below = [...path, element];
    compare(
      { node: items, left: left.get(element), right: right.get(element), path: below },
      result,
    );
  }
}

function isEmpty(value: Json | undefined): boolean {
  if (value === undefined || value === null) return true;
  return typeof value === "object" && Object.keys(value).length === 0;
}
