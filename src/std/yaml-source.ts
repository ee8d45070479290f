/**
 * Offsets of a text → lines and columns, and what a scalar keeps of its place: two numbers and the
 * text that it shares with all others. A large document has tens of thousands of scalars.
 */
import type { SourcePosition } from "./issue.ts";
import type { ScalarSource } from "./yaml-node.ts";
import type { ScalarStyle } from "./yaml-offset.ts";

export class SourceText {
  readonly text: string;
  readonly #file: string;
  /** Where the lines begin, as far as somebody asked. */
  readonly #lines: number[] = [0];
  /** The first offset whose line is not known yet. */
  #known = 0;
  /** The position that was asked for last: a map begins where its first key does. */
  #last: SourcePosition;
  #lastOffset = -1;

  constructor(text: string, file: string) {
    this.text = text;
    this.#file = file;
    this.#last = { file, line: 1, column: 1 };
  }

  locate(offset: number): SourcePosition {
    if (offset !== this.#lastOffset) {
      this.#readLines(offset);
      const line = this.#lineOf(this.#lines, offset);
      const start = this.#lines[line - 1] ?? 0;
      this.#last = { file: this.#file, line, column: offset - start + 1 };
      this.#lastOffset = offset;
    }
    return this.#last;
  }

  /** A text of a million lines is mostly refused in one of the first. */
  #readLines(offset: number): void {
    while (this.#known <= offset) {
      const end = this.text.indexOf("\n", this.#known);
      this.#known = end < 0 ? Number.POSITIVE_INFINITY : end + 1;
      if (end >= 0) this.#lines.push(end + 1);
    }
  }

  /** Who reads from the front to the back asks for the line of the last place, or for the next one. */
  #lineOf(starts: readonly number[], offset: number): number {
    const { line } = this.#last;
    const next = starts[line] ?? Number.POSITIVE_INFINITY;
    if (offset >= (starts[line - 1] ?? 0)) {
      if (offset < next) return line;
      if (offset < (starts[line + 1] ?? Number.POSITIVE_INFINITY)) return line + 1;
    }
    return lineOf(starts, offset);
  }
}

/** The line of an offset, from 1: how many lines begin at it or before it. */
function lineOf(starts: readonly number[], offset: number): number {
  let low = 1;
  let high = starts.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((starts[middle] ?? 0) <= offset) low = middle + 1;
    else high = middle;
  }
  return low;
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
