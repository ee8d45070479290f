/** `normalize`: values laid over the `spec` of a custom resource, in memory only. */
import { coerceByLooks } from "../schema/coerce.ts";
import { isJsonObject, type Json, type JsonObject } from "../std/json.ts";
import type { Scope, TemplateEnvironment, TemplateValue } from "../template/template.ts";
import type { Program } from "./program.ts";
import { templateFault } from "./template-fault.ts";
import type { Value } from "./value.ts";

/**
 * The spec with every declared path set. Each template sees the custom resource as it is stored.
 * Text is read as YAML reads scalars; a value that renders empty leaves its field as it is.
 */
export function normalizeSpec(
  { normalize }: Pick<Program, "normalize">,
  scope: Scope,
  environment: TemplateEnvironment,
): Json | undefined {
  const stored = scope["spec"] as Json | undefined;
  let spec = stored;
  for (const [path, value] of normalize) {
    const rendered = renderField(path, value, { scope, environment });
    if (rendered === undefined || rendered === "") continue;
    const next = typeof rendered === "string" ? coerceByLooks(rendered) : rendered;
    spec = setPath(spec, path.replace(/^spec\./, "").split("."), next);
  }
  return spec;
}

function renderField(
  path: string,
  value: Value,
  { scope, environment }: { readonly scope: Scope; readonly environment: TemplateEnvironment },
): TemplateValue {
  try {
    return value.evaluate(scope, environment);
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    throw templateFault(`Cannot normalize "${path}"`, error);
  }
}

function setPath(target: Json | undefined, path: readonly string[], value: Json): Json {
  const [first, ...rest] = path;
  if (first === undefined) return value;
  const object: JsonObject = isJsonObject(target) ? target : {};
  const before = Object.hasOwn(object, first) ? object[first] : undefined;
  return { ...object, [first]: setPath(before, rest, value) };
}
