/**
 * From a character of a scalar's text back to the character of the source that made it. Folding
 * and indentation only ever change white space, so that the n-th visible character of the text is
 * the n-th visible character of the source; escapes of quoted styles are decoded on the way.
 */

export type ScalarStyle = "plain" | "single" | "double" | "block";

export interface ScalarText {
  /** From the first character of the scalar (its quote, its block header) to its end. */
  readonly raw: string;
  readonly style: ScalarStyle;
}

/** Offset in `raw` of the character `text[offset]`. White space takes the place after its left neighbour. */
export function scalarOffset(source: ScalarText, text: string, offset: number): number {
  const { raw, style } = source;
  let wanted = 0;
  for (let index = 0; index < offset && index < text.length; index++) {
    if (!isSpace(text[index])) wanted++;
  }
  const isOnSpace = offset >= text.length || isSpace(text[offset]);
  let seen = 0;
  let last: SourceUnit | undefined;
  for (const unit of visibleUnits(raw, style)) {
    if (seen === wanted) return isOnSpace && last ? last.end : unit.start;
    seen++;
    last = unit;
  }
  return last ? last.end : contentStart(raw, style);
}

interface SourceUnit {
  readonly start: number;
  readonly end: number;
}

/** The source spans of the visible UTF-16 units of the scalar, in order. */
function* visibleUnits(raw: string, style: ScalarStyle): Generator<SourceUnit> {
  let index = contentStart(raw, style);
  const end = style === "single" || style === "double" ? raw.length - 1 : raw.length;
  while (index < end) {
    const unit = unitAt(raw, index, style);
    for (const character of unit.text) {
      if (isSpace(character)) continue;
      // A character outside the basic plane is two units of the text, one place in the source.
      for (let count = 0; count < character.length; count++) {
        yield { start: index, end: index + unit.length };
      }
    }
    index += unit.length;
  }
}

function contentStart(raw: string, style: ScalarStyle): number {
  switch (style) {
    case "plain":
      return 0;
    case "single":
    case "double":
      return 1;
    case "block": {
      const newline = raw.indexOf("\n");
      return newline < 0 ? raw.length : newline + 1;
    }
    default:
      return style satisfies never;
  }
}

function unitAt(
  raw: string,
  index: number,
  style: ScalarStyle,
): { readonly text: string; readonly length: number } {
  if (style === "single" && raw.startsWith("''", index)) return { text: "'", length: 2 };
  if (style === "double" && raw[index] === "\\") return escapeAt(raw, index);
  const text = String.fromCodePoint(raw.codePointAt(index) ?? 0x20);
  return { text, length: text.length };
}

const HEX_LENGTHS: Readonly<Record<string, number>> = { x: 2, u: 4, U: 8 };
/** Escapes that stand for white space or control characters, none of which are visible. */
const INVISIBLE = new Set([
  "0",
  "b",
  "t",
  "\t",
  "n",
  "v",
  "f",
  "r",
  " ",
  "\n",
  "\r",
  "N",
  "_",
  "L",
  "P",
]);

/** Escapes of YAML 1.2.2 section 5.7. */
function escapeAt(raw: string, index: number): { readonly text: string; readonly length: number } {
  const letter = raw[index + 1] ?? "";
  const digits = HEX_LENGTHS[letter];
  if (digits !== undefined) {
    const code = Number.parseInt(raw.slice(index + 2, index + 2 + digits), 16);
    const isCodePoint = code >= 0 && code <= 0x10ffff;
    return { text: isCodePoint ? String.fromCodePoint(code) : " ", length: 2 + digits };
  }
  if (letter === "0" || letter === "b") return { text: CONTROL, length: 2 };
  if (INVISIBLE.has(letter)) return { text: " ", length: 2 };
  return { text: letter === "a" || letter === "e" ? CONTROL : letter, length: 2 };
}

/** Any character that is not white space, in the place of a control character. */
const CONTROL = "\u0001";

function isSpace(character: string | undefined): boolean {
  return character === undefined || SPACE.test(character);
}

const SPACE = /\s|\u0085/;
