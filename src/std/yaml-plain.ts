/**
 * Reads the YAML that people and tools write nearly always: maps and lists by indentation, scalars
 * of every style, simple flows, comments, several documents. In one pass, straight to our nodes:
 * the package's tokens and nodes are a hundred times as large as the text.
 *
 * Promises: what it returns is what the package would have given, values and places; its only issues
 * are keys given twice, and more than the limits allow. At everything else (anchors, tags, directives,
 * tabs, Windows line ends, every mistake) it stops, and the package reads the text and says what is
 * wrong.
 */
import type { Issue } from "./issue.ts";
import { Refused, tooManyDocuments } from "./yaml-limits.ts";
import type { YamlEntry, YamlList, YamlMap, YamlNode, YamlScalar } from "./yaml-node.ts";
import { FlowReader } from "./yaml-plain-flow.ts";
import { PlainScalars, type PlainScalarsOptions } from "./yaml-plain-scalars.ts";
import {
  blockEnd,
  checkPlainStart,
  DASH,
  firstIndent,
  isGap,
  isMarker,
  isRestEmpty,
  keyEnd,
  lineEnd,
  NEWLINE,
  NotPlain,
  plainLineEnd,
  quotedEnd,
  skipSpaces,
} from "./yaml-plain-scan.ts";
import { blockText } from "./yaml-scalar.ts";
import type { SourceText } from "./yaml-source.ts";

export interface PlainOptions<T> extends PlainScalarsOptions {
  /** What becomes of each document, before the next one is read. */
  readonly convert: (root: YamlNode) => T;
}

export type PlainResult<T> =
  /** The documents of a text that hold anything. */
  | { readonly kind: "read"; readonly documents: readonly T[]; readonly issues: readonly Issue[] }
  /** The package has to read it, for something in or behind the node at this offset. */
  | { readonly kind: "unusual"; readonly offset: number };

export function readPlainYaml<T>(source: SourceText, options: PlainOptions<T>): PlainResult<T> {
  const unusual = source.text.search(UNUSUAL);
  if (unusual >= 0) return { kind: "unusual", offset: unusual };
  const reader = new PlainReader(source, options);
  const documents: T[] = [];
  try {
    for (const root of reader.documents(options.limits.documents)) {
      documents.push(options.convert(root));
    }
  } catch (error) {
    if (error instanceof NotPlain) return { kind: "unusual", offset: reader.offset };
    if (!(error instanceof Refused)) throw error;
    return { kind: "read", documents, issues: [...reader.issues, error.issue] };
  }
  return { kind: "read", documents, issues: reader.issues };
}

/** Carriage returns, other control characters, and marks of byte order. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const UNUSUAL = /[\0-\x08\x0b-\x1f\x7f\ufeff]/;

/** The column of the cursor where a document ends: left of all that could belong to it. */
const OUTSIDE = -1;

class PlainReader {
  readonly #text: string;
  readonly #scalars: PlainScalars;
  readonly #flows: FlowReader;
  /** The cursor: where a node or an entry begins, and how far from the start of its line. */
  #at = 0;
  #column = OUTSIDE;

  constructor(source: SourceText, options: PlainScalarsOptions) {
    this.#text = source.text;
    this.#scalars = new PlainScalars(source, options);
    this.#flows = new FlowReader(this.#scalars);
  }

  get issues(): readonly Issue[] {
    return this.#scalars.issues;
  }

  get offset(): number {
    return this.#at;
  }

  *documents(limit: number): Generator<YamlNode> {
    const text = this.#text;
    let count = 0;
    for (this.#toLine(0); this.#at < text.length; ) {
      if (this.#column !== OUTSIDE) {
        if (++count > limit)
          throw new Refused(tooManyDocuments(this.#scalars.locate(this.#at), limit));
        yield this.#document();
      } else if (text.charCodeAt(this.#at) === DASH) this.#endLine(this.#at + "---".length);
      else throw new NotPlain();
    }
  }

  #document(): YamlNode {
    // Scalars and flows at the root have rules of their own.
    if (!this.#isItem() && keyEnd(this.#text, this.#at) < 0) throw new NotPlain();
    const root = this.#node(OUTSIDE, 1);
    if (this.#column !== OUTSIDE) throw new NotPlain();
    return root;
  }

  /** The node at the cursor, in a map or list whose own column is `outer`. */
  #node(outer: number, depth: number): YamlNode {
    if (this.#isItem()) return this.#list(depth);
    const colon = keyEnd(this.#text, this.#at);
    return colon < 0 ? this.#leaf(outer, depth) : this.#map(colon, depth);
  }

  #map(firstColon: number, depth: number): YamlMap {
    this.#scalars.checkNode(this.#at, depth);
    const column = this.#column;
    const position = this.#scalars.locate(this.#at);
    const entries = new Map<string, YamlEntry>();
    for (let colon = firstColon; ; colon = keyEnd(this.#text, this.#at)) {
      if (colon < 0) throw new NotPlain();
      const keyPosition = this.#scalars.locate(this.#at);
      const key = this.#scalars.key(this.#at, colon);
      const value = this.#entryValue(colon + 1, column, depth + 1);
      this.#scalars.add(entries, key, { keyPosition, value });
      if (this.#column !== column) break;
    }
    if (this.#column > column) throw new NotPlain();
    return { kind: "map", position, entries };
  }

  /** The value behind a colon: in its line, or below it. */
  #entryValue(behind: number, column: number, depth: number): YamlNode {
    const start = skipSpaces(this.#text, behind);
    if (!isRestEmpty(this.#text, start)) {
      this.#at = start;
      return this.#leaf(column, depth);
    }
    const isOwn = () => this.#column === column && this.#isItem();
    return (
      this.#below(start, column, depth) ??
      (isOwn() ? this.#list(depth) : this.#scalars.empty(start, depth))
    );
  }

  #list(depth: number): YamlList {
    this.#scalars.checkNode(this.#at, depth);
    const column = this.#column;
    const position = this.#scalars.locate(this.#at);
    const items: YamlNode[] = [];
    do {
      this.#scalars.checkMembers(["items", items.length], this.#at);
      items.push(this.#item(column, depth + 1));
    } while (this.#column === column && this.#isItem());
    if (this.#column > column) throw new NotPlain();
    return { kind: "list", position, items };
  }

  /** The item behind a dash: in its line, or below it. */
  #item(column: number, depth: number): YamlNode {
    const start = skipSpaces(this.#text, this.#at + 1);
    if (isRestEmpty(this.#text, start)) {
      return this.#below(start, column, depth) ?? this.#scalars.empty(start, depth);
    }
    this.#column += start - this.#at;
    this.#at = start;
    return this.#node(column, depth);
  }

  /** The node in the lines below `start` that are indented deeper than `column`, if there are any. */
  #below(start: number, column: number, depth: number): YamlNode | undefined {
    const text = this.#text;
    const line = lineEnd(text, start) + 1;
    this.#toLine(line);
    if (this.#column <= column) return undefined;
    // With a comment between the two, the package is of another mind where a scalar ends.
    const isLeaf = !this.#isItem() && keyEnd(text, this.#at) < 0;
    if (isLeaf && text.slice(line, this.#at).includes("#")) throw new NotPlain();
    return this.#node(column, depth);
  }

  /** A scalar, or what stands in brackets, to the end of its last line. */
  #leaf(outer: number, depth: number): YamlNode {
    this.#scalars.checkNode(this.#at, depth);
    switch (this.#text[this.#at]) {
      case "{":
      case "[": {
        const { node, end } = this.#flows.read(this.#at, outer, depth);
        this.#endLine(end);
        return node;
      }
      case "|":
      case ">":
        return this.#block(outer);
      case '"':
      case "'":
        return this.#quoted(outer);
      default:
        return this.#plain(outer);
    }
  }

  #quoted(outer: number): YamlScalar {
    const start = this.#at;
    const end = quotedEnd(this.#text, start);
    let line = lineEnd(this.#text, start) + 1;
    for (; line < end; line = lineEnd(this.#text, line) + 1) {
      const first = skipSpaces(this.#text, line);
      if (first - line <= outer && this.#text.charCodeAt(first) !== NEWLINE) throw new NotPlain();
    }
    const scalar = this.#scalars.scalar(start, end);
    this.#endLine(end);
    return scalar;
  }

  /** Goes on in the lines below that are indented deeper, up to one that is a comment. */
  #plain(outer: number): YamlScalar {
    const text = this.#text;
    const start = this.#at;
    checkPlainStart(text, start);
    let end = plainLineEnd(text, start, false);
    for (;;) {
      const rest = skipSpaces(text, end);
      this.#endLine(rest);
      // A comment ends it: what is below is another node, or a mistake.
      if (text.charCodeAt(rest) !== NEWLINE || this.#column <= outer) break;
      if (text.slice(rest, this.#at).includes("#")) break;
      end = plainLineEnd(text, this.#at, false);
    }
    return this.#scalars.scalar(start, end);
  }

  /** A literal or folded block: the lines below that are indented at least like the first of them. */
  #block(outer: number): YamlScalar {
    const text = this.#text;
    const start = this.#at;
    BLOCK_HEADER.lastIndex = start;
    const [header] = BLOCK_HEADER.exec(text) ?? [];
    const body = lineEnd(text, start) + 1;
    if (header === undefined) throw new NotPlain();
    const indent = firstIndent(text, body);
    if (indent <= outer) throw new NotPlain();
    const end = blockEnd(text, { body, indent, keepsBlankLines: header[1] === "+" });
    const value = blockText(header, text.slice(body, end), outer);
    if (value === undefined) throw new NotPlain();
    this.#toLine(end);
    return this.#scalars.block(value, start, end);
  }

  /** To the first visible character in or below the line that begins at `start`. */
  #toLine(start: number): void {
    const text = this.#text;
    let line = start;
    let at = skipSpaces(text, line);
    while (at < text.length && isRestEmpty(text, at)) {
      line = lineEnd(text, at) + 1;
      at = skipSpaces(text, line);
    }
    this.#at = at;
    this.#column = at - line;
    if (at >= text.length || (at === line && isMarker(text, at))) this.#column = OUTSIDE;
  }

  /** Nothing but a comment may stand behind `at`; to the next line. */
  #endLine(at: number): void {
    const rest = skipSpaces(this.#text, at);
    if (!isRestEmpty(this.#text, rest)) throw new NotPlain();
    this.#toLine(lineEnd(this.#text, rest) + 1);
  }

  #isItem(): boolean {
    return this.#text.charCodeAt(this.#at) === DASH && isGap(this.#text, this.#at + 1);
  }
}

/** Without the digit that says how deep it is indented. */
const BLOCK_HEADER = /[|>][-+]?(?= *(?:\n| #))/y;
