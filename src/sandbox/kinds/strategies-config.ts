/** Strategies of namespaces, configuration, access rules and definitions. */
import { definitionProblems } from "../../schema/definition.ts";
import type { DefinitionProblem } from "../../schema/definition-problem.ts";
import type { KubeObject } from "../../schema/object.ts";
import {
  isDeepEqual,
  isJsonObject,
  type Json,
  type JsonObject,
  type PathSegment,
} from "../../std/json.ts";
import {
  type FieldError,
  forbiddenField,
  invalidValue,
  required,
  unsupportedValue,
} from "../api-error.ts";
import type { Strategy } from "./strategy.ts";

const CONFIG_KEY = /^[-._a-zA-Z0-9]+$/;
const CONFIG_KEY_RULE =
  "a valid config key must consist of alphanumeric characters, '-', '_' or '.' (e.g. 'key.name',  or 'KEY_NAME',  or 'key-name', regex used for validation is '[-._a-zA-Z0-9]+')";
const RBAC = "rbac.authorization.k8s.io";

export const CONFIG_STRATEGIES: Readonly<Record<string, Strategy>> = {
  "v1 Namespace": { names: "label", prepareCreate: newNamespace, prepareUpdate: keepFinalizers },
  "v1 ConfigMap": {
    validate: (object, current) => [
      ...keyErrors(object, ["data", "binaryData"]),
      ...immutableErrors(object, current, ["data", "binaryData"]),
    ],
  },
  "v1 Secret": {
    validate: (object, current) => [
      ...keyErrors(object, ["data"]),
      ...immutableErrors(object, current, ["data"]),
      ...(current === undefined ? [] : unchanged(object, current, ["type"])),
    ],
  },
  [`${RBAC}/v1 Role`]: { names: "path-segment" },
  [`${RBAC}/v1 ClusterRole`]: { names: "path-segment" },
  [`${RBAC}/v1 RoleBinding`]: { names: "path-segment", validate: bindingErrors },
  [`${RBAC}/v1 ClusterRoleBinding`]: { names: "path-segment", validate: bindingErrors },
  "apiextensions.k8s.io/v1 CustomResourceDefinition": {
    hasGeneration: true,
    prepareCreate: withNames,
    prepareUpdate: withNames,
    validate: definitionErrors,
    warn: definitionWarnings,
  },
};

function newNamespace(object: KubeObject): KubeObject {
  const { name, labels } = object.metadata;
  return {
    ...object,
    metadata: { ...object.metadata, labels: { ...labels, "kubernetes.io/metadata.name": name } },
    spec: { finalizers: ["kubernetes"] },
    status: { phase: "Active" },
  };
}

/** `spec.finalizers` changes by the `finalize` subresource only; the name label stays. */
function keepFinalizers(object: KubeObject, current: KubeObject): KubeObject {
  const { name, labels } = object.metadata;
  return {
    ...object,
    metadata: { ...object.metadata, labels: { ...labels, "kubernetes.io/metadata.name": name } },
    spec: current.spec ?? {},
  };
}

/** The names that follow from the kind. */
function withNames(object: KubeObject): KubeObject {
  const spec = isJsonObject(object.spec) ? object.spec : {};
  const names = isJsonObject(spec["names"]) ? spec["names"] : {};
  const { kind } = names;
  if (typeof kind !== "string") return object;
  const filled = {
    ...names,
    singular: names["singular"] || kind.toLowerCase(),
    listKind: names["listKind"] || `${kind}List`,
  };
  return { ...object, spec: { ...spec, names: filled } };
}

function keyErrors(object: KubeObject, fields: readonly string[]): FieldError[] {
  return fields.flatMap((field) => {
    const data = object[field];
    if (!isJsonObject(data)) return [];
    return Object.keys(data)
      .filter((key) => !CONFIG_KEY.test(key))
      .map((key) => invalidValue(`${field}[${key}]`, key, CONFIG_KEY_RULE));
  });
}

function immutableErrors(
  object: KubeObject,
  current: KubeObject | undefined,
  fields: readonly string[],
): FieldError[] {
  if (current?.["immutable"] !== true) return [];
  const why = "field is immutable when `immutable` is set";
  const errors = fields
    .filter((field) => !isDeepEqual(object[field], current[field]))
    .map((field) => forbiddenField(field, why));
  return object["immutable"] === true ? errors : [forbiddenField("immutable", why), ...errors];
}

/** Errors of top-level fields that may not change. */
function unchanged(
  object: KubeObject,
  current: KubeObject,
  fields: readonly string[],
): FieldError[] {
  return fields
    .filter((field) => !isDeepEqual(object[field], current[field]))
    .map((field) => invalidValue(field, object[field], "field is immutable"));
}

function bindingErrors(object: KubeObject, current: KubeObject | undefined): FieldError[] {
  const role = isJsonObject(object["roleRef"]) ? object["roleRef"] : {};
  const errors: FieldError[] = [];
  const kinds = object.kind === "RoleBinding" ? ["ClusterRole", "Role"] : ["ClusterRole"];
  if (role["apiGroup"] !== RBAC)
    errors.push(unsupportedValue("roleRef.apiGroup", role["apiGroup"] ?? "", [RBAC]));
  if (!kinds.includes(String(role["kind"]))) {
    errors.push(unsupportedValue("roleRef.kind", role["kind"] ?? "", kinds));
  }
  if (!role["name"]) errors.push(required("roleRef.name"));
  if (current !== undefined && !isDeepEqual(current["roleRef"], object["roleRef"])) {
    errors.push(invalidValue("roleRef", object["roleRef"], "cannot change roleRef"));
  }
  return errors;
}

/** The rules for definitions; what the server itself takes for advice is none of them. */
function definitionErrors(object: KubeObject, current: KubeObject | undefined): FieldError[] {
  const spec = isJsonObject(object.spec) ? object.spec : {};
  const problems = definitionProblems(object as unknown as JsonObject);
  return [
    ...problems
      .filter(({ fault }) => fault !== "advice")
      .flatMap((one) => definitionErrorsOf(one, spec)),
    ...conversionErrors(spec),
    ...movedErrors(spec, current),
  ];
}

function definitionErrorsOf(problem: DefinitionProblem, spec: JsonObject): FieldError[] {
  const { path, violations } = problem;
  if (!violations) return [definitionError(problem, spec)];
  const holder = definitionField(path, spec);
  return violations.map(({ field, reason, message }) => ({
    field: field === "" ? holder : `${holder}.${field}`,
    reason,
    message: message.slice(field.length + ": ".length),
  }));
}

function definitionError(problem: DefinitionProblem, spec: JsonObject): FieldError {
  const field = definitionField(problem.path, spec);
  const { value, detail, allowed = [] } = problem;
  switch (problem.fault) {
    case "required":
      return required(field, detail);
    case "unsupported":
      return unsupportedValue(field, value, allowed);
    case "forbidden":
      return forbiddenField(field, detail);
    default:
      return invalidValue(field, value, detail);
  }
}

/** As the server names it: the schema of an only version stands in `spec.validation`, names in brackets. */
function definitionField(path: readonly PathSegment[], spec: JsonObject): string {
  const versions = Array.isArray(spec["versions"]) ? spec["versions"] : [];
  const isOnly = versions.length === 1 && path[3] === "schema" && path.length > 5;
  const steps = isOnly ? ["spec", "validation", ...path.slice(4)] : path;
  return steps.reduce<string>((field, step, index) => {
    const isName = typeof step === "number" || steps[index - 1] === "properties";
    return isName ? `${field}[${step}]` : field === "" ? step : `${field}.${step}`;
  }, "");
}

const CEL_KEY = '"x-kubernetes-validations"';

/** Rules in CEL are stored and not evaluated: whoever relies on them should hear it. */
function definitionWarnings({ spec }: KubeObject): readonly string[] {
  const versions = isJsonObject(spec) && Array.isArray(spec["versions"]) ? spec["versions"] : [];
  return versions
    .filter(isJsonObject)
    .filter((version) => JSON.stringify(version["schema"] ?? null).includes(`${CEL_KEY}:`))
    .map(
      ({ name }) =>
        `the sandbox does not evaluate the CEL rules of version ${JSON.stringify(name)}`,
    );
}

function conversionErrors(spec: JsonObject): FieldError[] {
  const conversion = isJsonObject(spec["conversion"]) ? spec["conversion"] : {};
  const { strategy = "None" } = conversion;
  if (strategy === "None") return [];
  return [unsupportedValue("spec.conversion.strategy", strategy, ["None"])];
}

function movedErrors(
  spec: Readonly<Record<string, Json | undefined>>,
  current: KubeObject | undefined,
): FieldError[] {
  const before = isJsonObject(current?.spec) ? current.spec : undefined;
  if (before === undefined) return [];
  return ["group", "scope"]
    .filter((field) => before[field] !== spec[field])
    .map((field) => invalidValue(`spec.${field}`, spec[field], "field is immutable"));
}
