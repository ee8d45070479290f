/**
 * The left side of a condition, and its operand: a bare path, a template or a literal, compiled
 * once. A template that does not compile is a warning, and the condition is unknown.
 */
import type { Issue, SourcePosition } from "../std/issue.ts";
import { isJsonObject, type Json, type PathSegment } from "../std/json.ts";
import { suggest } from "../std/suggest.ts";
import { compileTemplate } from "../template/compile.ts";
import type {
  Dialect,
  Scope,
  TemplateEnvironment,
  TemplateReference,
  TemplateValue,
} from "../template/template.ts";
import { parsePath, readPath } from "./path.ts";

export interface ConditionOptions {
  readonly dialect: Dialect;
  /** Roots beside the usual ones: `item`, the `as` of a `forEach`, `index`, `value`. */
  readonly extraRoots?: readonly string[];
  /** Where the block with `when` and `or` stands; issues carry it. */
  readonly path?: readonly PathSegment[];
  /** Position of the block, where no better one is known. */
  readonly position?: SourcePosition;
  /** A validation rule: `notIn`, `notContains`, `notPrefix`, `notSuffix` fail on a missing field. */
  readonly isRule?: boolean;
}

/** Something that a condition reads. `undefined` for what did not compile. */
export interface Reading {
  /** Does not depend on the scope. */
  readonly isConstant: boolean;
  read(scope: Scope, environment: TemplateEnvironment): TemplateValue;
}

/** Collects what compiling finds. */
export interface Findings {
  readonly issues: Issue[];
  readonly references: TemplateReference[];
}

/** `spec.x` or a template. */
export function compileSubject(
  field: string,
  options: ConditionOptions,
  findings: Findings,
): Reading | undefined {
  if (field.includes("{{")) return compileText(field, options, findings);
  const path = parsePath(field.trim());
  if (!path) {
    const message = `Field "${field}" is neither a path nor a template`;
    report(findings, options, { code: "bad-field", severity: "error", message });
    return undefined;
  }
  checkRoot(path, options, findings);
  findings.references.push({ path });
  return { isConstant: false, read: (scope) => readPath(scope, path) };
}

/** A literal, a template, or a list or map with templates in it. */
export function compileOperand(
  operand: Json | undefined,
  options: ConditionOptions,
  findings: Findings,
): Reading | undefined {
  if (typeof operand === "string" && operand.includes("{{")) {
    return compileText(operand, options, findings);
  }
  if (Array.isArray(operand)) return compileList(operand, options, findings);
  if (isJsonObject(operand)) return compileMap(operand, options, findings);
  return { isConstant: true, read: () => operand };
}

function compileText(
  source: string,
  options: ConditionOptions,
  findings: Findings,
): Reading | undefined {
  const { dialect, extraRoots, position } = options;
  const result = compileTemplate(source, {
    dialect,
    ...(extraRoots && { extraRoots }),
    ...(position && { position }),
  });
  for (const issue of result.issues) {
    const path = options.path ? { path: options.path } : {};
    findings.issues.push({ ...issue, severity: "warning", ...path });
  }
  if (result.kind === "failed") return undefined;
  const { template } = result;
  for (const reference of template.references) findings.references.push(reference);
  return {
    isConstant: template.isLiteral,
    read: (scope, environment) => template.value(scope, environment),
  };
}

function compileList(
  list: readonly Json[],
  options: ConditionOptions,
  findings: Findings,
): Reading | undefined {
  const items = allOrNone(list.map((item) => compileOperand(item, options, findings)));
  if (!items) return undefined;
  if (items.every((item) => item.isConstant)) return { isConstant: true, read: () => list };
  return {
    isConstant: false,
    read(scope, environment) {
      const values = items.map((item) => item.read(scope, environment) ?? null);
      const [only] = values;
      // A list of exactly one template that yields a list is that list.
      return values.length === 1 && Array.isArray(only) ? only : values;
    },
  };
}

function compileMap(
  map: Readonly<Record<string, Json | undefined>>,
  options: ConditionOptions,
  findings: Findings,
): Reading | undefined {
  const keys = Object.keys(map);
  const values = allOrNone(keys.map((key) => compileOperand(map[key], options, findings)));
  if (!values) return undefined;
  return {
    isConstant: values.every((value) => value.isConstant),
    read: (scope, environment) =>
      Object.fromEntries(keys.map((key, index) => [key, values[index]?.read(scope, environment)])),
  };
}

function allOrNone(readings: readonly (Reading | undefined)[]): readonly Reading[] | undefined {
  const there = readings.filter((reading) => reading !== undefined);
  return there.length === readings.length ? there : undefined;
}

function checkRoot(path: readonly string[], options: ConditionOptions, findings: Findings): void {
  const { roots } = options.dialect;
  const [root = ""] = path;
  if (!roots || roots.has(root) || options.extraRoots?.includes(root)) return;
  const near = suggest(root, [...roots, ...(options.extraRoots ?? [])]);
  const hint = near === undefined ? {} : { hint: `Did you mean "${near}"?` };
  const message = `Unknown context root "${root}" in a condition`;
  report(findings, options, { code: "unknown-root", severity: "warning", message, ...hint });
}

export function report(findings: Findings, options: ConditionOptions, issue: Issue): void {
  const { path, position } = options;
  findings.issues.push({ ...issue, ...(path && { path }), ...(position && { position }) });
}
