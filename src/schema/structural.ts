/**
 * The schema of one version of a CustomResourceDefinition against the rules of structural schemas.
 * Source:
 * https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definitions/#specifying-a-structural-schema
 * and, for the words, observed answers of Kubernetes 1.36.
 *
 * It takes any JSON, and tells each node's problems once.
 */
import { isJsonObject, type Json, type JsonObject, type PathSegment } from "../std/json.ts";
import { compileRegex, RegexError } from "../std/regex.ts";
import { suggest } from "../std/suggest.ts";
import type { DefinitionProblem } from "./definition-problem.ts";
import type { SchemaNode } from "./node.ts";
import { checkDefaults } from "./structural-defaults.ts";
import { checkLists } from "./structural-lists.ts";
import {
  branchesOf,
  capital,
  childrenOf,
  embeds,
  Findings,
  isIntOrString,
  JUNCTORS,
  type Place,
  preserves,
} from "./structural-place.ts";

const TYPES = ["array", "boolean", "integer", "number", "object", "string"];

/** What other dialects of JSON schema call them. */
const OTHER_TYPES: ReadonlyMap<string, string> = new Map([
  ["int", "integer"],
  ["int32", "integer"],
  ["int64", "integer"],
  ["long", "integer"],
  ["float", "number"],
  ["double", "number"],
  ["str", "string"],
  ["text", "string"],
  ["bool", "boolean"],
  ["list", "array"],
  ["map", "object"],
  ["dict", "object"],
]);

const UNSUPPORTED = ["$ref", "definitions", "dependencies", "id", "patternProperties"];

export function structuralProblems(
  schema: JsonObject,
  { path, version }: { readonly path: readonly PathSegment[]; readonly version: string },
): readonly DefinitionProblem[] {
  const findings = new Findings(version);
  const root: Place = { schema, path, field: "", role: "root" };
  checkNode(root, findings);
  checkMetadata(root, findings);
  // A default is judged by a schema that can be trusted.
  const isSound = findings.all.every(({ fault }) => fault === "advice");
  if (isSound) checkDefaults(root, findings);
  return findings.all;
}

function checkNode(place: Place, findings: Findings): void {
  checkKeys(place, findings);
  checkType(place, findings);
  checkLists(place, findings);
  checkMembers(place, findings);
  checkPattern(place, findings);
  for (const branch of branchesOf(place)) checkBranch(branch, findings);
  for (const child of childrenOf(place)) checkNode(child, findings);
}

const JSON_TYPES: Readonly<Record<string, string>> = {
  string: "string",
  boolean: "boolean",
  integer: "number",
  number: "number",
};

function checkKeys(place: Place, findings: Findings): void {
  const known = findings.keys;
  for (const key of Object.keys(place.schema)) {
    const value = place.schema[key];
    if (value === undefined || value === null) continue;
    if (UNSUPPORTED.includes(key)) {
      const message = `Cannot use "${key}" in ${findings.subject(place)}: the API server takes none`;
      const detail = `${key} is not supported`;
      findings.add(place, key, { fault: "forbidden", detail, message });
      continue;
    }
    const node = Object.hasOwn(known, key) ? known[key] : undefined;
    if (!node) adviseUnknown(place, key, findings);
    else if (key !== "type" && key !== "items") checkKeyType(place, { key, value, node }, findings);
  }
}

function adviseUnknown(place: Place, key: string, findings: Findings): void {
  const near = suggest(key, Object.keys(findings.keys));
  const message = `Unknown key "${key}" in ${findings.subject(place)}: the API server drops it`;
  const hint = near && { hint: `Did you mean "${near}"?` };
  findings.add(place, key, { fault: "advice", detail: "", message, ...hint });
}

function checkKeyType(
  place: Place,
  { key, value, node }: { readonly key: string; readonly value: Json; readonly node: SchemaNode },
  findings: Findings,
): void {
  const wanted = JSON_TYPES[node.type];
  if (wanted === undefined || typeof value === wanted) return;
  const detail = `must be of type ${node.type}`;
  const message = `Cannot use "${key}" of ${findings.subject(place)}: found ${JSON.stringify(value)}, expected ${wanted === "string" ? "text" : `a ${wanted}`}`;
  findings.add(place, key, { fault: "invalid", value, detail, message });
}

function checkType(place: Place, findings: Findings): void {
  const { schema, role } = place;
  const { type } = schema;
  if (type === undefined || type === null || type === "") {
    // What `$ref` stands for is told already.
    const isTold = UNSUPPORTED.some((key) => schema[key] !== undefined);
    const isFree = isIntOrString(schema) || preserves(schema) || isTold;
    if (role === "root" || !isFree) addMissingType(place, findings);
  } else if (typeof type !== "string" || !TYPES.includes(type)) {
    addUnknownType(place, type, findings);
  } else if (role === "root" && type !== "object") {
    const message = `${capital(findings.subject(place))} has the type "${type}", expected "object"`;
    const detail = "must be object at the root";
    findings.add(place, "type", { fault: "invalid", value: type, detail, message });
  }
}

const ROLE_WORDS = { root: "at the root", field: "for specified object fields", item: "" };

function addMissingType(place: Place, findings: Findings): void {
  const where = place.role === "item" ? "for specified array items" : ROLE_WORDS[place.role];
  const { schema } = place;
  const likely = isJsonObject(schema["properties"])
    ? "object"
    : schema["items"] !== undefined
      ? "array"
      : undefined;
  findings.add(place, "type", {
    fault: "required",
    detail: `must not be empty ${where}`,
    message: `${capital(findings.subject(place))} has no type, expected one of: ${TYPES.join(", ")}`,
    hint: likely
      ? `Add "type: ${likely}"`
      : 'Add "type", or "x-kubernetes-preserve-unknown-fields: true" where anything may stand',
  });
}

function addUnknownType(place: Place, type: Json, findings: Findings): void {
  const shown = typeof type === "string" ? type : JSON.stringify(type);
  const near = OTHER_TYPES.get(shown.toLowerCase()) ?? suggest(shown, TYPES);
  const isNull = shown.includes("null");
  findings.add(place, "type", {
    fault: "unsupported",
    value: type,
    detail: "",
    allowed: TYPES,
    message: `${capital(findings.subject(place))} has the type "${shown}", expected one of: ${TYPES.join(", ")}`,
    ...(isNull && { hint: 'Write one type, and "nullable: true" beside it' }),
    ...(!isNull && near && { hint: `Did you mean "${near}"?` }),
  });
}

function checkMembers(place: Place, findings: Findings): void {
  const { schema } = place;
  const { properties, additionalProperties: additional, required } = schema;
  const names = isJsonObject(properties) ? Object.keys(properties) : [];
  if (names.length > 0 && additional !== undefined && additional !== null) {
    const detail = "additionalProperties and properties are mutual exclusive";
    const message = `Cannot use "properties" and "additionalProperties" both in ${findings.subject(place)}`;
    const hint = 'Keep one: named fields, or a map of any keys; "false" is what it is anyway';
    findings.add(place, "additionalProperties", { fault: "forbidden", detail, message, hint });
  }
  const isOpen = preserves(schema) || additional !== undefined || embeds(schema);
  if (!Array.isArray(required) || isOpen || schema["type"] !== "object") return;
  const known = place.role === "root" ? [...names, "apiVersion", "kind", "metadata"] : names;
  for (const [index, name] of required.entries()) {
    if (typeof name !== "string" || known.includes(name)) continue;
    const near = suggest(name, known);
    findings.add({ ...place, path: [...place.path, "required", index] }, "", {
      fault: "advice",
      detail: "",
      message: `${capital(findings.subject(place))} requires "${name}", which is none of its properties: no object can have it`,
      hint: near ? `Did you mean "${near}"?` : `Add "${name}" to its properties`,
    });
  }
}

function checkPattern(place: Place, findings: Findings): void {
  const { pattern } = place.schema;
  if (typeof pattern !== "string") return;
  try {
    compileRegex(pattern);
  } catch (error) {
    if (!(error instanceof RegexError)) throw error;
    const detail = `must be a valid regular expression, but isn't: ${error.reason}`;
    const message = `The pattern of ${findings.subject(place)} is no regular expression of RE2: ${error.reason}`;
    findings.add(place, "pattern", { fault: "invalid", value: pattern, detail, message });
  }
}

/** What `allOf`, `anyOf`, `oneOf` and `not` may not say: it is said beside them. */
const ONLY_OUTSIDE = ["additionalProperties", "default", "description", "nullable", "type"];

function checkBranch(place: Place, findings: Findings): void {
  const { schema } = place;
  for (const key of ONLY_OUTSIDE) {
    const value = schema[key];
    if (value === undefined || value === null || value === false || value === "") continue;
    const must =
      key === "nullable"
        ? "false"
        : key === "default" || key === "additionalProperties"
          ? "undefined"
          : "empty";
    findings.add(place, key, {
      fault: "forbidden",
      detail: `must be ${must} to be structural`,
      message: `Cannot use "${key}" below ${place.path.findLast((step) => JUNCTORS.includes(String(step)) || step === "not")} in ${findings.subject(place)}`,
      hint: `Say it outside, where "${place.field}" itself is described`,
    });
  }
  for (const branch of branchesOf(place)) checkBranch(branch, findings);
  for (const child of childrenOf(place)) checkBranch(child, findings);
}

/** Every object has its metadata; a schema may only narrow the two names. */
function checkMetadata(root: Place, findings: Findings): void {
  const place = childrenOf(root).find(({ path }) => path.at(-1) === "metadata");
  const properties = place?.schema["properties"];
  if (!place || !isJsonObject(properties)) return;
  const names = Object.keys(properties);
  if (names.every((name) => name === "name" || name === "generateName")) return;
  findings.add(place, "", {
    fault: "forbidden",
    detail:
      "must not specify anything other than name and generateName, but metadata is implicitly specified",
    message: `Cannot describe ${names.map((name) => `"${name}"`).join(", ")} in ${findings.subject(place)}: only "name" and "generateName" may be restricted`,
    hint: 'Write "metadata: { type: object }"',
  });
}
