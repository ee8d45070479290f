/**
 * Does a tree have the types of its schema already? What shorthands expand to mostly does, and this
 * is asked of every child on every pass: nothing here allocates. `false` only means "look closer".
 */
import type { Json, JsonObject } from "../std/json.ts";
import type { ScalarNode, SchemaNode } from "./node.ts";

const PLAIN_QUANTITY = /^[0-9]+(?:\.[0-9]+)?(?:m|k|M|G|T|Ki|Mi|Gi|Ti)?$/;
/** Text that may look like something else: a number, a boolean, JSON. */
const LOOKS_TYPED = /^\s*[-0-9[{]|^true$|^false$/;
const HAS_TEXT = /\S/;

/** Whether nothing below `value` needs conversion. */
export function isTyped(value: Json, node: SchemaNode | undefined): boolean {
  if (value === null) return true;
  if (Array.isArray(value)) return areItemsTyped(value, node);
  if (typeof value === "object") return areMembersTyped(value as JsonObject, node);
  return isScalarTyped(value as string | number | boolean, node);
}

/** Text of any content, empty text too, is a value of the type. */
export function isTextual(node: SchemaNode | undefined): boolean {
  return node?.type === "string" || node?.type === "bytes" || node?.type === "timestamp";
}

function areItemsTyped(items: readonly Json[], node: SchemaNode | undefined): boolean {
  if (node && node.type !== "list" && node.type !== "any") return false;
  const itemNode = node?.type === "list" ? node.items : undefined;
  for (const item of items) {
    if (typeof item === "string" && isTextual(itemNode)) continue;
    if (!isTyped(item, itemNode)) return false;
  }
  return true;
}

function areMembersTyped(value: JsonObject, node: SchemaNode | undefined): boolean {
  const takesMembers =
    !node || node.type === "object" || node.type === "map" || node.type === "any";
  if (!takesMembers) return false;
  for (const key in value) {
    const member = value[key];
    if (member === undefined) return false;
    const child = memberTypeOf(node, key);
    if (typeof member === "string" && node?.type === "map" && isTextual(child)) continue;
    if (!isTyped(member, child)) return false;
  }
  return true;
}

function memberTypeOf(node: SchemaNode | undefined, key: string): SchemaNode | undefined {
  if (node?.type === "map") return node.values;
  return node?.type === "object" ? node.fields[key] : undefined;
}

function isScalarTyped(value: string | number | boolean, node: SchemaNode | undefined): boolean {
  const type = node?.type ?? "any";
  if (typeof value === "string") return isTextTyped(value, type);
  if (type === "any") return true;
  if (typeof value === "boolean") return type === "boolean";
  if (type === "number") return true;
  return (type === "integer" || type === "int-or-string") && Number.isSafeInteger(value);
}

function isTextTyped(value: string, type: ScalarNode["type"] | SchemaNode["type"]): boolean {
  switch (type) {
    case "string":
    case "bytes":
    case "timestamp":
      return HAS_TEXT.test(value);
    case "quantity":
      return PLAIN_QUANTITY.test(value);
    case "any":
      return !LOOKS_TYPED.test(value);
    case "int-or-string":
      return HAS_TEXT.test(value) && !LOOKS_TYPED.test(value);
    default:
      return false;
  }
}
