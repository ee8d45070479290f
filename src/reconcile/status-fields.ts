/**
 * `status.fields` → values. Entries run in order; for one path the last one whose conditions pass
 * wins. Templates see the status that was stored before, and the children as they are now.
 */

import type { KubeObject } from "../schema/object.ts";
import type { FieldValue } from "../status/status.ts";
import { statusOf } from "../status/status.ts";
import { getPath, type Json } from "../std/json.ts";
import type { Scope, TemplateEnvironment, TemplateValue } from "../template/template.ts";
import { ReconcileError } from "./error.ts";
import type { Program, StatusFieldProgram } from "./program.ts";

export interface StatusFieldOptions {
  readonly scope: Scope;
  readonly environment: TemplateEnvironment;
  readonly object: KubeObject;
  /** The pass failed: entries without conditions are left as they were. */
  readonly hasFailed: boolean;
}

export interface StatusFields {
  readonly values: readonly FieldValue[];
  readonly errors: readonly Error[];
}

export function evaluateStatusFields(
  { statusFields }: Pick<Program, "statusFields">,
  options: StatusFieldOptions,
): StatusFields {
  const values = new Map<string, FieldValue>();
  const errors: Error[] = [];
  for (const program of statusFields) {
    if (options.hasFailed && program.conditions.isEmpty) continue;
    const { path } = program.field;
    try {
      const result = evaluateField(program, options);
      if (result.kind === "set") values.set(path, { path, value: result.value });
      // An earlier entry for this path that passed is not cleared by a later one that does not.
      else if (result.kind === "clear" && !values.has(path))
        values.set(path, { path, value: undefined });
    } catch (error) {
      if (!(error instanceof Error)) throw error;
      errors.push(error);
    }
  }
  return { values: [...values.values()], errors };
}

type FieldResult =
  | { readonly kind: "set"; readonly value: Json | undefined }
  | { readonly kind: "clear" }
  | { readonly kind: "leave" };

function evaluateField(program: StatusFieldProgram, options: StatusFieldOptions): FieldResult {
  const { scope, environment, object } = options;
  const { field, value, conditions } = program;
  const verdict = conditions.evaluate(scope, environment);
  if (verdict.kind !== "true") {
    return { kind: verdict.kind === "false" && field.clearOnFalse ? "clear" : "leave" };
  }
  if (program.isRandom) {
    const stored = getPath(statusOf(object), field.path.split("."));
    if (stored !== undefined) return { kind: "set", value: stored };
  }
  return { kind: "set", value: typed(field, value.evaluate(scope, environment)) };
}

/** Without a `type` a value is text. Text that renders empty means "not set". */
function typed(
  { path, type }: StatusFieldProgram["field"],
  value: TemplateValue,
): Json | undefined {
  if (value === undefined || value === null || value === "") return undefined;
  if (type === "auto") return value;
  if (type === "string") return typeof value === "object" ? JSON.stringify(value) : String(value);
  const text = String(value).trim();
  const converted = convert(type, text);
  if (converted !== undefined) return converted;
  throw new ReconcileError(
    "value",
    `Cannot set "status.${path}": value is ${JSON.stringify(text)}, expected type ${type}`,
  );
}

function convert(type: "int" | "float" | "bool", text: string): Json | undefined {
  switch (type) {
    case "int": {
      const number = Number(text);
      return Number.isFinite(number) ? Math.trunc(number) : undefined;
    }
    case "float": {
      const number = Number(text);
      return Number.isFinite(number) ? number : undefined;
    }
    case "bool":
      return text === "true" || text === "false" ? text === "true" : undefined;
    default:
      return type satisfies never;
  }
}
