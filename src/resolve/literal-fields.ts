/**
 * What stands literally in the shape of Kubernetes, against the built-in schema of its kind: fields that
 * the schema does not have, and values that fit no reading of their type. Templates are not judged.
 *
 * An unknown field is a warning, since the tables are of one Kubernetes and a cluster may know more; a
 * value of another type is an error of every pass.
 */
import { describeJson } from "../katalog/validate.ts";
import { coerceText } from "../schema/coerce.ts";
import { nearQuantity } from "../schema/near-quantity.ts";
import type { SchemaNode } from "../schema/node.ts";
import { isJsonObject, type Json, type JsonObject, type PathSegment } from "../std/json.ts";
import { suggestLoosely } from "../std/suggest.ts";

export type LiteralFinding =
  | {
      readonly kind: "unknown-field";
      readonly path: readonly PathSegment[];
      readonly near?: string | undefined;
      readonly known: readonly string[];
    }
  | {
      readonly kind: "wrong-type";
      readonly path: readonly PathSegment[];
      /** What was found, in words. */
      readonly found: string;
      readonly expected: string;
      readonly near?: string | undefined;
    };

/** Everything of `value` that its schema does not fit, in the order of the document. */
export function literalFindings(value: Json, node: SchemaNode): readonly LiteralFinding[] {
  const findings: LiteralFinding[] = [];
  walk({ value, node, path: [] }, findings);
  return findings;
}

interface Place {
  readonly value: Json;
  readonly node: SchemaNode;
  readonly path: readonly PathSegment[];
}

function walk(place: Place, findings: LiteralFinding[]): void {
  const { value, node, path } = place;
  if (value === null || node.type === "any") return;
  if (Array.isArray(value)) {
    if (node.type !== "list") misfit(place, findings);
    else walkItems(value, { node: node.items, path }, findings);
  } else if (!isJsonObject(value)) walkScalar(place, findings);
  else if (node.type === "map") {
    for (const key of Object.keys(value)) {
      walk({ value: value[key] ?? null, node: node.values, path: [...path, key] }, findings);
    }
  } else if (node.type === "object") walkFields(value, { node, path }, findings);
  else misfit(place, findings);
}

function walkItems(
  items: readonly Json[],
  { node, path }: Omit<Place, "value">,
  findings: LiteralFinding[],
): void {
  for (const [index, item] of items.entries()) {
    walk({ value: item, node, path: [...path, index] }, findings);
  }
}

function walkFields(
  value: JsonObject,
  {
    node,
    path,
  }: {
    readonly node: Extract<SchemaNode, { type: "object" }>;
    readonly path: Place["path"];
  },
  findings: LiteralFinding[],
): void {
  const known = Object.keys(node.fields);
  // A structure of which the tables know no field may hold anything.
  if (known.length === 0) return;
  for (const key of Object.keys(value)) {
    const own = [...path, key];
    const field = Object.hasOwn(node.fields, key) ? node.fields[key] : undefined;
    if (field) walk({ value: value[key] ?? null, node: field, path: own }, findings);
    else if (!node.open && !key.includes("{{")) {
      const near = suggestLoosely(key, known);
      findings.push({ kind: "unknown-field", path: own, near, known });
    }
  }
}

function walkScalar({ value, node, path }: Place, findings: LiteralFinding[]): void {
  const text = String(value);
  if (text.includes("{{")) return;
  // Where text is wanted, a number is its text.
  const read = coerceText(text, node);
  if (read.kind !== "failed") return;
  const near = node.type === "quantity" ? nearQuantity(text) : undefined;
  const { expected } = read;
  findings.push({ kind: "wrong-type", path, found: describeJson(value), expected, near });
}

function misfit({ value, node, path }: Place, findings: LiteralFinding[]): void {
  const expected =
    node.type === "list"
      ? "a list"
      : node.type === "object" || node.type === "map"
        ? "a mapping"
        : "one value";
  findings.push({ kind: "wrong-type", path, found: describeJson(value), expected });
}
