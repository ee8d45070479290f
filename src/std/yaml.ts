/**
 * YAML for the rest of the code: text → documents with positions, and values → text.
 *
 * Reads YAML 1.2 core plus merge keys (`<<`), as Katalogs in use carry them. What is written plainly
 * is read here, in a tenth of the time and memory; the `yaml` package reads everything else.
 */
import { isPair, isScalar, isSeq, LineCounter, parseDocument, stringify, visit } from "yaml";
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
  // A line ends the same for YAML either way; no place moves, since what goes stands behind its line.
  const source = new SourceText(text.replaceAll("\r\n", "\n"), file);
  const reading = { limits, takesLast: duplicateKeys === "last", convert };
  const plain = readPlainYaml(source, reading);
  if (plain.kind === "read") return plain;
  if (text.length > limits.unusualLength) {
    return { documents: [], issues: [tooUnusual(source.locate(plain.offset))] };
  }
  if (OPENERS.test(text)) return { documents: [], issues: [tooDeep(start, limits.depth)] };
  return readWithPackage(source, { ...reading, unusualAt: plain.offset });
}

/** Nested beyond all use, seen before the package builds a tower of it. */
const OPENERS = /(?:[[{][ \t]*){1000}/;

/** Text of a value, quoted so that YAML 1.1 readers agree, too. */
export function stringifyYaml(value: Json): string {
  return stringify(value, PRINT_OPTIONS);
}

const PRINT_OPTIONS = { lineWidth: 0, aliasDuplicateObjects: false, compat: "yaml-1.1" } as const;

/**
 * The same with a comment behind each line, where `commentOf` has one for the path of what begins there: of
 * a block and the value in it that share a line, the value's. A text of several lines has it on its first.
 */
export function stringifyWithComments(
  value: Json,
  commentOf: (path: readonly PathSegment[]) => string | undefined,
): string {
  const text = stringifyYaml(value);
  const counter = new LineCounter();
  const comments = new Map<number, string>();
  const note = (offset: number | undefined, path: readonly PathSegment[]) => {
    const comment = commentOf(path);
    if (comment !== undefined) comments.set(counter.linePos(offset ?? 0).line, comment);
  };
  visit(parseDocument(text, { lineCounter: counter }), {
    Pair(_, { key }, ancestors) {
      if (isScalar(key)) note(key.range?.[0], [...pathTo(null, ancestors), String(key.value)]);
    },
    Scalar(key, { range }, ancestors) {
      if (typeof key === "number") note(range?.[0], pathTo(key, ancestors));
    },
  });
  const lines = text.split("\n").map((line, index) => {
    const comment = comments.get(index + 1);
    return comment === undefined ? line : `${line} # ${comment}`;
  });
  return lines.join("\n");
}

function pathTo(key: number | null, ancestors: readonly unknown[]): PathSegment[] {
  const path: PathSegment[] = [];
  for (const [index, node] of ancestors.entries()) {
    const next = ancestors[index + 1];
    if (isPair(node)) path.push(String(isScalar(node.key) ? node.key.value : node.key));
    else if (isSeq(node)) path.push(next === undefined ? Number(key) : node.items.indexOf(next));
  }
  return path;
}
