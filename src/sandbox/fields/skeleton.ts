/**
 * What a new object is compared with to find the fields that its creator set. The server compares
 * with an empty value of its own types, in which plain structures and some lists are present, so
 * that these are not owned themselves (`f:spec` of a Deployment has no `.`). Custom objects have
 * nothing but their identity.
 */
import { builtinKind } from "../../schema/builtin.ts";
import type { ObjectNode, SchemaNode } from "../../schema/node.ts";
import type { KubeObject } from "../../schema/object.ts";
import type { Json, JsonObject } from "../../std/json.ts";
import { isPlainStructure } from "../kinds/structures.ts";

export function skeletonOf(node: SchemaNode, object: KubeObject): KubeObject {
  const { apiVersion, kind } = object;
  const isBuiltin = builtinKind(apiVersion, kind) !== undefined && node.type === "object";
  const fields = isBuiltin ? emptyStructure(node) : { metadata: {} };
  return { ...fields, apiVersion, kind } as unknown as KubeObject;
}

function emptyStructure(node: ObjectNode): JsonObject {
  const result: Record<string, Json> = {};
  for (const [key, field] of Object.entries(node.fields)) {
    if (field.type === "object" && isPlainStructure(node, key)) result[key] = emptyStructure(field);
    else if (field.type === "list" && node.required?.includes(key)) result[key] = null;
  }
  return result;
}
