/**
 * First stage of the engine: text → tokens. Cuts the source at `{{` and `}}`, applies the trim
 * markers, drops comments and splits actions into words. Rules of Go's `text/template`
 * (https://pkg.go.dev/text/template#hdr-Text_and_spaces). Throws `TemplateSyntaxError`.
 */
import { TemplateSyntaxError } from "./syntax.ts";

export type TokenKind =
  | "text"
  | "open"
  | "close"
  | "identifier"
  | "field"
  | "variable"
  | "dot"
  | "string"
  | "raw-string"
  | "character"
  | "number"
  | "pipe"
  | "left-paren"
  | "right-paren"
  | "comma"
  | "assign"
  | "declare"
  | "end";

export interface Token {
  readonly kind: TokenKind;
  /** As written; a field without its dot. */
  readonly text: string;
  readonly start: number;
  readonly end: number;
  /** White space stands before it, which separates arguments from field chains. */
  readonly isSpaced: boolean;
}

interface Rule {
  readonly kind: TokenKind;
  readonly pattern: RegExp;
  /** The word must end at a space, a dot, a bracket, a bar, a comma, a colon or the action's end. */
  readonly isWord?: true;
}

/** In order of trial at each place of an action. */
const RULES: readonly Rule[] = [
  { kind: "number", pattern: /[+-]?\.?\d(?:[eEpP][+-]|[\w.])*/y },
  { kind: "field", pattern: /\.[\p{L}_][\p{L}\p{Nd}_]*/uy, isWord: true },
  { kind: "dot", pattern: /\./y, isWord: true },
  { kind: "variable", pattern: /\$[\p{L}\p{Nd}_]*/uy, isWord: true },
  { kind: "identifier", pattern: /[\p{L}_][\p{L}\p{Nd}_]*/uy, isWord: true },
  { kind: "string", pattern: /"(?:[^"\\\n]|\\[^\n])*"/y },
  { kind: "raw-string", pattern: /`[^`]*`/y },
  { kind: "character", pattern: /'(?:[^'\\\n]|\\[^\n])*'/y },
  { kind: "declare", pattern: /:=/y },
  { kind: "assign", pattern: /=/y },
  { kind: "pipe", pattern: /\|/y },
  { kind: "left-paren", pattern: /\(/y },
  { kind: "right-paren", pattern: /\)/y },
  { kind: "comma", pattern: /,/y },
];

const SPACES = /[ \t\r\n]+/y;
const OPEN = "{{";
const CLOSE = "}}";

/** All tokens of `source`; the last one is `end`. */
export function scan(source: string): readonly Token[] {
  return new Scanner(source).run();
}

class Scanner {
  readonly #source: string;
  readonly #tokens: Token[] = [];
  #offset = 0;
  #trimsNext = false;

  constructor(source: string) {
    this.#source = source;
  }

  run(): readonly Token[] {
    while (this.#offset < this.#source.length) {
      const open = this.#source.indexOf(OPEN, this.#offset);
      const textEnd = open < 0 ? this.#source.length : open;
      const trimsLast = open >= 0 && /^-[ \t\r\n]/.test(this.#source.slice(open + 2, open + 4));
      this.#text(textEnd, trimsLast);
      if (open < 0) break;
      this.#offset = open + OPEN.length + (trimsLast ? 1 : 0);
      if (!this.#comment(open)) this.#action(open);
    }
    this.#push("end", this.#source.length, this.#source.length);
    return this.#tokens;
  }

  #text(end: number, trimsEnd: boolean): void {
    let text = this.#source.slice(this.#offset, end);
    if (this.#trimsNext) text = text.replace(/^[ \t\r\n]+/, "");
    if (trimsEnd) text = trimSpaceEnd(text);
    this.#trimsNext = false;
    if (text !== "") {
      this.#tokens.push({ kind: "text", text, start: this.#offset, end, isSpaced: false });
    }
    this.#offset = end;
  }

  /** A comment fills its action alone; trim markers are allowed around it. */
  #comment(open: number): boolean {
    const start = this.#skipSpaces() ? this.#offset : open + OPEN.length;
    if (!this.#source.startsWith("/*", start)) return false;
    const end = this.#source.indexOf("*/", start);
    if (end < 0) throw new TemplateSyntaxError(open, "Unclosed comment: expected */");
    const rest = /^(?:\}\}|[ \t\r\n]+-\}\})/.exec(this.#source.slice(end + 2));
    if (!rest) {
      throw new TemplateSyntaxError(open, "Comment ends before the action: expected }} after */");
    }
    this.#trimsNext = rest[0] !== CLOSE;
    this.#offset = end + 2 + rest[0].length;
    return true;
  }

  #action(open: number): void {
    this.#push("open", open, open + OPEN.length);
    for (;;) {
      const isSpaced = this.#skipSpaces();
      if (this.#close(isSpaced)) return;
      if (this.#offset >= this.#source.length || this.#source.startsWith(OPEN, this.#offset)) {
        throw new TemplateSyntaxError(open, "Unclosed action: expected }}");
      }
      this.#word(isSpaced);
    }
  }

  #skipSpaces(): boolean {
    SPACES.lastIndex = this.#offset;
    const spaces = SPACES.exec(this.#source);
    if (spaces) this.#offset += spaces[0].length;
    return spaces !== null;
  }

  #close(isSpaced: boolean): boolean {
    const trims = isSpaced && this.#source.startsWith(`-${CLOSE}`, this.#offset);
    const start = this.#offset + (trims ? 1 : 0);
    if (!this.#source.startsWith(CLOSE, start)) return false;
    this.#push("close", start, start + CLOSE.length);
    this.#offset = start + CLOSE.length;
    this.#trimsNext = trims;
    return true;
  }

  #word(isSpaced: boolean): void {
    const start = this.#offset;
    for (const { kind, pattern, isWord } of RULES) {
      pattern.lastIndex = start;
      const match = pattern.exec(this.#source);
      if (!match) continue;
      const end = start + match[0].length;
      if (isWord && !this.#isTerminated(end)) this.#badCharacter(end);
      const text = kind === "field" ? match[0].slice(1) : match[0];
      this.#tokens.push({ kind, text, start, end, isSpaced });
      this.#offset = end;
      return;
    }
    this.#badCharacter(start);
  }

  #isTerminated(offset: number): boolean {
    const next = this.#source[offset];
    return next === undefined || " \t\r\n.,|:()=}".includes(next);
  }

  #badCharacter(offset: number): never {
    const character = String.fromCodePoint(this.#source.codePointAt(offset) ?? 0);
    if (character === "}") {
      throw new TemplateSyntaxError(offset, "Unclosed action: expected }}, found a single }");
    }
    const message =
      character === '"' || character === "`" || character === "'"
        ? `Unterminated string: expected a closing ${character}`
        : `Unexpected character ${JSON.stringify(character)} in an action`;
    throw new TemplateSyntaxError(offset, message);
  }

  #push(kind: TokenKind, start: number, end: number): void {
    this.#tokens.push({ kind, text: this.#source.slice(start, end), start, end, isSpaced: false });
  }
}

/** A loop, because `/\s+$/` is quadratic on long runs of inner space. */
function trimSpaceEnd(text: string): string {
  let end = text.length;
  while (end > 0 && " \t\r\n".includes(text[end - 1] ?? "x")) end--;
  return text.slice(0, end);
}
