/**
 * The shape of what we last applied, as a short annotation on the child.
 *
 * An owned field that differs is seen by comparing values. A field that we *stopped* declaring is
 * not: it is still there, and nothing in a desired object says that it should not be. So each child
 * carries a hash of the set of fields that we declared. Another hash means that the set changed, and
 * one server-side apply removes what is no longer in it, even after a restart with another Katalog.
 *
 * Only names are hashed, never values: a hash of a Secret's value would invite guessing.
 */
import { createHash } from "node:crypto";
import type { Json, JsonObject } from "../std/json.ts";

/** On a child: {@link shapeHash} of the object we applied. */
export const SHAPE_ANNOTATION = "orkestra.orkspace.io/fields";

/** Hash of the names of all fields, in any order; elements of a list count by their own shapes. */
export function shapeHash(value: Json): string {
  return createHash("sha256").update(shapeOf(value)).digest("base64url").slice(0, 12);
}

/**
 * {@link shapeHash} for objects that nearly always have the shape of the one before, as those of one entry have:
 * then nothing is hashed.
 */
export function createShapeHash(): (value: Json) => string {
  let last: { readonly value: Json; readonly hash: string } | undefined;
  return (value) => {
    if (last && hasSameShape(last.value, value)) return last.hash;
    last = { value, hash: shapeHash(value) };
    return last.hash;
  };
}

/** No only means "not for sure": the same names in another order count as another shape. */
function hasSameShape(left: Json | undefined, right: Json | undefined): boolean {
  const isTree = typeof left === "object" && left !== null;
  if (!isTree || typeof right !== "object" || right === null) {
    return isTree === (typeof right === "object" && right !== null);
  }
  if (Array.isArray(left) || Array.isArray(right)) {
    return Array.isArray(left) && Array.isArray(right) && haveSameShapes(left, right);
  }
  return haveSameMembers(left as JsonObject, right as JsonObject);
}

function haveSameShapes(left: readonly Json[], right: readonly Json[]): boolean {
  if (left.length !== right.length) return false;
  for (let index = 0; index < left.length; index++) {
    if (!hasSameShape(left[index], right[index])) return false;
  }
  return true;
}

function haveSameMembers(left: JsonObject, right: JsonObject): boolean {
  const names = Object.keys(left);
  const others = Object.keys(right);
  if (names.length !== others.length) return false;
  for (let index = 0; index < names.length; index++) {
    const name = names[index] as string;
    if (name !== others[index]) return false;
    if ((left[name] === undefined) !== (right[name] === undefined)) return false;
    if (!hasSameShape(left[name], right[name])) return false;
  }
  return true;
}

/** Names are set off by characters that no name holds, so that different shapes give different text. */
function shapeOf(value: Json | undefined): string {
  if (typeof value !== "object" || value === null) return "";
  if (Array.isArray(value)) {
    let text = "[";
    for (const item of value) text += `${shapeOf(item)},`;
    return `${text}]`;
  }
  const object = value as JsonObject;
  let text = "{";
  for (const name of Object.keys(object).sort()) {
    if (object[name] !== undefined) text += `\0${name}\0${shapeOf(object[name])}`;
  }
  return `${text}}`;
}
