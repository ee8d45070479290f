/**
 * YAML text → values as Helm reads them (go-yaml v2 on its way through JSON): YAML 1.1's booleans,
 * the last of two equal keys, all numbers `float64`. Only the first document is read.
 */
import type { Issue } from "../std/issue.ts";
import type { JsonObject } from "../std/json.ts";
import { parseYaml } from "../std/yaml.ts";
import type { YamlNode } from "../std/yaml-node.ts";
import { float64, GoNumber, isGoObject } from "../template/go-object.ts";
import type { TemplateValue } from "../template/template.ts";
import { asMapValue, isMap, mapOf } from "./go-map.ts";
import { resolvePlain, Timestamp } from "./yaml-scalar.ts";

export type YamlResult =
  | { readonly kind: "read"; readonly documents: readonly TemplateValue[] }
  | { readonly kind: "failed"; readonly issues: readonly Issue[] };

/** All documents that hold anything. */
export function readYaml(text: string, file: string): YamlResult {
  const parsed = parseYaml(text, { file, duplicateKeys: "last", limits: { documents: 100_000 } });
  const errors = parsed.issues.filter(({ severity }) => severity === "error");
  if (errors.length > 0) return { kind: "failed", issues: errors };
  return { kind: "read", documents: parsed.documents.map(valueIn) };
}

function valueIn(node: YamlNode): TemplateValue {
  switch (node.kind) {
    case "scalar":
      return node.isPlain && !isTaggedText(node) ? plainValue(node.text) : node.text;
    case "list":
      return node.items.map((item) => valueIn(item) as never);
    case "map":
      return asMapValue(
        mapOf([...node.entries].map(([key, { value }]) => [keyText(key), valueIn(value)] as const)),
      );
    default:
      return node satisfies never;
  }
}

/** `!!str 12`: plain, but the parser was told that it is text. */
function isTaggedText({
  value,
  text,
}: {
  readonly value: unknown;
  readonly text: string;
}): boolean {
  return typeof value === "string" && /^(?:[-+]?\d+(?:\.\d+)?|true|false|null)$/.test(text);
}

function plainValue(text: string): TemplateValue {
  const value: unknown = resolvePlain(text, "v2");
  if (value instanceof Timestamp) return text;
  return value as TemplateValue;
}

/** Keys of other types become the text of their value. */
function keyText(key: string): string {
  const value: unknown = resolvePlain(key, "v2");
  if (typeof value === "boolean") return String(value);
  if (value instanceof GoNumber) return String(value.value);
  return key;
}

/** JSON from elsewhere (the values of a Komposer) as Helm would have read it from a file. */
export function fromJsonValue(value: unknown): TemplateValue {
  if (typeof value === "number") return float64(value);
  if (Array.isArray(value)) return value.map((item) => fromJsonValue(item) as never);
  if (!isMap(value)) return (value ?? null) as TemplateValue;
  return asMapValue(
    mapOf(Object.entries(value).map(([key, item]) => [key, fromJsonValue(item)] as const)),
  );
}

/** The other way: plain JSON, for a schema to look at. */
export function toPlainJson(value: TemplateValue): unknown {
  if (value instanceof GoNumber) return value.value;
  if (isGoObject(value)) return toPlainJson(value.plain());
  if (Array.isArray(value)) return value.map(toPlainJson);
  if (!isMap(value)) return value ?? null;
  return mapOf(
    Object.entries(value).map(([key, item]) => [key, toPlainJson(item) as TemplateValue] as const),
  ) as JsonObject;
}
