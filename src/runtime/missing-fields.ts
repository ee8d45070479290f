/**
 * Fields of the spec that a Katalog reads by its own CRD, and that the CRD in the cluster does not have: the API
 * server drops them from every custom resource, so what reads them finds nothing, for ever. Pure.
 */
import type { ResolvedCrd } from "../katalog/resolved.ts";
import { versionsOf } from "../schema/evolution.ts";
import type { JsonSchema } from "../schema/json-schema.ts";
import type { JsonObject } from "../std/json.ts";

/** Paths as in `spec.mail.host`, outermost only, sorted. */
export function missingFields(
  { crd, box, type }: Pick<ResolvedCrd, "crd" | "box" | "type">,
  live: JsonObject,
): readonly string[] {
  const [wanted, served] = [crd, live].map((one) => one && specOf(one, type.version));
  if (!wanted || !served) return [];
  const paths = absent(wanted, served, "spec");
  if (paths.length === 0) return [];
  const text = JSON.stringify(box);
  return paths.filter((path) => isRead(path, text)).sort();
}

function specOf(definition: JsonObject, version: string): JsonSchema | undefined {
  return versionsOf(definition).find(({ name }) => name === version)?.schema.properties?.["spec"];
}

function absent(wanted: JsonSchema, served: JsonSchema, path: string): readonly string[] {
  const isOpen = served["x-kubernetes-preserve-unknown-fields"] || served.additionalProperties;
  if (isOpen) return [];
  return Object.entries(wanted.properties ?? {}).flatMap(([name, schema]) => {
    const there = served.properties?.[name];
    return there ? absent(schema, there, `${path}.${name}`) : [`${path}.${name}`];
  });
}

/** In a template (`.spec.mail`) or as the field of a condition (`spec.mail`). */
function isRead(path: string, text: string): boolean {
  return new RegExp(`(?<![\\w.])\\.?${path.replaceAll(/[.$]/g, "\\$&")}(?!\\w)`).test(text);
}
