/** Texts cut and measured in UTF-8 bytes, as Go's strings are. A cut character becomes U+FFFD. */

const ENCODER = new TextEncoder();
const DECODER = new TextDecoder("utf-8", { ignoreBOM: true });

export function byteLength(text: string): number {
  return ENCODER.encode(text).length;
}

export function sliceBytes(text: string, from: number, to?: number): string {
  if (isAscii(text)) return text.slice(from, to);
  return DECODER.decode(ENCODER.encode(text).subarray(from, to));
}

/** Every byte as a character of its own, as code that walks a string by its bytes sees it. */
export function byteCharacters(text: string): readonly string[] {
  return [...ENCODER.encode(text)].map((byte) => String.fromCharCode(byte));
}

function isAscii(text: string): boolean {
  for (let index = 0; index < text.length; index++) if (text.charCodeAt(index) > 0x7f) return false;
  return true;
}

/** How often `part` stands in the text; the empty one: between all characters. */
export function countOf(text: string, part: string): number {
  if (part === "") return text.length + 1;
  let count = 0;
  for (let at = text.indexOf(part); at >= 0; at = text.indexOf(part, at + part.length)) count++;
  return count;
}
