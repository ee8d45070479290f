/**
 * Label and field selectors of lists and watches. Sources:
 * https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/#api and
 * https://kubernetes.io/docs/concepts/overview/working-with-objects/field-selectors/.
 */
import type { KubeObject } from "../../schema/object.ts";
import { badRequest } from "../api-error.ts";
import { type LabelRequirement, parseLabelSelector } from "./label-selector.ts";

export type Predicate = (object: KubeObject) => boolean;

/** @throws ApiError 400 when the selector cannot be read. */
export function compileLabelSelector(selector: string): Predicate {
  const requirements = parseLabelSelector(selector);
  return ({ metadata }) =>
    requirements.every((requirement) => {
      const labels = metadata.labels ?? {};
      const has = Object.hasOwn(labels, requirement.key);
      return isLabelMatch(requirement, has ? labels[requirement.key] : undefined);
    });
}

function isLabelMatch(requirement: LabelRequirement, value: string | undefined): boolean {
  const { operator, values } = requirement;
  const [limit = ""] = values;
  switch (operator) {
    case "exists":
      return value !== undefined;
    case "absent":
      return value === undefined;
    case "in":
      return value !== undefined && values.has(value);
    case "notIn":
      return value === undefined || !values.has(value);
    case "above":
      return value !== undefined && Number(value) > Number(limit);
    case "below":
      return value !== undefined && Number(value) < Number(limit);
    default:
      return operator satisfies never;
  }
}

/** Fields that can be selected by, and how to read one from an object. */
export interface SelectableFields {
  readonly readers: Readonly<Record<string, (object: KubeObject) => string>>;
  /** How the server refuses another one. */
  readonly refuse: (field: string) => string;
}

/** @throws ApiError 400 when the selector cannot be read or names a field that the kind lacks. */
export function compileFieldSelector(
  selector: string,
  { readers, refuse }: SelectableFields,
): Predicate {
  const terms = selector
    .split(",")
    .map((term) => term.trim())
    .filter((term) => term !== "")
    .map((term) => parseField(selector, term));
  for (const { field } of terms) {
    if (!Object.hasOwn(readers, field)) throw badRequest(refuse(field));
  }
  return (object) =>
    terms.every(({ field, isEqual, value }) => (readers[field]?.(object) === value) === isEqual);
}

function parseField(selector: string, term: string) {
  const [, field, operator, value = ""] = /^([^=!]+)(==|!=|=)(.*)$/.exec(term) ?? [];
  if (field === undefined) {
    throw badRequest(`invalid selector: '${selector}'; can't understand '${term}'`);
  }
  return { field, isEqual: operator !== "!=", value };
}
