/**
 * Schema → issues: runs the document's schema over the canonical tree and tells everything that
 * does not fit, each with the place where the user wrote it.
 */
import * as v from "valibot";
import type { Issue } from "../std/issue.ts";
import type { PathSegment } from "../std/json.ts";
import { suggest } from "../std/suggest.ts";
import { nodeAt, positionOf, YamlScalar } from "../std/yaml-node.ts";
import { type KatalogDocument, katalogDocument } from "./document.ts";
import { isTreeMap, toTree } from "./fields.ts";
import { furtherKeys } from "./known-keys.ts";
import type { NormalisedDocument } from "./normalise.ts";

export interface Validated {
  /** Absent when something does not fit. */
  readonly document?: KatalogDocument;
  readonly issues: readonly Issue[];
}

export function validate(source: NormalisedDocument): Validated {
  const result = v.safeParse(katalogDocument, toTree(source.root));
  if (result.success) return { document: result.output, issues: [] };
  return { issues: result.issues.map((issue) => toIssue(issue, source)) };
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
      hint: unknownKeyHint(key, [
        ...(issue.received ?? "").split(" "),
        ...furtherKeys(path.slice(0, -1)),
      ]),
      path: [...spelled(source, path.slice(0, -1)), key],
      position: positionOf(source.root, path, "key"),
    };
  }
  const isMissing = issue.path?.at(-1)?.origin === "key";
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

/** The nearest known key, else all of them while they can be read at a glance. */
export function unknownKeyHint(key: string, known: readonly string[]): string {
  const near = suggest(key, known);
  if (near) return `Did you mean "${near}"?`;
  const names = known.filter((name) => name !== "");
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
