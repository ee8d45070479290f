/**
 * Validates a custom resource against the schema of its definition, in the words of the API
 * server: all violations at once. CEL rules (`x-kubernetes-validations`) are not decided here: the
 * caller that has an engine for them adds its own.
 */
import { isDeepEqual, isJsonObject, type Json, type JsonObject } from "../std/json.ts";
import { compileRegex, type LinearRegex, RegexError } from "../std/regex.ts";
import {
  type FieldError,
  invalidError,
  requiredError,
  tooLongError,
  tooManyError,
  typeError,
  unsupportedError,
} from "./field-error.ts";
import { hasFormat } from "./formats.ts";
import type { JsonSchema } from "./json-schema.ts";
import { validateLists } from "./validate-lists.ts";

/** One schema, its patterns compiled once. */
export interface SchemaValidator {
  /** Every violation in `value`, none when it is valid. */
  validate(value: Json): readonly FieldError[];
}

/** A validator for `schema`. Patterns are compiled when first met; one that is no RE2 never matches. */
export function schemaValidator(schema: JsonSchema): SchemaValidator {
  const patterns = new Map<string, LinearRegex | RegexError>();
  function patternOf(source: string): LinearRegex | RegexError {
    const known = patterns.get(source);
    if (known) return known;
    const compiled = tryCompile(source);
    patterns.set(source, compiled);
    return compiled;
  }
  return {
    validate(value) {
      const errors: FieldError[] = [];
      check({ value, schema, path: "" }, { errors, patternOf });
      if (isJsonObject(value)) validateLists({ value, schema, path: "" }, errors);
      return errors;
    },
  };
}

interface Place {
  readonly value: Json;
  readonly schema: JsonSchema;
  readonly path: string;
}

interface Check {
  readonly errors: FieldError[];
  readonly patternOf: (source: string) => LinearRegex | RegexError;
}

/** Where the server keeps its own name for the body of a request in every message. */
const IN = "in body";

function check(place: Place, to: Check): void {
  const { value } = place;
  if (value === null) {
    checkNull(place, to);
    return;
  }
  checkType(place, to);
  checkComposition(place, to);
  if (typeof value === "string") checkText({ ...place, value }, to);
  else if (typeof value === "number") checkNumber({ ...place, value }, to);
  else if (Array.isArray(value)) checkItems({ ...place, value }, to);
  checkEnum(place, to);
  if (isJsonObject(value)) checkMembers({ ...place, value }, to);
}

function checkNull(place: Place, to: Check): void {
  const types = typesOf(place.schema);
  if (types.length > 0 && place.schema.nullable !== true) {
    const detail = `${place.path} ${IN} must be of type ${types.join(",")}: "null"`;
    to.errors.push(typeError(place.path, "null", detail));
  }
  checkEnum(place, to);
}

function checkType({ value, schema, path }: Place, to: Check): void {
  const types = typesOf(schema);
  if (types.length === 0) return;
  const actual = typeName(value);
  if (types.includes(actual)) return;
  if (typeof value === "number" && (types.includes("number") || isInteger(value, types))) return;
  const detail = `${path} ${IN} must be of type ${types.join(",")}: "${actual}"`;
  to.errors.push(typeError(path, actual, detail));
}

function isInteger(value: number, types: readonly string[]): boolean {
  return types.includes("integer") && Number.isInteger(value);
}

function typesOf(schema: JsonSchema): readonly string[] {
  if (schema["x-kubernetes-int-or-string"]) return ["integer", "string"];
  return schema.type === undefined || schema.type === "" ? [] : [schema.type];
}

function typeName(value: Json): string {
  if (value === null) return "null";
  if (Array.isArray(value)) return "array";
  if (typeof value === "number") return Number.isInteger(value) ? "integer" : "number";
  return typeof value;
}

function checkText(place: Place & { readonly value: string }, to: Check): void {
  const { value, schema, path } = place;
  const length = [...value].length;
  if (schema.maxLength !== undefined && length > schema.maxLength) {
    to.errors.push(tooLongError(path, schema.maxLength));
  } else if (schema.minLength !== undefined && length < schema.minLength) {
    const detail = `${path} ${IN} should be at least ${schema.minLength} chars long`;
    to.errors.push(invalidError(path, value, detail));
  } else if (schema.pattern) {
    checkPattern({ value, path, source: schema.pattern }, to);
  }
  if (schema.format && !hasFormat(value, schema.format)) {
    const detail = `${path} ${IN} must be of type ${schema.format}: ${JSON.stringify(value)}`;
    to.errors.push(typeError(path, value, detail));
  }
}

function checkPattern(
  text: { readonly value: string; readonly path: string; readonly source: string },
  to: Check,
): void {
  const compiled = to.patternOf(text.source);
  const isBroken = compiled instanceof RegexError;
  if (!isBroken && compiled.test(text.value)) return;
  const shown = isBroken
    ? `${text.source}, but pattern is invalid: ${compiled.reason}`
    : text.source;
  const detail = `${text.path} ${IN} should match '${shown}'`;
  to.errors.push(invalidError(text.path, text.value, detail));
}

function tryCompile(source: string): LinearRegex | RegexError {
  try {
    return compileRegex(source);
  } catch (error) {
    if (error instanceof RegexError) return error;
    throw error;
  }
}

function checkNumber(place: Place & { readonly value: number }, to: Check): void {
  const { value, schema, path } = place;
  for (const detail of numberProblems(value, schema)) {
    to.errors.push(invalidError(path, value, `${path} ${IN} should be ${detail}`));
  }
  if (schema.type === "integer" && !isOfIntegerFormat(value, schema.format)) {
    const format = schema.format === "int32" ? "with format int32" : "(default format)";
    const detail = `Checked value must be of type integer ${format} in ${path}`;
    to.errors.push(invalidError("<nil>", "", detail));
  }
}

function numberProblems(value: number, schema: JsonSchema): readonly string[] {
  const { multipleOf, minimum, maximum, exclusiveMinimum, exclusiveMaximum } = schema;
  const problems: string[] = [];
  if (multipleOf !== undefined && !isMultiple(value, multipleOf)) {
    problems.push(`a multiple of ${multipleOf}`);
  }
  if (minimum !== undefined && (value < minimum || (exclusiveMinimum && value === minimum))) {
    problems.push(`greater than ${exclusiveMinimum ? "" : "or equal to "}${minimum}`);
  }
  if (maximum !== undefined && (value > maximum || (exclusiveMaximum && value === maximum))) {
    problems.push(`less than ${exclusiveMaximum ? "" : "or equal to "}${maximum}`);
  }
  return problems;
}

function isOfIntegerFormat(value: number, format: string | undefined): boolean {
  const isInRange = format !== "int32" || (value >= -(2 ** 31) && value < 2 ** 31);
  return Number.isInteger(value) && isInRange;
}

/** 0.3 is a multiple of 0.1 for people and for the server, though not for binary fractions. */
function isMultiple(value: number, factor: number): boolean {
  const quotient = value / factor;
  return Math.abs(quotient - Math.round(quotient)) < 1e-9 * Math.max(1, Math.abs(quotient));
}

function checkEnum({ value, schema, path }: Place, to: Check): void {
  if (!schema.enum || schema.enum.some((allowed) => isDeepEqual(allowed, value))) return;
  if (value === null && schema.nullable === true && schema.enum.length === 0) return;
  to.errors.push(unsupportedError(path, value ?? "", schema.enum));
}

function checkItems(place: Place & { readonly value: readonly Json[] }, to: Check): void {
  const { value, schema, path } = place;
  if (schema.items) {
    for (const [index, item] of value.entries()) {
      check({ value: item, schema: schema.items, path: `${path}[${index}]` }, to);
    }
  }
  if (schema.minItems !== undefined && value.length < schema.minItems) {
    const detail = `${path} ${IN} should have at least ${schema.minItems} items`;
    to.errors.push(invalidError(path, value.length, detail));
  }
  if (schema.maxItems !== undefined && value.length > schema.maxItems) {
    to.errors.push(tooManyError(path, value.length, schema.maxItems));
  }
  if (schema.uniqueItems === true && hasTwins(value)) {
    to.errors.push(invalidError(path, "", `${path} ${IN} shouldn't contain duplicates`));
  }
}

function hasTwins(items: readonly Json[]): boolean {
  return items.some((item, index) => items.slice(0, index).some((one) => isDeepEqual(item, one)));
}

function checkMembers(place: Place & { readonly value: JsonObject }, to: Check): void {
  const { value, schema, path } = place;
  const keys = Object.keys(value).filter((key) => value[key] !== undefined);
  if (schema.minProperties !== undefined && keys.length < schema.minProperties) {
    const detail = `${path} ${IN} should have at least ${schema.minProperties} properties`;
    to.errors.push(invalidError(path, keys.length, detail));
  }
  if (schema.maxProperties !== undefined && keys.length > schema.maxProperties) {
    to.errors.push(tooManyError(path, keys.length, schema.maxProperties));
  }
  for (const key of keys) checkMember(place, key, to);
  for (const name of schema.required ?? []) {
    if (!Object.hasOwn(value, name)) to.errors.push(requiredError(childPath(path, name)));
  }
}

function checkMember(place: Place & { readonly value: JsonObject }, key: string, to: Check): void {
  const { schema, path } = place;
  const value = place.value[key] ?? null;
  const property =
    schema.properties && Object.hasOwn(schema.properties, key) ? schema.properties[key] : undefined;
  const additional = schema.additionalProperties;
  if (property) check({ value, schema: property, path: childPath(path, key) }, to);
  else if (additional === false) {
    const detail = `${path}.${key} ${IN} is a forbidden property`;
    to.errors.push(invalidError(path, key, detail));
  } else if (additional && additional !== true) {
    check({ value, schema: additional, path: childPath(path, key) }, to);
  }
}

/** Dots in keys are not marked: the server writes `metadata.labels.a.b/c` here. */
function childPath(path: string, key: string): string {
  return path === "" ? key : `${path}.${key}`;
}

/** `allOf`, `anyOf`, `oneOf`, `not`. The summary names no field, which prints as `<nil>`. */
function checkComposition(place: Place, to: Check): void {
  const { anyOf, oneOf, allOf, not } = place.schema;
  const attempt = (branch: JsonSchema) => violations({ ...place, schema: branch }, to);
  const found = [
    ...(anyOf ? anyOfProblems(anyOf.map(attempt)) : []),
    ...(oneOf ? oneOfProblems(oneOf.map(attempt)) : []),
    ...(allOf ? allOfProblems(allOf.map(attempt)) : []),
    ...(not && attempt(not).length === 0 ? ["not validate the schema (not)"] : []),
  ];
  for (const problem of found) {
    const isSummary = typeof problem === "string";
    const detail = `"${place.path}" must ${problem}`;
    to.errors.push(isSummary ? invalidError("<nil>", "", detail) : problem);
  }
}

type Branches = readonly (readonly FieldError[])[];
/** A summary, which still lacks its path, or an error of a branch. */
type Problem = string | FieldError;

function anyOfProblems(results: Branches): readonly Problem[] {
  if (results.some((result) => result.length === 0)) return [];
  return ["validate at least one schema (anyOf)", ...nearest(results)];
}

function oneOfProblems(results: Branches): readonly Problem[] {
  const valid = results.filter((result) => result.length === 0).length;
  if (valid === 1) return [];
  const found = valid === 0 ? "Found none valid" : `Found ${valid} valid alternatives`;
  const summary = `validate one and only one schema (oneOf). ${found}`;
  return [summary, ...(valid === 0 ? nearest(results) : [])];
}

function allOfProblems(results: Branches): readonly Problem[] {
  const failed = results.filter((result) => result.length > 0).length;
  if (failed === 0) return [];
  const all = failed === results.length ? ". None validated" : "";
  return [...results.flat(), `validate all the schemas (allOf)${all}`];
}

function violations(place: Place, to: Check): readonly FieldError[] {
  const errors: FieldError[] = [];
  check(place, { ...to, errors });
  return errors;
}

/** Of several failed alternatives, the errors of the one that came closest. */
function nearest(results: readonly (readonly FieldError[])[]): readonly FieldError[] {
  return results.reduce(
    (best, next) => (next.length < best.length ? next : best),
    results[0] ?? [],
  );
}
