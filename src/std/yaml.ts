/**
 * YAML for the rest of the code: text → documents with positions, and values → text.
 *
 * Reads YAML 1.2 core plus merge keys (`<<`), as Katalogs in use carry them. What is written plainly
 * is read here, in a tenth of the time and memory; the `yaml` package reads everything else.
 */
import { Document, isPair, isScalar, isSeq, stringify, visit } from "yaml";
import type { Json, PathSegment } from "./json.ts";
import { DEFAULT_LIMITS, issueAt, tooDeep, tooUnusual, type YamlLimits } from "./yaml-limits.ts";
import type { YamlNode } from "./yaml-node.ts";
import { type ParsedYaml, readWithPackage } from "./yaml-package.ts";
import { readPlainYaml } from "./yaml-plain.ts";
import { SourceText } from "./yaml-source.ts";

export interface ParseYamlOptions {
  /** Name of the source in positions. */
  readonly file: string;
  readonly limits?: Partial<YamlLimits>;
  /** `error` (default) reports a key that is given twice and takes the first; `last` takes the last. */
  readonly duplicateKeys?: "error" | "last";
}

/** Parses all documents of `text`. Never throws for what a text can contain. */
export function parseYaml(text: string, options: ParseYamlOptions): ParsedYaml {
  return parseYamlAs(text, options, (root) => root);
}

/** The same for those who want something else of each document: its tree goes before the next comes. */
export function parseYamlAs<T>(
  text: string,
  { file, duplicateKeys = "error", ...options }: ParseYamlOptions,
  convert: (root: YamlNode) => T,
): ParsedYaml<T> {
  const limits = { ...DEFAULT_LIMITS, ...options.limits };
  const start = { file, line: 1, column: 1 };
  if (text.length > limits.length) {
    const message = `Cannot read "${file}": ${text.length} characters, the limit is ${limits.length}`;
    return { documents: [], issues: [issueAt(start, "document-too-large", message)] };
  }
  if (OPENERS.test(text)) return { documents: [], issues: [tooDeep(start, limits.depth)] };
  const source = new SourceText(text, file);
  const reading = { limits, takesLast: duplicateKeys === "last", convert };
  const plain = readPlainYaml(source, reading);
  if (plain.kind === "read") return plain;
  if (text.length > limits.unusualLength) {
    return { documents: [], issues: [tooUnusual(source.locate(plain.offset), limits)] };
  }
  return readWithPackage(source, reading);
}

/** Nested beyond all use, seen before the parser builds a tower of it. */
const OPENERS = /(?:[[{][ \t]*){1000}/;

/** Text of a value, quoted so that YAML 1.1 readers agree, too. */
export function stringifyYaml(value: Json): string {
  return stringify(value, PRINT_OPTIONS);
}

const PRINT_OPTIONS = { lineWidth: 0, aliasDuplicateObjects: false, compat: "yaml-1.1" } as const;

/** The same with a comment behind scalars, where `commentOf` has one for their path. */
export function stringifyWithComments(
  value: Json,
  commentOf: (path: readonly PathSegment[]) => string | undefined,
): string {
  const document = new Document(value, PRINT_OPTIONS);
  visit(document, {
    Scalar(key, node, ancestors) {
      if (key === "key") return;
      const comment = commentOf(pathTo(key, ancestors));
      if (comment !== undefined) node.comment = ` ${comment}`;
    },
  });
  return document.toString(PRINT_OPTIONS);
}

function pathTo(
  key: number | "key" | "value" | null,
  ancestors: readonly unknown[],
): PathSegment[] {
  const path: PathSegment[] = [];
  const nodes = [...ancestors];
  for (const [index, node] of nodes.entries()) {
    const next = nodes[index + 1];
    if (isPair(node)) path.push(String(isScalar(node.key) ? node.key.value : node.key));
    else if (isSeq(node)) path.push(next === undefined ? Number(key) : node.items.indexOf(next));
  }
  return path;
}
