/**
 * What the API server would refuse of a CustomResourceDefinition, before anything is sent: names,
 * versions, and in `structural.ts` the schemas. The sandbox answers with it, the reader of `crdFile`
 * tells it with places. Source:
 * https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definitions/.
 *
 * It takes any JSON and never throws. Rules in CEL and conversion are not judged here.
 */
import { isJsonObject, type Json, type JsonObject, type PathSegment } from "../std/json.ts";
import type { DefinitionProblem } from "./definition-problem.ts";
import { structuralProblems } from "./structural.ts";

const LABEL = /^[a-z]([-a-z0-9]{0,61}[a-z0-9])?$/;
const LABEL_RULE =
  "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end with an alphanumeric character (e.g. 'my-name',  or 'abc-123', regex used for validation is '[a-z]([-a-z0-9]*[a-z0-9])?')";
const LABEL_WORDS =
  'at most 63 lower-case letters, digits and "-", with a letter first and no "-" last';

const API_VERSION = "apiextensions.k8s.io/v1";

export function definitionProblems(definition: JsonObject): readonly DefinitionProblem[] {
  if (definition["apiVersion"] !== API_VERSION) return [otherApi(definition["apiVersion"] ?? "")];
  const spec = isJsonObject(definition["spec"]) ? definition["spec"] : {};
  const names = isJsonObject(spec["names"]) ? spec["names"] : {};
  const lacking = [
    ...missing(spec, ["group", "scope"], ["spec"]),
    ...missing(names, ["plural", "kind"], ["spec", "names"]),
  ];
  const listed = Array.isArray(spec["versions"]) ? spec["versions"].filter(isJsonObject) : [];
  return [
    ...lacking,
    ...(lacking.length === 0 ? nameProblems(definition, spec, names) : []),
    ...versionProblems(listed),
    ...listed.flatMap((version, index) => schemaProblems(version, index)),
  ];
}

function otherApi(value: Json): DefinitionProblem {
  const isBeta = value === `${API_VERSION}beta1`;
  return {
    path: ["apiVersion"],
    fault: "unsupported",
    value,
    detail: "",
    allowed: [API_VERSION],
    message: `The definition has the apiVersion "${value}", expected "${API_VERSION}"`,
    hint: isBeta
      ? 'No Kubernetes since 1.22 takes v1beta1: change it, and move "validation", "subresources" and "additionalPrinterColumns" into each item of "versions", the first as "schema"'
      : `Write "apiVersion: ${API_VERSION}"`,
  };
}

function missing(
  holder: JsonObject,
  keys: readonly string[],
  path: readonly string[],
): DefinitionProblem[] {
  return keys
    .filter((key) => !holder[key])
    .map((key) => {
      const message = `The key "${key}" is missing in ${path.join(".")} of the definition`;
      return { path: [...path, key], fault: "required", detail: "", message };
    });
}

function nameProblems(
  definition: JsonObject,
  spec: JsonObject,
  names: JsonObject,
): DefinitionProblem[] {
  const found: DefinitionProblem[] = [];
  const { group, scope } = spec;
  const metadata = isJsonObject(definition["metadata"]) ? definition["metadata"] : {};
  const expected = `${names["plural"]}.${group}`;
  if (metadata["name"] !== expected) {
    found.push({
      path: ["metadata", "name"],
      fault: "invalid",
      value: metadata["name"] ?? "",
      detail: 'must be spec.names.plural+"."+spec.group',
      message: `The definition is called "${metadata["name"] ?? ""}", expected "${expected}"`,
      hint: `Its name is its plural, a dot and its group: "${expected}"`,
    });
  }
  if (!String(group).includes(".")) {
    found.push({
      path: ["spec", "group"],
      fault: "invalid",
      value: group ?? "",
      detail: "should be a domain with at least one dot",
      message: `The group of the definition is "${group}", expected a domain with a dot in it`,
      hint: `Take a domain of yours, such as "${group}.example.com"`,
    });
  }
  if (scope !== "Cluster" && scope !== "Namespaced") found.push(unknownScope(scope));
  return [...found, ...wordProblems(names)];
}

function unknownScope(scope: Json | undefined): DefinitionProblem {
  const near = ["Cluster", "Namespaced"].find(
    (one) => one.toLowerCase() === String(scope).toLowerCase(),
  );
  return {
    path: ["spec", "scope"],
    fault: "unsupported",
    value: scope ?? "",
    detail: "",
    allowed: ["Cluster", "Namespaced"],
    message: `The scope of the definition is "${scope}", expected "Namespaced" or "Cluster"`,
    ...(near && { hint: `Did you mean "${near}"?` }),
  };
}

function wordProblems(names: JsonObject): DefinitionProblem[] {
  return ["plural", "singular", "kind"]
    .filter((key) => names[key])
    .flatMap((key): DefinitionProblem[] => {
      const text = String(names[key]);
      const isKind = key === "kind";
      if (LABEL.test(isKind ? text.toLowerCase() : text)) return [];
      const mixed = isKind ? "may have mixed case, but should otherwise match: " : "";
      const path = ["spec", "names", key];
      return [
        {
          path,
          fault: "invalid",
          value: text,
          detail: mixed + LABEL_RULE,
          message: `The ${key} of the definition is "${text}", expected ${isKind ? LABEL_WORDS.replace("lower-case ", "") : LABEL_WORDS}`,
        },
      ];
    });
}

function versionProblems(versions: readonly JsonObject[]): DefinitionProblem[] {
  const found: DefinitionProblem[] = [];
  const seen = new Map<string, number>();
  for (const [index, version] of versions.entries()) {
    const name = String(version["name"] ?? "");
    const path = ["spec", "versions", index, "name"];
    if (!LABEL.test(name)) found.push(badVersionName(name, path));
    if (seen.has(name)) found.push(twice(name, path, versions));
    seen.set(name, index);
  }
  const stored = versions.flatMap((version, index) => (version["storage"] === true ? [index] : []));
  if (stored.length !== 1) found.push(notOneStored(versions, stored));
  return found;
}

function badVersionName(name: string, path: readonly PathSegment[]): DefinitionProblem {
  const message = `A version of the definition is called "${name}", expected ${LABEL_WORDS}`;
  return { path, fault: "invalid", value: name, detail: LABEL_RULE, message };
}

function twice(
  name: string,
  path: readonly PathSegment[],
  versions: readonly JsonObject[],
): DefinitionProblem {
  return {
    path,
    fault: "invalid",
    value: namesOf(versions),
    detail: "must contain unique version names",
    message: `The definition has two versions "${name}"`,
    hint: "Give each version its own name",
  };
}

function notOneStored(
  versions: readonly JsonObject[],
  stored: readonly number[],
): DefinitionProblem {
  const [, second] = stored;
  const names = stored.map((index) => `"${versions[index]?.["name"]}"`).join(" and ");
  return {
    path: second === undefined ? ["spec", "versions"] : ["spec", "versions", second, "storage"],
    fault: "invalid",
    value: namesOf(versions),
    detail: "must have exactly one version marked as storage version",
    message:
      second === undefined
        ? "No version of the definition is the one that is stored, expected one"
        : `The versions ${names} are both to be stored, expected one`,
    hint: 'Write "storage: true" at one version, and "storage: false" at all others',
  };
}

function namesOf(versions: readonly JsonObject[]): Json {
  return versions.map((version) => version["name"] ?? "");
}

function schemaProblems(version: JsonObject, index: number): readonly DefinitionProblem[] {
  const holder = isJsonObject(version["schema"]) ? version["schema"] : {};
  const schema = holder["openAPIV3Schema"];
  const path = ["spec", "versions", index, "schema", "openAPIV3Schema"];
  const name = String(version["name"] ?? index);
  if (isJsonObject(schema)) return structuralProblems(schema, { path, version: name });
  const message = `The version "${name}" of the definition has no schema, expected schema.openAPIV3Schema`;
  const hint = 'The least is "schema: { openAPIV3Schema: { type: object } }"';
  return [{ path, fault: "required", detail: "", message, hint }];
}
