/**
 * Offsets of a text → lines and columns, and what a scalar keeps of its place: two numbers and the
 * text that it shares with all others. A large document has tens of thousands of scalars.
 */
import type { SourcePosition } from "./issue.ts";
import type { ScalarSource } from "./yaml-node.ts";
import type { ScalarStyle } from "./yaml-offset.ts";

/** Finds the line of an offset, both from 1. */
interface Lines {
  linePos(offset: number): { readonly line: number; readonly col: number };
}

export class SourceText {
  readonly text: string;
  readonly #file: string;
  readonly #lines: Lines;
  /** The position that was asked for last: a map begins where its first key does. */
  #last: SourcePosition;
  #lastOffset = -1;

  constructor(text: string, { file, lines }: { readonly file: string; readonly lines: Lines }) {
    this.text = text;
    this.#file = file;
    this.#lines = lines;
    this.#last = { file, line: 1, column: 1 };
  }

  locate(offset: number): SourcePosition {
    if (offset !== this.#lastOffset) {
      const { line, col } = this.#lines.linePos(offset);
      this.#last = { file: this.#file, line: Math.max(1, line), column: Math.max(1, col) };
      this.#lastOffset = offset;
    }
    return this.#last;
  }
}

interface Span {
  readonly start: number;
  readonly end: number;
  readonly style: ScalarStyle;
}

/** What stands between two offsets of a text. */
export class PlacedScalar implements ScalarSource {
  readonly style: ScalarStyle;
  readonly #source: SourceText;
  readonly #start: number;
  readonly #end: number;

  constructor(source: SourceText, { start, end, style }: Span) {
    this.#source = source;
    this.#start = start;
    this.#end = end;
    this.style = style;
  }

  get raw(): string {
    return this.#source.text.slice(this.#start, this.#end);
  }

  locate(offset: number): SourcePosition {
    return this.#source.locate(this.#start + offset);
  }
}
