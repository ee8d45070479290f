/**
 * How field management sees a value under a schema: a leaf that is owned as a whole, a map whose
 * fields are owned one by one, or a list whose items are. All walks of this folder go through here,
 * so that they agree on paths.
 */
import type { ListNode, SchemaNode } from "../../schema/node.ts";
import { isJsonObject, type Json, type JsonObject } from "../../std/json.ts";
import { type FieldPath, printPath } from "./field-set.ts";

export type Shape =
  | { readonly kind: "leaf" }
  | { readonly kind: "map" }
  | { readonly kind: "list"; readonly node: ListNode };

/** A type that nobody declared: objects are granular, lists are atomic. */
const DEDUCED: SchemaNode = { type: "any" };

const LEAF: Shape = { kind: "leaf" };
const MAP: Shape = { kind: "map" };

/** `value` may be absent or `null`, which take whatever form the schema gives. */
export function shapeOf(node: SchemaNode, value: Json | undefined): Shape {
  switch (node.type) {
    case "object":
    case "map":
      return node.atomic || !isMissingOr(value, isJsonObject) ? LEAF : MAP;
    case "list":
      if (node.listType === "atomic" || !isMissingOr(value, Array.isArray)) return LEAF;
      return { kind: "list", node };
    case "any":
      return isJsonObject(value) ? MAP : LEAF;
    default:
      return LEAF;
  }
}

function isMissingOr(value: Json | undefined, isRight: (value: unknown) => boolean): boolean {
  return value === undefined || value === null || isRight(value);
}

/** The schema of one field, and whether the schema names it (a map's keys are not named). */
export function fieldOf(
  node: SchemaNode,
  key: string,
): { readonly node: SchemaNode; readonly isNamed: boolean } {
  switch (node.type) {
    case "object": {
      const field = Object.hasOwn(node.fields, key) ? node.fields[key] : undefined;
      return { node: field ?? DEDUCED, isNamed: field !== undefined };
    }
    case "map":
      return { node: node.values, isNamed: false };
    default:
      return { node: DEDUCED, isNamed: false };
  }
}

/** The items of a keyed list or set with their path elements. */
export interface ListItem {
  readonly element: string;
  readonly value: Json;
}

export class ListKeyError extends Error {}

/** @throws ListKeyError when an item lacks its keys, and they have no default */
export function listItems(
  node: ListNode,
  list: readonly Json[] | null | undefined,
  path: FieldPath = [],
): ListItem[] {
  return (list ?? []).map((value, index) => {
    const element = elementOf(node, value);
    if (element !== undefined) return { element, value };
    const keys = (node.keys ?? []).map((key) => JSON.stringify(key)).join(" ");
    throw new ListKeyError(
      `${printPath(path)}: element ${index}: associative list with keys has an element that omits all key fields [${keys}] (and doesn't have default values for any key fields)`,
    );
  });
}

function elementOf(node: ListNode, item: Json): string | undefined {
  if (node.listType === "set") return `v:${JSON.stringify(item)}`;
  const given = isJsonObject(item) ? item : {};
  const key: Record<string, Json> = {};
  for (const name of [...(node.keys ?? [])].sort()) {
    // Owner references have an empty uid by default, so that validation can complain in better words.
    const value = given[name] ?? keyDefault(node, name) ?? (name === "uid" ? "" : undefined);
    if (value !== undefined && value !== null) key[name] = value;
  }
  return Object.keys(key).length === 0 ? undefined : `k:${JSON.stringify(key)}`;
}

function keyDefault(node: ListNode, name: string): Json | undefined {
  return node.items.type === "object" ? node.items.fields[name]?.default : undefined;
}

export function asObject(value: Json | undefined): JsonObject {
  return isJsonObject(value) ? value : {};
}

export function asList(value: Json | undefined): readonly Json[] {
  return Array.isArray(value) ? value : [];
}
