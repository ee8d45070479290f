/**
 * Schema → issues: runs the document's schema over the canonical tree and tells everything that
 * does not fit, each with the place where the user wrote it.
 */
import * as v from "valibot";
import type { Issue } from "../std/issue.ts";
import { isDeepEqual, type PathSegment } from "../std/json.ts";
import { suggest } from "../std/suggest.ts";
import { nodeAt, positionOf, type YamlNode, YamlScalar } from "../std/yaml-node.ts";
import { type KatalogDocument, katalogDocument } from "./document.ts";
import { isTreeMap, type Reads, toTree } from "./fields.ts";
import { homeHint } from "./homes.ts";
import { furtherKeys, isOffered } from "./known-keys.ts";
import type { NormalisedDocument } from "./normalise.ts";

export interface Validated<T = KatalogDocument> {
  /** Absent when too little fits. Beside issues: what is left without the parts that do not fit. */
  readonly document?: T;
  readonly issues: readonly Issue[];
  /** Canonical paths of what is missing from `document`; a misspelt key as it was meant. */
  readonly refused: readonly (readonly PathSegment[])[];
}

export function validate(source: NormalisedDocument): Validated {
  return validateAs(katalogDocument, source);
}

/** The same for any schema over the tree. */
export function validateAs<T>(schema: Reads<T>, source: NormalisedDocument): Validated<T> {
  const result = v.safeParse(schema, toTree(source.root));
  if (result.success) return { document: result.output, issues: [], refused: [] };
  const told = result.issues.slice(0, MAX_ISSUES);
  if (result.issues.length > told.length) return tooMany(told, result.issues.length, source);
  const found = told.map((issue) => toFinding(issue, source));
  const refused = found.map((finding) => finding.meant);
  // A misspelt key that must be there is one mistake, not two.
  const kept = found.filter(
    ({ issue, meant }) =>
      issue.code !== "missing-key" ||
      !found.some((other) => other.issue !== issue && isDeepEqual(other.meant, meant)),
  );
  const rest = found.reduce((root, { dropped }) => without(root, dropped), source.root);
  const again = v.safeParse(schema, toTree(rest));
  return {
    ...(again.success && { document: again.output }),
    issues: kept.map(({ issue }) => issue),
    refused,
  };
}

/** Of one document; whoever has more has another problem, and nobody reads them all. */
const MAX_ISSUES = 200;

function tooMany(
  told: readonly v.BaseIssue<unknown>[],
  count: number,
  source: NormalisedDocument,
): Validated<never> {
  const message = `The document has ${count} problems: the first ${told.length} are told`;
  const more: Issue = {
    code: "too-many-issues",
    severity: "error",
    message,
    position: source.root.position,
  };
  return { issues: [...told.map((issue) => toIssue(issue, source)), more], refused: [] };
}

interface Finding {
  readonly issue: Issue;
  /** Canonical path of the setting that is missing now. */
  readonly meant: readonly PathSegment[];
  /** Canonical path of what must go for the rest to fit. */
  readonly dropped: readonly PathSegment[];
}

function toFinding(raw: v.BaseIssue<unknown>, source: NormalisedDocument): Finding {
  const path = (raw.path ?? []).map((item) => item.key as PathSegment);
  const issue = toIssue(raw, source);
  const block = path.slice(0, -1);
  const isAbsent = issue.code === "missing-key" || issue.code === "empty-value";
  if (isAbsent) return { issue, meant: path, dropped: block };
  if (issue.code !== "unknown-key") return { issue, meant: path, dropped: path };
  const near = suggest(String(path.at(-1)), knownKeys(raw, block));
  return { issue, meant: near === undefined ? path : [...block, near], dropped: path };
}

/**
 * The tree without the node at `path`. A list ends before it, so that the items that stay keep
 * their numbers.
 */
function without(node: YamlNode, path: readonly PathSegment[]): YamlNode {
  const [step, ...rest] = path;
  if (step === undefined || node.kind === "scalar") return node;
  if (node.kind === "list") {
    const index = Number(step);
    const item = node.items[index];
    if (!item || rest.length === 0) return { ...node, items: node.items.slice(0, index) };
    return { ...node, items: node.items.with(index, without(item, rest)) };
  }
  const entry = node.entries.get(String(step));
  if (!entry) return node;
  const entries = new Map(node.entries);
  if (rest.length === 0) entries.delete(String(step));
  else entries.set(String(step), { ...entry, value: without(entry.value, rest) });
  return { ...node, entries };
}

function knownKeys(issue: v.BaseIssue<unknown>, block: readonly PathSegment[]): readonly string[] {
  return [...new Set([...(issue.received ?? "").split(" "), ...furtherKeys(block)])];
}

function toIssue(issue: v.BaseIssue<unknown>, source: NormalisedDocument): Issue {
  const path = (issue.path ?? []).map((item) => item.key as PathSegment);
  const key = String(path.at(-1) ?? "");
  const shown = (steps: readonly PathSegment[]) => formatPath(spelled(source, steps));
  if (issue.expected === "unknown-key") {
    return {
      code: "unknown-key",
      severity: "error",
      message: `Unknown key "${key}" in ${shown(path.slice(0, -1))}`,
      hint: hintOf(key, path.slice(0, -1), issue),
      path: [...spelled(source, path.slice(0, -1)), key],
      position: positionOf(source.root, path, "key"),
    };
  }
  const isMissing = issue.path?.at(-1)?.origin === "key";
  if (isMissing && nodeAt(source.root, path)) {
    return {
      code: "empty-value",
      severity: "error",
      message: `The key "${key}" is empty in ${shown(path.slice(0, -1))}: expected a value`,
      path: spelled(source, path),
      position: positionOf(source.root, path),
    };
  }
  if (isMissing) {
    return {
      code: "missing-key",
      severity: "error",
      message: `The key "${key}" is missing in ${shown(path.slice(0, -1))}`,
      path: [...spelled(source, path.slice(0, -1)), key],
      position: positionOf(source.root, path.slice(0, -1)),
    };
  }
  return {
    code: "wrong-type",
    severity: "error",
    message: `Cannot use ${shown(path)}: found ${describe(issue.input)}, expected ${issue.message}`,
    path: spelled(source, path),
    position: positionOf(source.root, path),
  };
}

function hintOf(key: string, block: readonly PathSegment[], issue: v.BaseIssue<unknown>): string {
  const offered = (name: string) => isOffered(block, name);
  return homeHint(key, block) ?? unknownKeyHint(key, knownKeys(issue, block), offered);
}

/** The nearest known key, else all of those that are `offered` while they can be read at a glance. */
export function unknownKeyHint(
  key: string,
  known: readonly string[],
  offered: (name: string) => boolean = () => true,
): string {
  const near = suggest(key, known);
  if (near) return `Did you mean "${near}"?`;
  const names = known.filter((name) => name !== "" && offered(name));
  if (names.length === 0) return "Nothing can be set here";
  const listed = names.slice(0, MAX_LISTED).join(", ");
  return `Known here: ${listed}${names.length > MAX_LISTED ? " …" : ""}`;
}

/** More names than this help nobody. */
const MAX_LISTED = 30;

/** The path as the source spells it: that of the nearest node that a layout did not make up. */
function spelled(source: NormalisedDocument, path: readonly PathSegment[]): readonly PathSegment[] {
  for (let length = path.length; length > 0; length--) {
    const node = nodeAt(source.root, path.slice(0, length));
    const own = node && source.sourcePaths.get(node);
    if (own) return [...own, ...path.slice(length)];
  }
  return path;
}

/** `spec.crds.website.operatorBox.onReconcile.deployments[0]`; `the document` at the root. */
export function formatPath(path: readonly PathSegment[]): string {
  if (path.length === 0) return "the document";
  let result = "";
  for (const segment of path) {
    if (typeof segment === "number") result += `[${segment}]`;
    else result += result === "" ? segment : `.${segment}`;
  }
  return result;
}

/** What was found, in words. */
export function describe(input: unknown): string {
  if (input instanceof YamlScalar) {
    if (input.value === null) return "nothing";
    const isText = typeof input.value === "string";
    return isText ? `the text "${shorten(input.text)}"` : `${typeof input.value} ${input.text}`;
  }
  if (Array.isArray(input)) return "a list";
  return isTreeMap(input) ? "a mapping" : "nothing";
}

/** {@link describe} for plain data. */
export function describeJson(value: unknown): string {
  if (value === null || value === undefined) return "nothing";
  if (Array.isArray(value)) return "a list";
  if (typeof value === "object") return "a mapping";
  return typeof value === "string" ? `the text "${shorten(value)}"` : `${typeof value} ${value}`;
}

function shorten(written: string): string {
  const line = written.split("\n")[0] ?? "";
  return line.length > 60 ? `${line.slice(0, 57)}…` : line;
}
