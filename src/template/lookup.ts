/**
 * Field access under a missing-key rule. Own keys only: `__proto__` and `constructor` are absent
 * unless the data holds them.
 *
 * `empty` is forgiving: a field of something without fields is absent. The other rules follow Go: a
 * field of `null`, of a text or of a number is an error; under `zero` a missing key is `null`, so
 * that a field of what is missing is an error, too.
 */
import { TemplateError } from "./error.ts";
import { isGoObject } from "./go-object.ts";
import { goTypeName } from "./go-value.ts";
import type { Dialect, TemplateValue } from "./template.ts";

export type MissingKeyRule = Dialect["missingKey"];
export type Lookup = (value: TemplateValue) => TemplateValue;

type Fields = { readonly [key: string]: TemplateValue };

/** Reads `path` step by step. The common short paths have code of their own. */
export function createLookup(path: readonly string[], rule: MissingKeyRule): Lookup {
  if (rule !== "empty") return (value) => strictPath(value, path, rule);
  const [first = "", second = "", third = ""] = path;
  switch (path.length) {
    case 0:
      return (value) => value;
    case 1:
      return (value) => ownField(value, first);
    case 2:
      return (value) => ownField(ownField(value, first), second);
    case 3:
      return (value) => ownField(ownField(ownField(value, first), second), third);
    default:
      return (value) => {
        let current = value;
        for (const key of path) current = ownField(current, key);
        return current;
      };
  }
}

/** The value of an own key of a map; absent for everything that is not a map. */
export function ownField(value: TemplateValue, key: string): TemplateValue {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return undefined;
  return Object.hasOwn(value, key) ? (value as Fields)[key] : undefined;
}

function strictPath(
  value: TemplateValue,
  path: readonly string[],
  rule: MissingKeyRule,
): TemplateValue {
  let current = value;
  for (const key of path) current = strictField(current, key, rule);
  return current;
}

function strictField(value: TemplateValue, key: string, rule: MissingKeyRule): TemplateValue {
  if (value === null) {
    throw new TemplateError("failed", `Cannot read field "${key}": the value is null`);
  }
  if (isGoObject(value)) return value.field(key);
  if (value !== undefined && (typeof value !== "object" || Array.isArray(value))) {
    throw new TemplateError(
      "failed",
      `Cannot read field "${key}": the value is of type ${goTypeName(value)}, expected a map`,
    );
  }
  if (value !== undefined && Object.hasOwn(value, key)) return (value as Fields)[key];
  if (rule === "error") throw new TemplateError("missing-key", `There is no key "${key}"`);
  return rule === "zero" && value !== undefined ? null : undefined;
}
