/**
 * Which names, labels and annotations are allowed, in the words of the API server. Source:
 * https://kubernetes.io/docs/concepts/overview/working-with-objects/names/.
 */
import type { KubeObject, ObjectMeta } from "../../schema/object.ts";
import { LABEL, LABEL_MAX, QUALIFIED, SUBDOMAIN, SUBDOMAIN_MAX } from "../../schema/object-name.ts";
import { type FieldError, invalidValue, required } from "../api-error.ts";
import type { Strategy } from "./strategy.ts";

const SUBDOMAIN_RULE = `a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '${SUBDOMAIN}')`;
const LABEL_RULE = `a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '${LABEL}')`;
const LABEL_VALUE_RULE = `a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '(${QUALIFIED})?')`;
const QUALIFIED_RULE = `name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '${QUALIFIED}')`;

const ANNOTATIONS_MAX = 262_144;

/** Errors of one name under the rule of its kind. */
function nameErrors(name: string, rule: Strategy["names"]): string[] {
  switch (rule) {
    case "label":
      return name.includes(".") && name === name.toLowerCase()
        ? ["must not contain dots"]
        : [...tooLong(name, LABEL_MAX), ...matches(name, LABEL, LABEL_RULE)];
    case "path-segment":
      return pathSegmentErrors(name);
    default:
      return [...tooLong(name, SUBDOMAIN_MAX), ...matches(name, SUBDOMAIN, SUBDOMAIN_RULE)];
  }
}

function pathSegmentErrors(name: string): string[] {
  if (name === "." || name === "..") return [`may not be '${name}'`];
  return ["/", "%"]
    .filter((part) => name.includes(part))
    .map((part) => `may not contain '${part}'`);
}

function tooLong(name: string, limit: number): string[] {
  return name.length > limit ? [`must be no more than ${limit} characters`] : [];
}

function matches(text: string, pattern: string, rule: string): string[] {
  return new RegExp(`^${pattern}$`).test(text) ? [] : [rule];
}

function atMost(text: string, limit: number): string[] {
  return text.length > limit ? [`must be no more than ${limit} bytes`] : [];
}

/** Everything wrong with the metadata that a client sent. */
export function metadataErrors(object: KubeObject, rule: Strategy["names"]): FieldError[] {
  const { metadata } = object;
  return [
    ...nameFieldErrors(metadata, rule),
    ...labelErrors(metadata.labels ?? {}, "metadata.labels"),
    ...annotationErrors(metadata.annotations ?? {}, "metadata.annotations"),
    ...ownerErrors(metadata),
    ...finalizerErrors(metadata.finalizers ?? []),
  ];
}

function nameFieldErrors({ name }: ObjectMeta, rule: Strategy["names"]): FieldError[] {
  if (!name) return [required("metadata.name", "name or generateName is required")];
  return nameErrors(name, rule).map((why) => invalidValue("metadata.name", name, why));
}

export function labelErrors(labels: Readonly<Record<string, string>>, field: string): FieldError[] {
  return Object.entries(labels).flatMap(([key, value]) => [
    ...qualifiedNameErrors(key).map((why) => invalidValue(field, key, why)),
    ...[...atMost(value, LABEL_MAX), ...matches(value, `(${QUALIFIED})?`, LABEL_VALUE_RULE)].map(
      (why) => invalidValue(field, value, why),
    ),
  ]);
}

export function annotationErrors(
  annotations: Readonly<Record<string, string>>,
  field: string,
): FieldError[] {
  const size = Object.entries(annotations).reduce(
    (sum, [key, value]) => sum + key.length + value.length,
    0,
  );
  const errors = Object.keys(annotations).flatMap((key) =>
    qualifiedNameErrors(key.toLowerCase()).map((why) => invalidValue(field, key, why)),
  );
  if (size <= ANNOTATIONS_MAX) return errors;
  const message = `Too long: may not be more than ${ANNOTATIONS_MAX} bytes`;
  return [...errors, { reason: "FieldValueTooLong", message, field }];
}

/** `example.com/name`, or `name`. */
function qualifiedNameErrors(key: string): string[] {
  const parts = key.split("/");
  const name = parts.at(-1) ?? "";
  if (parts.length > 2) {
    return [
      `a valid label key must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '${QUALIFIED}') with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')`,
    ];
  }
  const prefix = parts.length === 2 ? (parts[0] ?? "") : undefined;
  const prefixErrors =
    prefix === undefined
      ? []
      : prefix === ""
        ? ["prefix part must be non-empty"]
        : matches(prefix, SUBDOMAIN, `prefix part ${SUBDOMAIN_RULE}`);
  if (name === "") return [...prefixErrors, "name part must be non-empty"];
  return [
    ...prefixErrors,
    ...atMost(name, LABEL_MAX).map((why) => `name part ${why}`),
    ...matches(name, QUALIFIED, QUALIFIED_RULE),
  ];
}

function ownerErrors({ ownerReferences = [] }: ObjectMeta): FieldError[] {
  const errors = ownerReferences.flatMap((owner) =>
    (["apiVersion", "kind", "name", "uid"] as const)
      .filter((key) => !owner[key])
      .map((key) => {
        const why = key === "apiVersion" ? "version must not be empty" : "must not be empty";
        return invalidValue(`metadata.ownerReferences.${key}`, owner[key] ?? "", why);
      }),
  );
  const controllers = ownerReferences.filter((owner) => owner.controller);
  if (controllers.length <= 1) return errors;
  const names = controllers.map((owner) => owner.kind).join(" and ");
  const why = `Only one reference can have Controller set to true. Found "true" in references for ${names}`;
  return [...errors, invalidValue("metadata.ownerReferences", ownerReferences, why)];
}

const STANDARD_FINALIZERS: ReadonlySet<string> = new Set([
  "kubernetes",
  "orphan",
  "foregroundDeletion",
]);

function finalizerErrors(finalizers: readonly string[]): FieldError[] {
  return finalizers.flatMap((name, index) => {
    const errors = qualifiedNameErrors(name).map((why) =>
      invalidValue("metadata.finalizers", name, why),
    );
    if (name.includes("/") || STANDARD_FINALIZERS.has(name)) return errors;
    const why = "name is neither a standard finalizer name nor is it fully qualified";
    return [...errors, invalidValue(`metadata.finalizers[${index}]`, name, why)];
  });
}
