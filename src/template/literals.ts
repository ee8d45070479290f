/**
 * Literals of an action: Go strings, raw strings, runes and numbers, decoded to JSON values
 * (https://go.dev/ref/spec#String_literals). A rune is its code point. Throws
 * `TemplateSyntaxError`; numbers that a double cannot hold exactly are refused, not rounded.
 */
import { TemplateSyntaxError } from "./syntax.ts";

const SIMPLE_ESCAPES: Readonly<Record<string, string>> = {
  a: "\u0007",
  b: "\b",
  f: "\f",
  n: "\n",
  r: "\r",
  t: "\t",
  v: "\v",
  "\\": "\\",
};

const ESCAPE = /\\(?:x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|([0-7]{3})|([\s\S]))/gy;
const INTEGER =
  /^[+-]?(?:0[xX](?:_?[\da-fA-F])+|0[bB](?:_?[01])+|0[oO]?(?:_?[0-7])+|0|[1-9](?:_?\d)*)$/;
const DECIMAL = /^[+-]?(?:\d(?:_?\d)*)?\.?(?:\d(?:_?\d)*)?(?:[eE][+-]?\d+)?$/;
const HEX_FLOAT = /^([+-]?)0[xX]([\da-fA-F_]*)\.?([\da-fA-F_]*)[pP]([+-]?\d+)$/;

/** `"…"` with its quotes; `offset` is where it starts. */
export function decodeString(text: string, offset: number): string {
  return unescapeText(text, offset);
}

/** `'x'` → its code point. */
export function decodeCharacter(text: string, offset: number): number {
  const characters = [...unescapeText(text, offset)];
  const first = characters[0];
  if (first === undefined || characters.length !== 1) {
    throw new TemplateSyntaxError(offset, `Bad character constant ${text}: expected one character`);
  }
  return first.codePointAt(0) ?? 0;
}

/** Any Go integer or floating-point literal with an optional sign. */
export function decodeNumber(text: string, offset: number): number {
  if (INTEGER.test(text)) return decodeInteger(text, offset);
  if (/i$/.test(text) && !/^[+-]?0[xX]/.test(text)) {
    throw new TemplateSyntaxError(
      offset,
      `Cannot use complex number "${text}": expected a real one`,
    );
  }
  const hex = HEX_FLOAT.exec(text);
  if (hex) return decodeHexFloat(hex);
  if (/\d/.test(text) && /[.eE]/.test(text) && DECIMAL.test(text)) {
    const value = Number(text.replaceAll("_", ""));
    if (Number.isFinite(value)) return value;
  }
  throw new TemplateSyntaxError(offset, `Bad number syntax: "${text}"`);
}

function decodeInteger(text: string, offset: number): number {
  const sign = text.startsWith("-") ? -1 : 1;
  const digits = text.replace(/^[+-]/, "").replaceAll("_", "");
  const isOldOctal = /^0[0-7]+$/.test(digits);
  const value = sign * Number(isOldOctal ? `0o${digits.slice(1)}` : digits);
  if (Number.isSafeInteger(value)) return value === 0 ? 0 : value;
  throw new TemplateSyntaxError(
    offset,
    `Integer "${text}" is too large: expected at most ${Number.MAX_SAFE_INTEGER}`,
  );
}

function decodeHexFloat(parts: RegExpExecArray): number {
  const [, sign = "", whole = "", fraction = "", exponent = "0"] = parts;
  const digits = (whole + fraction).replaceAll("_", "");
  const scale = Number(exponent) - 4 * fraction.replaceAll("_", "").length;
  return (sign === "-" ? -1 : 1) * Number.parseInt(digits || "0", 16) * 2 ** scale;
}

/** Bytes that `\x` and octal escapes write are UTF-8, as in Go; broken sequences become U+FFFD. */
function unescapeText(text: string, offset: number): string {
  const quote = text[0] ?? '"';
  const body = text.slice(1, -1);
  if (!body.includes("\\")) return body;
  const chunks: Uint8Array[] = [];
  const encoder = new TextEncoder();
  let position = 0;
  while (position < body.length) {
    const slash = body.indexOf("\\", position);
    const end = slash < 0 ? body.length : slash;
    if (end > position) chunks.push(encoder.encode(body.slice(position, end)));
    if (slash < 0) break;
    ESCAPE.lastIndex = slash;
    const match = ESCAPE.exec(body);
    const bytes = match ? escapeBytes(match, quote, encoder) : undefined;
    if (!match || !bytes) {
      throw new TemplateSyntaxError(
        offset + 1 + slash,
        `Bad escape ${JSON.stringify(body.slice(slash, slash + 2))} in a string`,
      );
    }
    chunks.push(bytes);
    position = slash + match[0].length;
  }
  return new TextDecoder("utf-8", { ignoreBOM: true }).decode(joinBytes(chunks));
}

function escapeBytes(
  match: RegExpExecArray,
  quote: string,
  encoder: TextEncoder,
): Uint8Array | undefined {
  const [, hex, short, long, octal, single] = match;
  if (hex !== undefined) return Uint8Array.of(Number.parseInt(hex, 16));
  if (octal !== undefined) {
    const byte = Number.parseInt(octal, 8);
    return byte < 256 ? Uint8Array.of(byte) : undefined;
  }
  const code = short ?? long;
  if (code !== undefined) {
    const point = Number.parseInt(code, 16);
    const isValid = point <= 0x10ffff && (point < 0xd800 || point > 0xdfff);
    return isValid ? encoder.encode(String.fromCodePoint(point)) : undefined;
  }
  if (single === quote) return encoder.encode(quote);
  const simple = SIMPLE_ESCAPES[single ?? ""];
  return simple === undefined ? undefined : encoder.encode(simple);
}

function joinBytes(chunks: readonly Uint8Array[]): Uint8Array {
  const all = new Uint8Array(chunks.reduce((sum, chunk) => sum + chunk.length, 0));
  let offset = 0;
  for (const chunk of chunks) {
    all.set(chunk, offset);
    offset += chunk.length;
  }
  return all;
}
