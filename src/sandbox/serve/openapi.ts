/**
 * OpenAPI documents, as far as clients of Kubernetes read them: which kinds take which patches and
 * parameters, and the schemas. Version 3; what is said in version 2 stands in `openapi-v2.ts`.
 */
import type { Json, JsonObject } from "../../std/json.ts";
import type { ServedKind } from "../kinds/kind.ts";
import type { Site } from "../site.ts";
import { openApiSchema } from "./openapi-schema.ts";
import { VERSION_INFO } from "./version.ts";

const INFO = { title: "Kubernetes", version: VERSION_INFO.gitVersion };

/** `GET /openapi/v3` */
export function openApiV3Index(site: Site): JsonObject {
  const roots = new Set([...site.registry.all()].map(rootOf));
  const revision = site.registry.revision;
  const paths = [...roots].sort().map((root) => [
    root,
    // The hash lets clients cache a document until the kinds change.
    { serverRelativeURL: `/openapi/v3/${root}?hash=${VERSION_INFO.gitVersion}-${revision}` },
  ]);
  return { paths: Object.fromEntries(paths) };
}

/** `api/v1`, `apis/apps/v1`. */
function rootOf({ resource }: ServedKind): string {
  const { group, version } = resource;
  return group === "" ? `api/${version}` : `apis/${group}/${version}`;
}

/** `GET /openapi/v3/<root>`; `undefined` for one that is not served. */
export function openApiV3(site: Site, root: string): JsonObject | undefined {
  const kinds = [...site.registry.all()].filter((kind) => rootOf(kind) === root);
  if (kinds.length === 0) return undefined;
  return {
    openapi: "3.0.0",
    info: INFO,
    paths: Object.fromEntries(kinds.flatMap(pathsOf)),
    components: {
      schemas: Object.fromEntries(kinds.map((kind) => [schemaName(kind), schemaOf(kind)])),
    },
  };
}

function typeOf({ resource }: ServedKind): JsonObject {
  return { group: resource.group, kind: resource.kind, version: resource.version };
}

function schemaName({ resource }: ServedKind): string {
  const group = resource.group === "" ? "core" : resource.group;
  return `io.k8s.${group}.${resource.version}.${resource.kind}`;
}

function schemaOf(kind: ServedKind): JsonObject {
  const extension = { "x-kubernetes-group-version-kind": [typeOf(kind)] };
  const schema = openApiSchema(kind.schema);
  const written = kind.custom?.version.jsonSchema as JsonObject | undefined;
  if (written === undefined) return { ...schema, ...extension };
  // As written, for the descriptions; with the fields that every object has.
  const common = schema["properties"] as JsonObject | undefined;
  const own = written["properties"] as JsonObject | undefined;
  const { apiVersion, kind: name, metadata } = common ?? {};
  const properties = { ...own, apiVersion, kind: name, metadata } as Json;
  return { ...written, properties, ...extension };
}

const PATCH_TYPES = [
  "application/json-patch+json",
  "application/merge-patch+json",
  "application/apply-patch+yaml",
];

function pathsOf(kind: ServedKind): [string, JsonObject][] {
  const { resource } = kind;
  const scope = resource.namespaced ? "/namespaces/{namespace}" : "";
  const collection = `/${rootOf(kind)}${scope}/${resource.plural}`;
  const paths: [string, JsonObject][] = [
    [collection, { get: operation(kind, "list", []), post: operation(kind, "post", WRITE) }],
    [
      `${collection}/{name}`,
      {
        get: operation(kind, "get", []),
        put: operation(kind, "put", WRITE),
        patch: { ...operation(kind, "patch", [...WRITE, "force"]), requestBody: patchBody(kind) },
        delete: operation(kind, "delete", ["dryRun", "propagationPolicy"]),
      },
    ],
  ];
  return paths;
}

const WRITE = ["dryRun", "fieldManager", "fieldValidation"];

function operation(kind: ServedKind, action: string, parameters: readonly string[]): JsonObject {
  const schema = { $ref: `#/components/schemas/${schemaName(kind)}` };
  return {
    "x-kubernetes-action": action,
    "x-kubernetes-group-version-kind": typeOf(kind),
    parameters: parameters.map((name) => ({ name, in: "query", schema: { type: "string" } })),
    responses: { "200": { description: "OK", content: { "application/json": { schema } } } },
  };
}

function patchBody(kind: ServedKind): JsonObject {
  const types =
    kind.custom === undefined
      ? [...PATCH_TYPES, "application/strategic-merge-patch+json"]
      : PATCH_TYPES;
  return {
    content: Object.fromEntries(types.map((type) => [type, { schema: { type: "object" } }])),
  };
}
