/**
 * YAML by the `yaml` package: everything that `yaml-plain.ts` leaves, and the words for every mistake.
 *
 * Its tokens and nodes become ours one document at a time. Promises: every syntax error is an issue
 * with its place; duplicate keys are errors; nothing that a document holds can reach a prototype,
 * expand without bound, or nest without bound.
 */
import {
  type Alias,
  Composer,
  type CST,
  type Document,
  isAlias,
  isMap,
  isScalar,
  Lexer,
  type Pair,
  type ParsedNode,
  Parser,
  type Scalar,
  type YAMLMap,
  type YAMLSeq,
} from "yaml";
import type { Issue, SourcePosition } from "./issue.ts";
import {
  DUPLICATE_KEY,
  Duplicates,
  issueAt,
  Refused,
  tooDeep,
  tooManyDocuments,
  tooManyMembers,
  tooUnusual,
  type YamlLimits,
} from "./yaml-limits.ts";
import { QUOTE_TEMPLATE, yamlMistakes } from "./yaml-mistakes.ts";
import {
  type YamlEntry,
  type YamlList,
  type YamlMap,
  type YamlNode,
  YamlScalar,
} from "./yaml-node.ts";
import type { ScalarStyle } from "./yaml-offset.ts";
import { scalarValue } from "./yaml-scalar.ts";
import { PlacedScalar, type SourceText } from "./yaml-source.ts";

export interface PackageOptions<T> {
  readonly limits: YamlLimits;
  /** Of a key that is given twice the last one counts, and there is no issue. */
  readonly takesLast: boolean;
  /** The offset of what the plain reader does not take: named when the text is too long for this one. */
  readonly unusualAt: number;
  /** What becomes of each document. */
  readonly convert: (root: YamlNode) => T;
}

export interface ParsedYaml<T = YamlNode> {
  /**
   * The documents that hold anything and could be read. One with a duplicate key is among them, with
   * the first of the two, so that its other problems can be told at the same time.
   */
  readonly documents: readonly T[];
  readonly issues: readonly Issue[];
}

/** Reads all documents. Never throws for what a text can contain. */
export function readWithPackage<T>(source: SourceText, options: PackageOptions<T>): ParsedYaml<T> {
  try {
    return new Reader(source, options).read();
  } catch (error) {
    // The parser recurses: nesting deeper than the stack ends here, whatever the limit says.
    if (!(error instanceof RangeError)) throw error;
    return { documents: [], issues: [tooDeep(source.locate(0), options.limits.depth)] };
  }
}

const MAX_SYNTAX_ISSUES = 10;
const MAX_DIRECTIVES = 100;

/**
 * Marks, words and spaces: a value of a map takes six of them. Each becomes a token and part of a node
 * before anything of the document can be judged, and takes more than a microsecond.
 */
const MAX_LEXEMES = 60_000;
/** Below the deepest collection: the document around all of them, and the key or value at hand. */
const NO_COLLECTIONS = 2;

type Visited = ParsedNode | null;

/** Turns the package's nodes into ours, with the state that one text needs. */
class Reader<T> {
  readonly #source: SourceText;
  readonly #limits: YamlLimits;
  readonly #takesLast: boolean;
  readonly #unusualAt: number;
  readonly #convert: (root: YamlNode) => T;
  readonly #issues: Issue[] = [];
  readonly #duplicates = new Duplicates(this.#issues);
  /** Anchors seen so far in this document; resolving by the package would search it all each time. */
  readonly #anchors = new Map<string, ParsedNode>();
  /** Nodes that are being converted, to refuse an alias to an ancestor. */
  readonly #open = new Set<ParsedNode>();
  #directives = 0;
  #faults = 0;
  #aliasDepth = 0;
  #aliasedNodes = 0;
  #hasOverflowed = false;

  constructor(source: SourceText, { limits, takesLast, unusualAt, convert }: PackageOptions<T>) {
    this.#source = source;
    this.#limits = limits;
    this.#takesLast = takesLast;
    this.#unusualAt = unusualAt;
    this.#convert = convert;
  }

  read(): ParsedYaml<T> {
    const composer = new Composer({
      // Checked here in linear time; the package compares every pair of keys.
      uniqueKeys: false,
      version: "1.2",
      schema: "core",
      logLevel: "silent",
    });
    const documents: T[] = [];
    try {
      // One at a time: the tokens and nodes of a document are many times as large as its text.
      for (const document of composer.compose(this.#tokens())) {
        const before = this.#issues.length;
        const node = this.#document(document as Document.Parsed);
        const isReadable = this.#issues.slice(before).every(({ code }) => code === DUPLICATE_KEY);
        if (node && isReadable) documents.push(this.#convert(node));
      }
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      this.#issues.push(error.issue);
    }
    return { documents, issues: this.#issues };
  }

  /** The text as the parser sees it, up to where it asks for too much. */
  *#tokens(): Generator<CST.Token> {
    const { depth, documents } = this.#limits;
    const parser = new Parser();
    const refuse = (issue: (position: SourcePosition, limit: number) => Issue, limit: number) =>
      new Refused(issue(this.#locate(parser.offset), limit));
    let lexemes = 0;
    let count = 0;
    for (const lexeme of new Lexer().lex(this.#source.text)) {
      if (++lexemes > MAX_LEXEMES) throw new Refused(tooUnusual(this.#locate(this.#unusualAt)));
      for (const token of parser.next(lexeme)) {
        const isOneMore = token.type === "document";
        if (isOneMore && ++count > documents) throw refuse(tooManyDocuments, documents);
        yield token;
        if (this.#isHopeless(token)) return;
      }
      if (parser.stack.length > depth + NO_COLLECTIONS) throw refuse(tooDeep, depth);
    }
    yield* parser.end();
  }

  /** Whether what follows would only repeat the same mistake. */
  #isHopeless({ type }: CST.Token): boolean {
    if (type === "directive" && ++this.#directives > MAX_DIRECTIVES) {
      throw new Refused(tooUnusual(this.#locate(this.#unusualAt)));
    }
    return type === "error" && ++this.#faults > MAX_SYNTAX_ISSUES;
  }

  #document(document: Document.Parsed): YamlNode | undefined {
    const problems = [...document.errors, ...document.warnings];
    // After the first few, a broken text only repeats itself.
    const mistakes = yamlMistakes(problems.slice(0, MAX_SYNTAX_ISSUES), this.#source.text);
    for (const { offset, message, hint } of mistakes) {
      const issue = issueAt(this.#locate(offset), "yaml-syntax", message);
      this.#issues.push(hint === undefined ? issue : { ...issue, hint });
    }
    const isEmpty = isScalar(document.contents) && document.contents.source === "";
    if (document.errors.length > 0 || document.contents === null || isEmpty) return undefined;
    this.#anchors.clear();
    return this.#node(document.contents, 1);
  }

  #node(node: Visited, depth: number): YamlNode {
    const position = () => this.#locate(node?.range?.[0] ?? 0);
    if (depth > this.#limits.depth) return this.#overflow(tooDeep(position(), this.#limits.depth));
    if (this.#aliasDepth > 0 && ++this.#aliasedNodes > this.#limits.aliasedNodes) {
      const message = `Aliases expand to more than ${this.#limits.aliasedNodes} nodes`;
      return this.#overflow(issueAt(position(), "yaml-alias-bomb", message));
    }
    if (node === null) return this.#empty(0);
    if (isAlias(node)) return this.#alias(node, depth);
    if (node.anchor && this.#aliasDepth === 0) this.#anchors.set(node.anchor, node);
    if (isScalar(node)) return this.#scalar(node);
    this.#open.add(node);
    const result = isMap(node) ? this.#map(node, depth) : this.#list(node, depth);
    this.#open.delete(node);
    return result;
  }

  #checkMembers(what: "keys" | "items", count: number, place: ParsedNode): void {
    const { members } = this.#limits;
    if (count <= members) return;
    throw new Refused(tooManyMembers(this.#locate(place.range[0]), [what, members]));
  }

  #list(list: YAMLSeq.Parsed, depth: number): YamlList {
    this.#checkMembers("items", list.items.length, list);
    const items = list.items.map((item) => this.#node(item as Visited, depth + 1));
    return { kind: "list", position: this.#locate(list.range[0]), items };
  }

  #alias(alias: Alias.Parsed, depth: number): YamlNode {
    const position = this.#locate(alias.range[0]);
    const target = this.#anchors.get(alias.source);
    if (!target || this.#open.has(target)) {
      const why = target ? "it stands for something that contains it" : "no anchor has that name";
      const message = `Cannot resolve the alias "*${alias.source}": ${why}`;
      this.#issues.push(issueAt(position, "yaml-alias", message));
      return this.#empty(alias.range[0]);
    }
    this.#aliasDepth++;
    const node = this.#hasOverflowed ? this.#empty(0) : this.#node(target, depth);
    this.#aliasDepth--;
    return node;
  }

  #map(map: YAMLMap.Parsed, depth: number): YamlMap {
    this.#checkMembers("keys", map.items.length, map);
    const entries = new Map<string, YamlEntry>();
    const merges: YamlNode[] = [];
    for (const pair of map.items) {
      const key = this.#key(pair as Pair<Visited, Visited>);
      if (key === undefined) continue;
      const keyPosition = this.#locate(pair.key?.range?.[0] ?? map.range[0]);
      const value =
        pair.value === null
          ? this.#empty(pair.key?.range?.[1] ?? map.range[0])
          : this.#node(pair.value as Visited, depth + 1);
      if (key === "<<" && isScalar(pair.key) && pair.key.type === "PLAIN") merges.push(value);
      else this.#add(entries, key, { keyPosition, value });
    }
    for (const merge of merges) this.#merge(entries, merge);
    return { kind: "map", position: this.#locate(map.range[0]), entries };
  }

  #add(entries: Map<string, YamlEntry>, key: string, entry: YamlEntry): void {
    const first = entries.get(key);
    if (first && !this.#takesLast) {
      this.#duplicates.add(key, entry.keyPosition, first.keyPosition);
    } else entries.set(key, entry);
  }

  /** `<<`: keys of the merged maps that the map itself does not have. */
  #merge(entries: Map<string, YamlEntry>, merged: YamlNode): void {
    for (const map of merged.kind === "list" ? merged.items : [merged]) {
      if (map.kind !== "map") {
        const message = 'Cannot merge with "<<": found no mapping';
        this.#issues.push(issueAt(map.position, "yaml-merge", message));
        continue;
      }
      for (const [key, entry] of map.entries) if (!entries.has(key)) entries.set(key, entry);
    }
  }

  #key(pair: Pair<Visited, Visited>): string | undefined {
    const node = isAlias(pair.key) ? this.#anchors.get(pair.key.source) : pair.key;
    if (isScalar(node)) {
      if (node.anchor) this.#anchors.set(node.anchor, node as ParsedNode);
      return scalarText(node as Scalar.Parsed);
    }
    const position = this.#locate(pair.key?.range?.[0] ?? 0);
    const message = "A key must be text: found a mapping or list";
    const issue = issueAt(position, "yaml-key", message);
    this.#issues.push(isTemplate(pair) ? { ...issue, hint: QUOTE_TEMPLATE } : issue);
    return undefined;
  }

  #scalar(scalar: Scalar.Parsed): YamlNode {
    const [start, end] = scalar.range;
    const style = STYLES[scalar.type ?? "PLAIN"] ?? "plain";
    const place = new PlacedScalar(this.#source, { start, end, style });
    return new YamlScalar(scalarValue(scalar.value, scalar.source), scalarText(scalar), place);
  }

  #empty(offset: number): YamlNode {
    const span = { start: offset, end: offset, style: "plain" } as const;
    return new YamlScalar(null, "", new PlacedScalar(this.#source, span));
  }

  /** Reports a broken limit once; what stands there is cut off. */
  #overflow(issue: Issue): YamlNode {
    if (!this.#hasOverflowed) this.#issues.push(issue);
    this.#hasOverflowed = true;
    return this.#empty(0);
  }

  #locate(offset: number): SourcePosition {
    return this.#source.locate(offset);
  }
}

/** `{{ … }}` without quotes: the key is a mapping in braces whose keys have no values, and has none. */
function isTemplate({ key, value }: Pair<Visited, Visited>): boolean {
  if (value !== null || !isMap(key) || key.flow !== true) return false;
  return key.items.length > 0 && key.items.every((item) => item.value === null);
}

const STYLES: Readonly<Record<string, ScalarStyle>> = {
  PLAIN: "plain",
  QUOTE_SINGLE: "single",
  QUOTE_DOUBLE: "double",
  BLOCK_LITERAL: "block",
  BLOCK_FOLDED: "block",
};

function scalarText(scalar: Scalar.Parsed): string {
  return typeof scalar.value === "string" ? scalar.value : scalar.source;
}
