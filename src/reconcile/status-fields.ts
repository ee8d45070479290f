/**
 * `status.fields` → values. Entries run in order; for one path the last one whose conditions pass
 * wins. Templates see the status that was stored before, and the children as they are now.
 */

import { coerceMessage, coerceTree } from "../schema/coerce.ts";
import { memberNode } from "../schema/equality.ts";
import type { SchemaNode } from "../schema/node.ts";
import type { KubeObject } from "../schema/object.ts";
import { isTextual } from "../schema/typed.ts";
import type { FieldValue } from "../status/status.ts";
import { statusOf } from "../status/status.ts";
import { getPath, type Json } from "../std/json.ts";
import type { Scope, TemplateEnvironment, TemplateValue } from "../template/template.ts";
import { ReconcileError } from "./error.ts";
import type { Program, StatusFieldProgram } from "./program.ts";
import { templateFault } from "./template-fault.ts";

export interface StatusFieldOptions {
  readonly scope: Scope;
  readonly environment: TemplateEnvironment;
  readonly object: KubeObject;
  /** Of the custom resource's kind, where it is known. */
  readonly schema?: SchemaNode | undefined;
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
      errors.push(templateFault(`Cannot set "status.${path}"`, error, program.position));
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
  const { field, segments, value, conditions } = program;
  const verdict = conditions.evaluate(scope, environment);
  if (verdict.kind !== "true") {
    return { kind: verdict.kind === "false" && field.clearOnFalse ? "clear" : "leave" };
  }
  if (program.isRandom) {
    const stored = getPath(statusOf(object), segments);
    if (stored !== undefined) return { kind: "set", value: stored };
  }
  const node = nodeOf(options.schema, segments);
  return { kind: "set", value: typed(field, value.evaluate(scope, environment), node) };
}

/**
 * Without a `type` a value is text, unless the kind's schema wants another type there: text would be
 * refused, and the custom resource with it. Text that renders empty means "not set".
 */
function typed(
  { path, type }: StatusFieldProgram["field"],
  value: TemplateValue,
  node: SchemaNode | undefined,
): Json | undefined {
  if (value === undefined || value === null || value === "") return undefined;
  if (type === "auto") return value;
  if (type === "string") {
    if (node && node.type !== "any" && !isTextual(node)) return typedBySchema(path, value, node);
    return typeof value === "object" ? JSON.stringify(value) : String(value);
  }
  const text = String(value).trim();
  const converted = convert(type, text);
  if (converted !== undefined) return converted;
  throw new ReconcileError(
    "value",
    `Cannot set "status.${path}": value is ${JSON.stringify(text)}, expected type ${type}`,
  );
}

function typedBySchema(path: string, value: Json, node: SchemaNode): Json | undefined {
  const { value: fitting, errors } = coerceTree(value, node);
  const [error] = errors;
  if (!error) return fitting;
  const place = error.path === "" ? `status.${path}` : `status.${path}.${error.path}`;
  throw new ReconcileError("value", coerceMessage({ ...error, path: place }));
}

/** The type of the field of the status at `path`. */
function nodeOf(schema: SchemaNode | undefined, path: readonly string[]): SchemaNode | undefined {
  let node = schema && memberNode(schema, "status");
  for (const key of path) node &&= memberNode(node, key);
  return node;
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
