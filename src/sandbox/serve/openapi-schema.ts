/** A {@link SchemaNode} as an OpenAPI v3 schema, with the extensions that clients merge by. */
import type { ListNode, ObjectNode, SchemaNode } from "../../schema/node.ts";
import type { JsonObject } from "../../std/json.ts";

/** Recursive types (the schema of schemas) are cut where they meet themselves. */
export function openApiSchema(node: SchemaNode, above: readonly unknown[] = []): JsonObject {
  const schema = shapeOf(node, above);
  return node.default === undefined ? schema : { ...schema, default: node.default };
}

function shapeOf(node: SchemaNode, above: readonly unknown[]): JsonObject {
  switch (node.type) {
    case "object":
      return objectSchema(node, above);
    case "map":
      return { type: "object", additionalProperties: openApiSchema(node.values, above) };
    case "list":
      return listSchema(node, above);
    case "bytes":
      return { type: "string", format: "byte" };
    case "timestamp":
      return { type: "string", format: "date-time" };
    case "quantity":
      return { oneOf: [{ type: "string" }, { type: "number" }] };
    case "int-or-string":
      return { format: "int-or-string", oneOf: [{ type: "integer" }, { type: "string" }] };
    case "any":
      return { "x-kubernetes-preserve-unknown-fields": true };
    default:
      return { type: node.type };
  }
}

function objectSchema(node: ObjectNode, above: readonly unknown[]): JsonObject {
  // Nodes are copied to carry defaults, their fields are not: these tell a type from another.
  if (above.includes(node.fields)) return { type: "object" };
  const here = [...above, node.fields];
  const properties = Object.entries(node.fields).map(([name, field]) => [
    name,
    openApiSchema(field, here),
  ]);
  return {
    type: "object",
    properties: Object.fromEntries(properties),
    ...(node.required && { required: node.required }),
    ...(node.atomic && { "x-kubernetes-map-type": "atomic" }),
    ...(node.open && { "x-kubernetes-preserve-unknown-fields": true }),
  };
}

function listSchema(node: ListNode, above: readonly unknown[]): JsonObject {
  const [mergeKey] = node.keys ?? [];
  const isMerged = node.listType !== "atomic";
  return {
    type: "array",
    items: openApiSchema(node.items, above),
    "x-kubernetes-list-type": node.listType,
    ...(node.keys && { "x-kubernetes-list-map-keys": node.keys }),
    ...(isMerged && { "x-kubernetes-patch-strategy": "merge" }),
    ...(mergeKey !== undefined && { "x-kubernetes-patch-merge-key": mergeKey }),
  };
}
