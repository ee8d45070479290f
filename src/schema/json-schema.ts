/**
 * The JSON schema dialect of CustomResourceDefinitions (`JSONSchemaProps` of apiextensions v1) and
 * its reading as a {@link SchemaNode}. Source:
 * https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definitions/#specifying-a-structural-schema.
 */
import type { Json } from "../std/json.ts";
import type { ListNode, ObjectNode, SchemaNode } from "./node.ts";

export interface JsonSchema {
  readonly type?: string;
  readonly format?: string;
  readonly title?: string;
  readonly description?: string;
  readonly default?: Json;
  readonly nullable?: boolean;
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly additionalProperties?: JsonSchema | boolean;
  readonly items?: JsonSchema;
  readonly required?: readonly string[];
  readonly enum?: readonly Json[];
  readonly pattern?: string;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly exclusiveMinimum?: boolean;
  readonly exclusiveMaximum?: boolean;
  readonly multipleOf?: number;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly uniqueItems?: boolean;
  readonly minProperties?: number;
  readonly maxProperties?: number;
  readonly allOf?: readonly JsonSchema[];
  readonly anyOf?: readonly JsonSchema[];
  readonly oneOf?: readonly JsonSchema[];
  readonly not?: JsonSchema;
  readonly "x-kubernetes-preserve-unknown-fields"?: boolean;
  readonly "x-kubernetes-embedded-resource"?: boolean;
  readonly "x-kubernetes-int-or-string"?: boolean;
  readonly "x-kubernetes-list-type"?: "atomic" | "set" | "map";
  readonly "x-kubernetes-list-map-keys"?: readonly string[];
  readonly "x-kubernetes-map-type"?: "granular" | "atomic";
  readonly "x-kubernetes-validations"?: readonly Readonly<Record<string, Json>>[];
}

/** The type that `schema` describes. `metadata` is the node of `metadata` in embedded resources. */
export function nodeFromJsonSchema(schema: JsonSchema, metadata: SchemaNode): SchemaNode {
  const node = shapeOf(schema, metadata);
  return {
    ...node,
    ...(schema.default !== undefined && { default: schema.default }),
    ...(schema.nullable === true && { nullable: true }),
  };
}

function shapeOf(schema: JsonSchema, metadata: SchemaNode): SchemaNode {
  if (schema["x-kubernetes-int-or-string"]) return { type: "int-or-string" };
  switch (schema.type) {
    case "object":
      return objectShape(schema, metadata);
    case "array":
      return listShape(schema, metadata);
    case "integer":
    case "number":
    case "boolean":
      return { type: schema.type };
    case "string":
      return { type: schema.format === "byte" ? "bytes" : "string" };
    default:
      return { type: "any" };
  }
}

function objectShape(schema: JsonSchema, metadata: SchemaNode): SchemaNode {
  const isAtomic = schema["x-kubernetes-map-type"] === "atomic" && { atomic: true };
  const isOpen = schema["x-kubernetes-preserve-unknown-fields"] === true;
  const additional = schema.additionalProperties;
  if (!schema.properties && additional) {
    const values: SchemaNode =
      additional === true ? { type: "any" } : nodeFromJsonSchema(additional, metadata);
    return { type: "map", values, ...isAtomic };
  }
  const isEmbedded = schema["x-kubernetes-embedded-resource"] === true;
  const fields: Record<string, SchemaNode> = Object.create(null);
  for (const [name, property] of Object.entries(schema.properties ?? {})) {
    fields[name] = nodeFromJsonSchema(property, metadata);
  }
  if (isEmbedded) Object.assign(fields, resourceFields(metadata));
  const node: ObjectNode = {
    type: "object",
    fields,
    ...(schema.required && { required: schema.required }),
    ...((isOpen || additional === true) && { open: true }),
    ...isAtomic,
    ...(isEmbedded && { embedded: true }),
  };
  return node;
}

function listShape(schema: JsonSchema, metadata: SchemaNode): ListNode {
  const keys = schema["x-kubernetes-list-map-keys"];
  return {
    type: "list",
    items: schema.items ? nodeFromJsonSchema(schema.items, metadata) : { type: "any" },
    listType: schema["x-kubernetes-list-type"] ?? "atomic",
    ...(keys && { keys }),
  };
}

/** The fields that every object has. */
export function resourceFields(metadata: SchemaNode): Readonly<Record<string, SchemaNode>> {
  return { apiVersion: { type: "string" }, kind: { type: "string" }, metadata };
}
