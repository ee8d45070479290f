/** Strategies of namespaces, configuration, access rules and definitions. */
import type { KubeObject } from "../../schema/object.ts";
import { isDeepEqual, isJsonObject, type Json, type JsonObject } from "../../std/json.ts";
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

/** As much of the rules for definitions as a mistake in a Katalog's CRD is likely to break. */
function definitionErrors(object: KubeObject, current: KubeObject | undefined): FieldError[] {
  const spec = isJsonObject(object.spec) ? object.spec : {};
  const names = isJsonObject(spec["names"]) ? spec["names"] : {};
  const errors: FieldError[] = [];
  for (const field of ["group", "scope"]) if (!spec[field]) errors.push(required(`spec.${field}`));
  for (const field of ["plural", "kind"]) {
    if (!names[field]) errors.push(required(`spec.names.${field}`));
  }
  const expected = `${names["plural"]}.${spec["group"]}`;
  if (errors.length === 0 && object.metadata.name !== expected) {
    const why = `must be spec.names.plural+"."+spec.group`;
    errors.push(invalidValue("metadata.name", object.metadata.name, why));
  }
  const versions = Array.isArray(spec["versions"]) ? spec["versions"] : [];
  return [
    ...errors,
    ...versionErrors(versions),
    ...conversionErrors(spec),
    ...movedErrors(spec, current),
  ];
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

function versionErrors(versions: readonly Json[]): FieldError[] {
  const known = versions.filter(isJsonObject);
  const errors: FieldError[] = [];
  if (known.filter((version) => version["storage"] === true).length !== 1) {
    const why = "must have exactly one version marked as storage version";
    errors.push(
      invalidValue(
        "spec.versions",
        known.map((version) => version["name"]),
        why,
      ),
    );
  }
  for (const [index, version] of known.entries()) {
    const schema = isJsonObject(version["schema"])
      ? version["schema"]["openAPIV3Schema"]
      : undefined;
    const field = `spec.versions[${index}].schema.openAPIV3Schema`;
    if (schema === undefined) errors.push(required(field, "schemas are required"));
    else if (isJsonObject(schema) && schema["type"] === undefined) {
      errors.push(required(`${field}.type`, "must not be empty at the root"));
    }
  }
  return errors;
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
