/**
 * What the `yaml` package says of a broken text → what its author did. A wrong indentation breaks every
 * line behind it, and the lines that are told first may be the right ones: it is told once, with both
 * columns. Pure.
 */
import type { YAMLError } from "yaml";

export interface YamlMistake {
  readonly offset: number;
  readonly message: string;
  readonly hint?: string;
}

/** The problems of one document, in the order of the text. */
export function yamlMistakes(problems: readonly YAMLError[], text: string): readonly YamlMistake[] {
  const mistakes: YamlMistake[] = [];
  let hasIndentation = false;
  for (const problem of problems) {
    if (hasIndentation && FOLLOWING.has(problem.code)) continue;
    const [offset] = problem.pos;
    const found = nestedQuote(text, offset) ?? indentation(problem, text);
    hasIndentation ||= found !== undefined;
    mistakes.push(
      found ?? { offset, message: tidy(problem.message), ...bareTemplate(text, offset) },
    );
    // What follows in a text that ends too early is read as something else.
    if (found?.hint === QUOTE_INSIDE) break;
  }
  return mistakes;
}

/** What else a wrong indentation is called. */
const FOLLOWING: ReadonlySet<string> = new Set([
  "BAD_INDENT",
  "BLOCK_AS_IMPLICIT_KEY",
  "BLOCK_IN_FLOW",
  "KEY_OVER_1024_CHARS",
  "MISSING_CHAR",
  "MULTILINE_IMPLICIT_KEY",
  "UNEXPECTED_TOKEN",
]);

export const QUOTE_TEMPLATE =
  'Quote the template: "{{ .spec.image }}", since braces begin a mapping';

/** A value or an item that begins with a template, without quotes. */
const BARE_TEMPLATE = /^\s*(?:- +)*(?:[\w./-]+: +)?\{\{/;

function bareTemplate(text: string, offset: number): { readonly hint?: string } {
  const line = text.slice(lineStart(text, offset), lineEnd(text, offset));
  return BARE_TEMPLATE.test(line) ? { hint: QUOTE_TEMPLATE } : {};
}

const QUOTE_INSIDE =
  "Write '…' around the whole text, or `…` inside of the template: {{ .spec.queue | default `x` }}";

/** `"{{ .x | default "y" }}"`: up to the quote inside of the template. */
const QUOTE_IN_TEMPLATE = /(?<=[\s:[{,-])"[^"\n]*\{\{[^"\n}]*(?=")/;

function nestedQuote(text: string, offset: number): YamlMistake | undefined {
  const start = lineStart(text, offset);
  const found = QUOTE_IN_TEMPLATE.exec(text.slice(start, lineEnd(text, offset)));
  if (!found) return undefined;
  const inner = start + found.index + found[0].length;
  const message = "The text ends at the quote inside of its template";
  return { offset: inner, message, hint: QUOTE_INSIDE };
}

interface Line {
  /** Of the first character that is no space. */
  readonly offset: number;
  /** Spaces in front of it. */
  readonly indent: number;
  /** The same for the first key of an item: with its dashes. */
  readonly inner: number;
  readonly content: string;
}

function indentation({ code, pos: [offset] }: YAMLError, text: string): YamlMistake | undefined {
  if (code !== "BAD_INDENT" && code !== "BLOCK_AS_IMPLICIT_KEY" && code !== "MISSING_CHAR") {
    return undefined;
  }
  const lines = linesAround(text, offset);
  const at = lines.findLastIndex((line) => line.offset - line.indent <= offset);
  const here = lines[at];
  if (!here) return undefined;
  if (code !== "BLOCK_AS_IMPLICIT_KEY") {
    const other = neighbour(lines, at);
    return other && twoColumns(text, here, other);
  }
  const next = lines[at + 1];
  return next && next.indent > here.inner ? twoColumns(text, next, here) : undefined;
}

/** What stands wrong, and what it should stand below, are rarely further apart. */
const LINES_ABOVE = 2_000;
/** Of them, the next one that says something. */
const LINES_BELOW = 200;

/** Lines that say something, without comments and marks of documents, as many as may matter at `offset`. */
function linesAround(text: string, offset: number): readonly Line[] {
  let start = lineStart(text, offset);
  for (let count = 0; count < LINES_ABOVE && start > 0; count++) start = lineStart(text, start - 1);
  let end = lineEnd(text, offset);
  for (let count = 0; count < LINES_BELOW && end < text.length; count++)
    end = lineEnd(text, end + 1);
  return linesOf(text.slice(start, end), start);
}

function linesOf(text: string, from: number): readonly Line[] {
  let offset = from;
  return text.split("\n").flatMap((whole) => {
    const indent = whole.search(/[^ ]/);
    const start = offset + Math.max(0, indent);
    offset += whole.length + 1;
    const content = whole.trim();
    if (content === "" || content.startsWith("#") || content === "---") return [];
    const [dashes = ""] = /^(?:- +)*/.exec(content) ?? [];
    return [{ offset: start, indent, inner: indent + dashes.length, content }];
  });
}

/** The line above that should begin where this one does: the nearest of those that are just deeper. */
function neighbour(lines: readonly Line[], at: number): Line | undefined {
  const indent = lines[at]?.indent ?? 0;
  let found: Line | undefined;
  for (let index = at - 1; index >= 0; index--) {
    const line = lines[index];
    if (!line || line.inner <= indent) break;
    if (!found || line.inner < found.inner) found = line;
    if (line.indent <= indent) break;
  }
  return found;
}

function twoColumns(text: string, line: Line, other: Line): YamlMistake {
  const number = text.slice(0, other.offset).split("\n").length;
  const message = `What belongs together begins in one column: ${shown(line)} begins in column ${line.indent + 1}, and ${shown(other)} of line ${number} in column ${other.inner + 1}`;
  const hint = "Move one of the two; what is below a key stands further right than the key";
  return { offset: line.offset, message, hint };
}

const LONGEST_SHOWN = 30;

/** The key, or how the line begins. */
function shown({ content }: Line): string {
  const text = content.replace(/^(?:- +)*/, "");
  const [key = text] = /^["']?[\w./-]+["']?(?=:(?:\s|$))/.exec(text) ?? [];
  return `"${key.length > LONGEST_SHOWN ? `${key.slice(0, LONGEST_SHOWN)}…` : key}"`;
}

function lineStart(text: string, offset: number): number {
  return offset === 0 ? 0 : text.lastIndexOf("\n", offset - 1) + 1;
}

function lineEnd(text: string, offset: number): number {
  const end = text.indexOf("\n", offset);
  return end < 0 ? text.length : end;
}

/** The package's sentences in our form: one line, no final period. */
function tidy(message: string): string {
  const line = message.split("\n")[0] ?? message;
  return line.replace(/[.:]\s*$/, "");
}
