/**
 * Kubernetes objects as template functions receive them: a child, a plural map of children by name,
 * a list, or a placeholder for a child that is not there.
 */
import {
  getPath,
  isJsonObject,
  type Json,
  type JsonObject,
  type PathSegment,
} from "../../std/json.ts";
import type { TemplateValue } from "../template.ts";
import { numberOf, textOf } from "./value.ts";

/** All objects in the value. A placeholder (an object without content) counts as none. */
export function objectsOf(value: TemplateValue): readonly JsonObject[] {
  if (Array.isArray(value)) return value.flatMap((item) => (isThere(item) ? [item] : []));
  if (!isJsonObject(value)) return [];
  if (isKubernetesObject(value)) return isThere(value) ? [value] : [];
  return Object.keys(value).flatMap((key) => {
    const item = value[key];
    return isThere(item) ? [item] : [];
  });
}

/** Tells one object from a map of them: a child may well be named `status`. */
function isKubernetesObject(value: JsonObject): boolean {
  if (typeof value["kind"] === "string" || typeof value["apiVersion"] === "string") return true;
  if (Object.keys(value).some((key) => key.startsWith("_"))) return true;
  return ["metadata", "spec", "status"].some((key) => {
    const part = Object.hasOwn(value, key) ? value[key] : undefined;
    return (
      isJsonObject(part) && typeof part["kind"] !== "string" && !isJsonObject(part["metadata"])
    );
  });
}

function isThere(value: unknown): value is JsonObject {
  if (!isJsonObject(value)) return false;
  return Object.keys(value).some((key) => {
    const part = value[key];
    if (part === undefined || part === null || part === "") return false;
    return typeof part !== "object" || Object.keys(part).length > 0;
  });
}

/** There is at least one object, and the test holds for all. */
export function isEvery(
  objects: readonly JsonObject[],
  test: (object: JsonObject) => boolean,
): boolean {
  return objects.length > 0 && objects.every(test);
}

/** The controlling owner reference, else the first one. */
export function ownerOf(object: JsonObject): Json | undefined {
  const owners = listAt(object, "metadata", "ownerReferences");
  return owners.find((owner) => getPath(owner, ["controller"]) === true) ?? owners[0];
}

export function textAt(object: unknown, ...path: readonly PathSegment[]): string {
  return textOf(getPath(object, path));
}

export function numberAt(object: unknown, ...path: readonly PathSegment[]): number {
  return numberOf(getPath(object, path)) ?? 0;
}

export function listAt(object: unknown, ...path: readonly PathSegment[]): readonly Json[] {
  const value = getPath(object, path);
  return Array.isArray(value) ? value : [];
}

export function mapAt(object: unknown, ...path: readonly PathSegment[]): JsonObject {
  const value = getPath(object, path);
  return isJsonObject(value) ? value : {};
}

/** The texts of a list that say something, as templates show lists: `"a, b"`. */
export function commaText(texts: readonly string[]): string {
  return texts.filter((text) => text !== "").join(", ");
}

/** The entry of `status.conditions` with this type. */
export function conditionOf(object: unknown, type: string): JsonObject | undefined {
  return listAt(object, "status", "conditions").find(
    (entry): entry is JsonObject => isJsonObject(entry) && entry["type"] === type,
  );
}

export function hasTrueCondition(object: unknown, type: string): boolean {
  return textAt(conditionOf(object, type), "status").toLowerCase() === "true";
}
