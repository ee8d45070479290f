/** Maps in braces and lists in brackets, of `yaml-plain.ts`: without comments, without pairs in lists. */
import type { YamlEntry, YamlList, YamlMap, YamlNode } from "./yaml-node.ts";
import { isQuote, type PlainScalars } from "./yaml-plain-scalars.ts";
import {
  COLON,
  checkPlainStart,
  lineEnd,
  NEWLINE,
  NotPlain,
  plainLineEnd,
  quotedEnd,
  skipSpaces,
} from "./yaml-plain-scan.ts";

export class FlowReader {
  readonly #scalars: PlainScalars;
  readonly #text: string;
  #at = 0;

  constructor(scalars: PlainScalars) {
    this.#scalars = scalars;
    this.#text = scalars.text;
  }

  /** What begins with the bracket at `start`, in a map or list whose own column is `outer`. */
  read(
    start: number,
    outer: number,
    depth: number,
  ): { readonly node: YamlNode; readonly end: number } {
    this.#at = start;
    const node = this.#flow({ outer, level: 1 }, depth);
    return { node, end: this.#at };
  }

  /** In braces or brackets. */
  #flow(around: Flow, depth: number): YamlMap | YamlList {
    this.#scalars.checkNode(this.#at, depth);
    const position = this.#scalars.locate(this.#at);
    return this.#text[this.#at++] === "{"
      ? { kind: "map", position, entries: this.#entries(around, depth + 1) }
      : { kind: "list", position, items: this.#items(around, depth + 1) };
  }

  #entries(around: Flow, depth: number): Map<string, YamlEntry> {
    const entries = new Map<string, YamlEntry>();
    while (!this.#closes("}", around)) {
      const start = this.#at;
      const keyPosition = this.#scalars.locate(start);
      const end = this.#scalarEnd(start);
      if (this.#text.charCodeAt(end) !== COLON) throw new NotPlain();
      const key = this.#scalars.key(start, end);
      this.#at = end + 1;
      this.#skipSpace(around);
      this.#scalars.add(entries, key, { keyPosition, value: this.#node(around, depth) });
      this.#separate("}", around);
    }
    return entries;
  }

  #items(around: Flow, depth: number): YamlNode[] {
    const items: YamlNode[] = [];
    while (!this.#closes("]", around)) {
      this.#scalars.checkMembers(["items", items.length], this.#at);
      items.push(this.#node(around, depth));
      this.#separate("]", around);
    }
    return items;
  }

  #node(around: Flow, depth: number): YamlNode {
    this.#scalars.checkNode(this.#at, depth);
    const start = this.#at;
    const first = this.#text[start];
    if (first === "{" || first === "[") {
      return this.#flow({ ...around, level: around.level + 1 }, depth);
    }
    this.#at = this.#scalarEnd(start);
    return this.#scalars.scalar(start, this.#at);
  }

  #scalarEnd(start: number): number {
    const text = this.#text;
    if (!isQuote(text, start)) {
      checkPlainStart(text, start);
      return plainLineEnd(text, start, true);
    }
    const end = quotedEnd(text, start);
    if (lineEnd(text, start) < end) throw new NotPlain();
    return end;
  }

  /** Takes the bracket when it is next. */
  #closes(bracket: string, around: Flow): boolean {
    this.#skipSpace(around);
    if (this.#text[this.#at] !== bracket) return false;
    this.#at++;
    return true;
  }

  /** Takes the comma, which may also stand behind the last item. */
  #separate(bracket: string, around: Flow): void {
    this.#skipSpace(around);
    const next = this.#text[this.#at];
    if (next === ",") this.#at++;
    else if (next !== bracket) throw new NotPlain();
  }

  /** White space and line ends; the last bracket may stand right below what the flow belongs to. */
  #skipSpace({ outer, level }: Flow): void {
    const text = this.#text;
    this.#at = skipSpaces(text, this.#at);
    if (text.charCodeAt(this.#at) !== NEWLINE) return;
    let line = this.#at;
    while (text.charCodeAt(this.#at) === NEWLINE) {
      line = this.#at + 1;
      this.#at = skipSpaces(text, line);
    }
    const column = this.#at - line;
    const isLast = level === 1 && column === outer && /[\]}]/.test(text[this.#at] ?? "");
    if (column <= outer && !isLast) throw new NotPlain();
  }
}

/** What a flow belongs to: the column of the map or list around it, and how many flows are open. */
interface Flow {
  readonly outer: number;
  readonly level: number;
}
