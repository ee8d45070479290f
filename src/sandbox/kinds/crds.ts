/** A stored CustomResourceDefinition as the kinds that it serves. */
import { type CrdVersion, crdVersions } from "../../schema/crd.ts";
import type { KubeObject } from "../../schema/object.ts";
import { schemaValidator } from "../../schema/validate.ts";
import { isJsonObject, type Json, type JsonObject } from "../../std/json.ts";
import { collectionName, type ServedKind } from "./kind.ts";

export function kindsOfCrd(definition: KubeObject): ServedKind[] {
  const versions = crdVersions(definition as unknown as JsonObject);
  return versions.filter(({ isServed }) => isServed).map((version) => toKind(definition, version));
}

/** All of them, in the order in which the server lists them. */
const CUSTOM_VERBS: readonly string[] = [
  "delete",
  "deletecollection",
  "get",
  "list",
  "patch",
  "create",
  "update",
  "watch",
];

function toKind(definition: KubeObject, version: CrdVersion): ServedKind {
  const { group, plural, version: name } = version.resource;
  const status = version.jsonSchema.properties?.["status"];
  return {
    resource: { ...version.resource, verbs: CUSTOM_VERBS },
    apiVersion: `${group}/${name}`,
    collection: collectionName(group, plural),
    schema: version.schema,
    custom: {
      crd: definition.metadata.name,
      version,
      validator: schemaValidator(version.jsonSchema),
      statusValidator: status && schemaValidator(status),
      selectableFields: selectableFields(definition, name),
    },
  };
}

function selectableFields({ spec }: KubeObject, version: string): string[] {
  const versions = isJsonObject(spec) && Array.isArray(spec["versions"]) ? spec["versions"] : [];
  const found = versions.filter(isJsonObject).find(({ name }) => name === version);
  const fields: readonly Json[] = Array.isArray(found?.["selectableFields"])
    ? found["selectableFields"]
    : [];
  return fields
    .filter(isJsonObject)
    .map(({ jsonPath }) => String(jsonPath ?? "").replace(/^\./, ""));
}
