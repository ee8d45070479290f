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
