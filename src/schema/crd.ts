/**
 * A CustomResourceDefinition (apiextensions.k8s.io/v1) read as the kinds that it serves. It trusts
 * the shape of the definition no further than it must: what is missing or wrong is reported by the
 * API server, or by the reader of `crdFile`, in better words.
 */
import { isJsonObject, type Json, type JsonObject } from "../std/json.ts";
import { builtinKind } from "./builtin.ts";
import { type JsonSchema, nodeFromJsonSchema, resourceFields } from "./json-schema.ts";
import type { ObjectNode, SchemaNode } from "./node.ts";
import type { ResourceType } from "./object.ts";
import { type ServedResource, STANDARD_VERBS } from "./resource.ts";

/** The kind of CustomResourceDefinitions themselves. */
export const CRD_TYPE: ResourceType = {
  group: "apiextensions.k8s.io",
  version: "v1",
  kind: "CustomResourceDefinition",
  plural: "customresourcedefinitions",
  namespaced: false,
};
/** One version of a custom kind. */
export interface CrdVersion {
  readonly resource: ServedResource;
  readonly isServed: boolean;
  readonly isStorage: boolean;
  /** The whole object: `apiVersion`, `kind` and `metadata` are in it. */
  readonly schema: ObjectNode;
  /** The schema as the definition has it, for what a node does not keep: patterns, limits … */
  readonly jsonSchema: JsonSchema;
  readonly printerColumns: readonly PrinterColumn[];
  /** JSON paths of the scale subresource. */
  readonly scale?: ScalePaths;
}

/** A column of `kubectl get`, by JSONPath below the object. */
export interface PrinterColumn {
  readonly name: string;
  readonly type: string;
  readonly jsonPath: string;
  readonly format?: string;
  readonly description?: string;
  readonly priority: number;
}

interface ScalePaths {
  readonly specReplicasPath: string;
  readonly statusReplicasPath: string;
  readonly labelSelectorPath?: string;
}

/** All versions of the definition, in its order, served or not. Throws `CrdError`. */
export function crdVersions(definition: JsonObject): readonly CrdVersion[] {
  const spec = objectAt(definition, "spec");
  const versions = spec["versions"];
  if (!Array.isArray(versions)) {
    throw new CrdError(`Cannot read CustomResourceDefinition: "spec.versions" is not a list`);
  }
  return versions.filter(isJsonObject).map((version) => readVersion(spec, version));
}

/** The definition lacks what identifies a kind. */
export class CrdError extends Error {
  constructor(message: string) {
    super(message);
    this.name = "CrdError";
  }
}

function readVersion(spec: JsonObject, version: JsonObject): CrdVersion {
  const subresources = isJsonObject(version["subresources"]) ? version["subresources"] : {};
  const holder = isJsonObject(version["schema"]) ? version["schema"] : {};
  const jsonSchema = (holder["openAPIV3Schema"] ?? {
    "x-kubernetes-preserve-unknown-fields": true,
  }) as JsonSchema;
  const scale = readScale(subresources["scale"]);
  return {
    resource: readResource(spec, { version, subresources }),
    isServed: version["served"] === true,
    isStorage: version["storage"] === true,
    schema: rootNode(jsonSchema, spec["preserveUnknownFields"] === true),
    jsonSchema,
    printerColumns: readColumns(version["additionalPrinterColumns"]),
    ...(scale && { scale }),
  };
}

function readResource(
  spec: JsonObject,
  parts: { readonly version: JsonObject; readonly subresources: JsonObject },
): ServedResource {
  const names = objectAt(spec, "names");
  const kind = textAt(names, "kind");
  const optional = (value: Json | undefined, fallback: string): string =>
    typeof value === "string" && value !== "" ? value : fallback;
  return {
    group: textAt(spec, "group"),
    version: textAt(parts.version, "name"),
    kind,
    plural: textAt(names, "plural"),
    singular: optional(names["singular"], kind.toLowerCase()),
    listKind: optional(names["listKind"], `${kind}List`),
    shortNames: texts(names["shortNames"]),
    categories: texts(names["categories"]),
    namespaced: spec["scope"] !== "Cluster",
    hasStatus: isJsonObject(parts.subresources["status"]),
    hasScale: isJsonObject(parts.subresources["scale"]),
    verbs: STANDARD_VERBS,
  };
}

function rootNode(schema: JsonSchema, isOpen: boolean): ObjectNode {
  const metadata = metadataNode();
  const node = nodeFromJsonSchema({ ...schema, type: "object" }, metadata);
  const object: ObjectNode =
    node.type === "object" ? node : { type: "object", fields: {}, open: true };
  const fields = Object.assign(Object.create(null), object.fields, resourceFields(metadata));
  return { ...object, fields, ...(isOpen && { open: true }) };
}

/** Metadata is the same type everywhere; any built-in kind has it. */
function metadataNode(): SchemaNode {
  const schema = builtinKind("v1", "ConfigMap")?.schema;
  return (schema?.type === "object" && schema.fields["metadata"]) || { type: "any" };
}

function readColumns(value: Json | undefined): readonly PrinterColumn[] {
  if (!Array.isArray(value)) return [];
  return value.filter(isJsonObject).map((column) => ({
    name: textAt(column, "name"),
    type: textAt(column, "type"),
    jsonPath: textAt(column, "jsonPath"),
    ...(typeof column["format"] === "string" && { format: column["format"] }),
    ...(typeof column["description"] === "string" && { description: column["description"] }),
    priority: typeof column["priority"] === "number" ? column["priority"] : 0,
  }));
}

function readScale(value: Json | undefined): ScalePaths | undefined {
  if (!isJsonObject(value)) return undefined;
  return {
    specReplicasPath: textAt(value, "specReplicasPath"),
    statusReplicasPath: textAt(value, "statusReplicasPath"),
    ...(typeof value["labelSelectorPath"] === "string" && {
      labelSelectorPath: value["labelSelectorPath"],
    }),
  };
}

function objectAt(parent: JsonObject, key: string): JsonObject {
  const value = parent[key];
  if (isJsonObject(value)) return value;
  throw new CrdError(`Cannot read CustomResourceDefinition: "${key}" is missing`);
}

function textAt(parent: JsonObject, key: string): string {
  const value = parent[key];
  if (typeof value === "string" && value !== "") return value;
  throw new CrdError(`Cannot read CustomResourceDefinition: "${key}" is missing or is not text`);
}

function texts(value: Json | undefined): readonly string[] {
  return Array.isArray(value) ? value.filter((item) => typeof item === "string") : [];
}
