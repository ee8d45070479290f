/**
 * What the API server would refuse of children, as far as it stands literally in the Katalog: names,
 * label values, quantities, built-in kinds that there are none of, and fields that they do not have.
 */
import { makingEntriesOf } from "../katalog/box-entries.ts";
import type { ChildEntry, ResolvedCrd } from "../katalog/resolved.ts";
import { builtinKind } from "../schema/builtin.ts";
import type { SchemaNode } from "../schema/node.ts";
import {
  isLabelValue,
  LABEL_VALUE_WORDS,
  longestName,
  nameProblem,
  nameRule,
  strangeCharacters,
} from "../schema/object-name.ts";
import { isJsonObject, type Json, type JsonObject, type PathSegment } from "../std/json.ts";
import { entryPath } from "./child-path.ts";
import { typeOfEntry } from "./child-type.ts";
import type { EntryScope } from "./entry.ts";
import { type KindName, KnownKinds, type StrangeKind } from "./known-kinds.ts";
import { type LiteralFinding, literalFindings } from "./literal-fields.ts";

/** Reports on every entry that makes something. */
export function checkChildLiterals(scope: EntryScope, { box }: ResolvedCrd): void {
  const kinds = new KnownKinds();
  for (const child of makingEntriesOf(box)) {
    const type = typeOfEntry(child);
    const isLiteral = child.key !== "custom" || saysKind(child);
    if (isLiteral) checkName(scope, child, type);
    checkLabels(scope, child);
    const schema = isLiteral ? builtinKind(type.apiVersion, type.kind)?.schema : undefined;
    if (schema) checkFields(scope, child, schema);
    else if (isLiteral && child.key === "custom") checkKind(scope, child, kinds.judge(type));
  }
}

/** In plain words; that one is missing is told elsewhere. */
function saysKind({ fields }: ChildEntry): boolean {
  const said = [fields["apiVersion"], fields["kind"]];
  return said.every((one) => typeof one === "string" && !one.includes("{{"));
}

/** Actions whose text may not be there in the end. */
const BRANCHES = /\{\{-?\s*(?:if|else|range|with|define|block)\b/;

function checkName(scope: EntryScope, { id, name }: ChildEntry, type: KindName): void {
  if (name === undefined || BRANCHES.test(name)) return;
  const rule = nameRule(type);
  const at = placeOf(scope, id, "name");
  if (!name.includes("{{")) {
    const problem = nameProblem(name, rule);
    if (!problem) return;
    const message = `Cannot name a ${type.kind} "${name}" in ${id}: expected ${problem.expected}`;
    const hint = problem.near && `Did you mean "${problem.near}"?`;
    scope.report({ code: "bad-object-name", message, hint }, at);
    return;
  }
  const literal = name.replaceAll(/\{\{.*?\}\}/gs, "");
  // An action without its end is told where templates are read.
  if (literal.includes("{{")) return;
  const longest = longestName(rule);
  if (literal.trim().length > longest) {
    const message = `Cannot name a ${type.kind} "${name}" in ${id}: its text between the templates has ${literal.trim().length} characters, and a whole name of that kind ${longest} at most`;
    scope.report({ code: "bad-object-name", message, hint: "Take a shorter one" }, at);
    return;
  }
  const strange = strangeCharacters(literal, rule);
  if (strange.length === 0) return;
  const shown = strange.map((one) => `"${one}"`).join(", ");
  const message = `Cannot name a ${type.kind} "${name}" in ${id}: no name of that kind may hold ${shown}`;
  const hint = 'Take lower-case letters, digits and "-" between the templates';
  scope.report({ code: "bad-object-name", message, hint }, at);
}

function checkLabels(scope: EntryScope, { id, labels }: ChildEntry): void {
  for (const [key, value] of Object.entries(labels)) {
    const text = String(value);
    // That one is no text is told with the fields.
    if (typeof value === "object" || text.includes("{{") || isLabelValue(text)) continue;
    const message = `Cannot use "${text}" as the value of the label "${key}" in ${id}: expected ${LABEL_VALUE_WORDS}`;
    const hint = "What holds anything is an annotation";
    const path = placeOf(scope, id, "labels");
    scope.report({ code: "bad-label", message, hint }, [...path, key]);
  }
}

/** In the entry itself, or in the `metadata` of a whole object. */
function placeOf(scope: EntryScope, id: string, key: string): readonly PathSegment[] {
  const own = [...entryPath(id), key];
  return scope.node(own) ? own : [...entryPath(id), "metadata", key];
}

function checkKind(scope: EntryScope, { id }: ChildEntry, strange: StrangeKind | undefined): void {
  if (!strange) return;
  const message = `Unknown ${strange.what} in ${id}: ${strange.found}`;
  const hint = strange.near && `Did you mean "${strange.near}"?`;
  const issue = { code: "unknown-kind", severity: "warning", message, hint } as const;
  scope.report(issue, [...entryPath(id), strange.key]);
}

/** What a shorthand hands on to Kubernetes as it is: below the spec of its pods, or of their container. */
const HANDED_ON: Readonly<Record<string, readonly string[]>> = {
  volumes: ["volumes"],
  podSecurity: ["securityContext"],
  volumeMounts: ["containers", "*", "volumeMounts"],
  resources: ["containers", "*", "resources"],
  securityContext: ["containers", "*", "securityContext"],
};

function checkFields(scope: EntryScope, child: ChildEntry, schema: SchemaNode): void {
  const { id, fields, patch } = child;
  if (patch) report(scope, child, { value: patch, node: schema, path: ["patch"] });
  if (child.key === "custom") {
    const { apiVersion: _, kind: __, metadata: ___, hasStatus: ____, ...body } = fields;
    report(scope, child, { value: body, node: schema, path: [] });
    return;
  }
  for (const [field, steps] of Object.entries(HANDED_ON)) {
    const value = fields[field];
    if (value === undefined || hasProfile(value)) continue;
    const node = nodeBelow(schema, ["spec", "template", "spec", ...steps]);
    // A field of another name is not that of a pod.
    if (node && scope.node([...entryPath(id), field])) {
      report(scope, child, { value, node, path: [field] });
    }
  }
}

function hasProfile(value: Json): boolean {
  return typeof value === "string" || (isJsonObject(value) && value["profile"] !== undefined);
}

function nodeBelow(schema: SchemaNode, steps: readonly string[]): SchemaNode | undefined {
  let node: SchemaNode | undefined = schema;
  for (const step of steps) {
    if (node?.type === "list") node = node.items;
    else node = node?.type === "object" ? node.fields[step] : undefined;
  }
  return node;
}

interface Part {
  readonly value: JsonObject | Json;
  readonly node: SchemaNode;
  /** Inside the entry. */
  readonly path: readonly PathSegment[];
}

function report(scope: EntryScope, child: ChildEntry, { value, node, path }: Part): void {
  for (const finding of literalFindings(value, node)) {
    reportFinding(scope, child, { ...finding, path: [...path, ...finding.path] });
  }
}

function reportFinding(scope: EntryScope, child: ChildEntry, finding: LiteralFinding): void {
  const path = [...entryPath(child.id), ...finding.path];
  const hint = finding.near && `Did you mean "${finding.near}"?`;
  const where = finding.path.reduce<string>(
    (text, step) => (typeof step === "number" ? `${text}[${step}]` : `${text}.${step}`),
    child.id,
  );
  if (finding.kind === "wrong-type") {
    const message = `Cannot use ${where}: found ${finding.found}, expected ${finding.expected}`;
    scope.report({ code: "wrong-type", message, hint }, path);
    return;
  }
  const { kind, apiVersion } = typeOfEntry(child);
  const known = `Known there: ${finding.known.slice(0, MAX_LISTED).join(", ")}${finding.known.length > MAX_LISTED ? " …" : ""}`;
  const message = `Unknown field "${finding.path.at(-1)}" in ${where.slice(0, where.lastIndexOf("."))}: a ${kind} (${apiVersion}) has none there`;
  const at = scope.position(path, "key");
  const issue = { code: "unknown-field", severity: "warning", message, at } as const;
  scope.report({ ...issue, hint: hint ?? known }, path);
}

/** More names than this help nobody. */
const MAX_LISTED = 12;
