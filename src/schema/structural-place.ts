/**
 * The schemas in the schema of a definition, one by one, and what is found of them: each with where it
 * stands in the definition and which field of an object it speaks of.
 */
import { isJsonObject, type JsonObject, type PathSegment } from "../std/json.ts";
import { builtinKind } from "./builtin.ts";
import { CRD_TYPE } from "./crd.ts";
import type { DefinitionProblem } from "./definition-problem.ts";
import type { SchemaNode } from "./node.ts";

export const JUNCTORS = ["allOf", "anyOf", "oneOf"];

export interface Place {
  readonly schema: JsonObject;
  /** In the definition. */
  readonly path: readonly PathSegment[];
  /** Of the value in an object, for people: `spec.ports[]`. */
  readonly field: string;
  readonly role: "root" | "field" | "item";
}

export class Findings {
  readonly all: DefinitionProblem[] = [];
  /** The fields of a schema, by the server's own table. */
  readonly keys: Readonly<Record<string, SchemaNode>>;
  readonly #version: string;

  constructor(version: string) {
    this.#version = version;
    this.keys = keysOfSchemas();
  }

  add(place: Place, key: string, problem: Omit<DefinitionProblem, "path">): void {
    const path = key === "" ? place.path : [...place.path, key];
    this.all.push({ ...problem, path });
  }

  /** `the schema of "spec.size" (version v1)`. */
  subject({ field }: Place): string {
    const what = field === "" ? "the schema" : `the schema of "${field}"`;
    return `${what} (version ${this.#version})`;
  }
}

/** The schemas in `allOf`, `anyOf`, `oneOf` and `not`; without those that say "number or text". */
export function branchesOf(place: Place): readonly Place[] {
  const { schema, path } = place;
  const listed = JUNCTORS.flatMap((key) => {
    const all = schema[key];
    return (Array.isArray(all) ? all : []).map((one, index) => ({ one, steps: [key, index] }));
  });
  return [...listed, { one: schema["not"], steps: ["not"] }].flatMap(({ one, steps }) =>
    isJsonObject(one) && !(isIntOrString(schema) && isChoiceOfTypes(one))
      ? [{ ...place, schema: one, path: [...path, ...steps] }]
      : [],
  );
}

function isChoiceOfTypes(schema: JsonObject): boolean {
  const keys = Object.keys(schema);
  return keys.length === 1 && (keys[0] === "type" || keys[0] === "anyOf");
}

export function childrenOf({ schema, path, field }: Place): readonly Place[] {
  const children: Place[] = [];
  const { properties, additionalProperties: additional, items } = schema;
  for (const [name, child] of Object.entries(isJsonObject(properties) ? properties : {})) {
    const below = field === "" ? name : `${field}.${name}`;
    const own = [...path, "properties", name];
    if (isJsonObject(child))
      children.push({ schema: child, path: own, field: below, role: "field" });
  }
  if (isJsonObject(additional)) {
    const own = [...path, "additionalProperties"];
    children.push({ schema: additional, path: own, field: `${field}.*`, role: "field" });
  }
  if (isJsonObject(items)) {
    children.push({ schema: items, path: [...path, "items"], field: `${field}[]`, role: "item" });
  }
  return children;
}

export function isIntOrString(schema: JsonObject): boolean {
  return schema["x-kubernetes-int-or-string"] === true;
}

export function preserves(schema: JsonObject): boolean {
  return schema["x-kubernetes-preserve-unknown-fields"] === true;
}

export function embeds(schema: JsonObject): boolean {
  return schema["x-kubernetes-embedded-resource"] === true;
}

export function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** The fields of a schema, by the server's own table. */
function keysOfSchemas(): Readonly<Record<string, SchemaNode>> {
  let node = builtinKind("apiextensions.k8s.io/v1", CRD_TYPE.kind)?.schema;
  for (const step of ["spec", "versions", "", "schema", "openAPIV3Schema"]) {
    if (node?.type === "list") node = node.items;
    else node = node?.type === "object" ? node.fields[step] : undefined;
  }
  return node?.type === "object" ? node.fields : {};
}
