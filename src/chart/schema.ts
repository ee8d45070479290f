/**
 * `values.schema.json` of a chart and of those below it. The validator is `@cfworker/json-schema`;
 * nothing is fetched: a reference to another document is an issue.
 */
import { type Schema, type SchemaDraft, Validator } from "@cfworker/json-schema";
import type { Issue } from "../std/issue.ts";
import type { Chart } from "./chart.ts";
import { type GoMap, getField, isMap } from "./go-map.ts";
import { toPlainJson } from "./yaml-read.ts";

/** All violations of all charts. */
export function checkSchemas(chart: Chart, values: GoMap): readonly Issue[] {
  const { name } = chart.metadata;
  const own = chart.schema === undefined ? [] : checkSchema(chart.schema, values, name);
  const below = chart.dependencies.flatMap((one) => {
    const inner = getField(values, one.metadata.name);
    return isMap(inner) ? checkSchemas(one, inner) : [];
  });
  return [...own, ...below];
}

const MAX_ISSUES = 20;

function checkSchema(text: string, values: GoMap, name: string): readonly Issue[] {
  const file = `${name}/values.schema.json`;
  const issue = (message: string): Issue => ({
    code: "chart-values",
    severity: "error",
    message,
    position: { file, line: 1, column: 1 },
  });
  try {
    const schema = JSON.parse(text) as Schema | boolean;
    const validator = new Validator(schema as Schema, draftOf(schema), false);
    const { valid, errors } = validator.validate(toPlainJson(values as GoMap[string]));
    if (valid) return [];
    // Errors come from the outside in; the inner ones say what is wrong.
    const inner = errors.filter(({ keyword }) => !WRAPPERS.has(keyword));
    const shown = (inner.length > 0 ? inner : errors).slice(0, MAX_ISSUES);
    return shown.map(({ instanceLocation, error }) => {
      const path = instanceLocation.replace(/^#\/?/, "").replaceAll("/", ".");
      const place = path === "" ? "The values" : `The value "${path}"`;
      return issue(`${place} of the chart "${name}": ${error.replace(/\.$/, "")}`);
    });
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    return [issue(`Cannot use the schema of the chart "${name}": ${reason.replace(/\.$/, "")}`)];
  }
}

const WRAPPERS: ReadonlySet<string> = new Set([
  "properties",
  "items",
  "$ref",
  "allOf",
  "additionalProperties",
]);

function draftOf(schema: Schema | boolean): SchemaDraft {
  const id = typeof schema === "object" ? String(schema.$schema ?? "") : "";
  if (/draft-0?4/.test(id)) return "4";
  if (/draft-0?[67]/.test(id)) return "7";
  return /2019-09/.test(id) ? "2019-09" : "2020-12";
}
