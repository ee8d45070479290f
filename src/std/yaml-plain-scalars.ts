/**
 * The scalars and keys of one plain text (`yaml-plain.ts`), with their places. Throws `NotPlain` at
 * those that only the package can judge.
 */
import type { Issue, SourcePosition } from "./issue.ts";
import {
  Duplicates,
  Refused,
  tooDeep,
  tooManyMembers,
  tooManyNodes,
  type YamlLimits,
} from "./yaml-limits.ts";
import { type YamlEntry, YamlScalar } from "./yaml-node.ts";
import type { ScalarStyle } from "./yaml-offset.ts";
import { checkPlainStart, DOUBLE_QUOTE, NotPlain, SINGLE_QUOTE } from "./yaml-plain-scan.ts";
import { flowText, plainValue } from "./yaml-scalar.ts";
import { PlacedScalar, type SourceText } from "./yaml-source.ts";

export interface PlainScalarsOptions {
  readonly limits: YamlLimits;
  /** Of a key that is given twice the last one counts, and there is no issue. */
  readonly takesLast: boolean;
}

export class PlainScalars {
  readonly text: string;
  readonly issues: Issue[] = [];
  readonly #duplicates = new Duplicates(this.issues);
  readonly #source: SourceText;
  readonly #limits: YamlLimits;
  readonly #takesLast: boolean;
  #nodes = 0;
  /** Keys and short scalars, each once: documents say the same words over and over. */
  readonly #words = new Map<string, string>();

  constructor(source: SourceText, { limits, takesLast }: PlainScalarsOptions) {
    this.text = source.text;
    this.#source = source;
    this.#limits = limits;
    this.#takesLast = takesLast;
  }

  /** The key between two offsets. */
  key(start: number, end: number): string {
    const style = styleOf(this.text, start);
    if (style === "plain") checkPlainStart(this.text, start);
    const key = this.#decode(start, end, style);
    if (style === "plain" && key === "<<") throw new NotPlain();
    return key;
  }

  /** Of a key that is given twice the first stays, with an issue for the other one. */
  add(entries: Map<string, YamlEntry>, key: string, entry: YamlEntry): void {
    const first = this.#takesLast ? undefined : entries.get(key);
    this.checkMembers(["keys", entries.size], entry.keyPosition);
    if (first) this.#duplicates.add(key, entry.keyPosition, first.keyPosition);
    else entries.set(key, entry);
  }

  /** A plain or quoted scalar. */
  scalar(start: number, end: number): YamlScalar {
    const style = styleOf(this.text, start);
    const text = this.#decode(start, end, style);
    const value = style === "plain" ? plainValue(text) : text;
    return new YamlScalar(value, text, this.#place({ start, end, style }));
  }

  /** What stands behind a colon or a dash where nothing does. */
  empty(offset: number, depth: number): YamlScalar {
    this.checkNode(offset, depth);
    return new YamlScalar(null, "", this.#place({ start: offset, end: offset, style: "plain" }));
  }

  /** A literal or folded block that was decoded. */
  block(value: string, start: number, end: number): YamlScalar {
    return new YamlScalar(value, value, this.#place({ start, end, style: "block" }));
  }

  locate(offset: number): SourcePosition {
    return this.#source.locate(offset);
  }

  /** Before each node at `start`. */
  checkNode(start: number, depth: number): void {
    const { depth: deepest } = this.#limits;
    if (depth > deepest) throw new Refused(tooDeep(this.locate(start), deepest));
    if (++this.#nodes <= this.#limits.nodes) return;
    throw new Refused(tooManyNodes(this.locate(start), this.#limits.nodes));
  }

  /** Before one more is added. */
  checkMembers(
    [what, count]: readonly ["keys" | "items", number],
    place: SourcePosition | number,
  ): void {
    const limit = this.#limits.members;
    if (count < limit) return;
    const position = typeof place === "number" ? this.locate(place) : place;
    throw new Refused(tooManyMembers(position, [what, limit]));
  }

  #decode(start: number, end: number, style: ScalarStyle): string {
    const text = flowText(this.text.slice(start, end), style);
    if (text === undefined) throw new NotPlain();
    if (text.length > MAX_WORD) return text;
    const known = this.#words.get(text);
    if (known === undefined) this.#words.set(text, text);
    return known ?? text;
  }

  #place(span: { start: number; end: number; style: ScalarStyle }): PlacedScalar {
    return new PlacedScalar(this.#source, span);
  }
}

/** Longer text is rarely said twice. */
const MAX_WORD = 60;

export function isQuote(text: string, at: number): boolean {
  return styleOf(text, at) !== "plain";
}

function styleOf(text: string, at: number): "single" | "double" | "plain" {
  const first = text.charCodeAt(at);
  if (first === DOUBLE_QUOTE) return "double";
  return first === SINGLE_QUOTE ? "single" : "plain";
}
