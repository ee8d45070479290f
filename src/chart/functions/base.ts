/** Base 64 and base 32 of RFC 4648 with Go's answers to what does not decode. */

const DECODER = new TextDecoder("utf-8", { ignoreBOM: true });
const BASE32 = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

/** In groups of four, without line feeds: what nearly all texts are. */
const LEGAL_BASE64 = /^[A-Za-z0-9+/]*={0,2}$/;

/** The text, or Go's message in its place. Line feeds are skipped. */
export function decodeBase64(text: string): string {
  const isLegal = text.length % 4 === 0 && LEGAL_BASE64.test(text);
  const illegal = isLegal ? -1 : illegalAt(text, /[A-Za-z0-9+/]/, 4);
  if (illegal >= 0) return `illegal base64 data at input byte ${illegal}`;
  return DECODER.decode(Buffer.from(text.replace(/[\r\n]/g, ""), "base64"));
}

export function encodeBase32(text: string): string {
  let output = "";
  let [bits, count] = [0, 0];
  for (const byte of Buffer.from(text, "utf8")) {
    bits = (bits << 8) | byte;
    for (count += 8; count >= 5; count -= 5) output += BASE32[(bits >> (count - 5)) & 31];
    bits &= 0xff;
  }
  if (count > 0) output += BASE32[(bits << (5 - count)) & 31];
  return output.padEnd(Math.ceil(output.length / 8) * 8, "=");
}

export function decodeBase32(text: string): string {
  const illegal = illegalAt(text, /[A-Z2-7]/, 8);
  if (illegal >= 0) return `illegal base32 data at input byte ${illegal}`;
  const bytes: number[] = [];
  let [bits, count] = [0, 0];
  for (const character of text.replace(/[\r\n=]/g, "")) {
    bits = ((bits & 0xff) << 5) | BASE32.indexOf(character);
    count += 5;
    if (count >= 8) {
      count -= 8;
      bytes.push((bits >> count) & 0xff);
    }
  }
  return DECODER.decode(Uint8Array.from(bytes));
}

/** Offset of what Go finds fault with, or -1. Padding is due and ends the text. */
function illegalAt(text: string, alphabet: RegExp, group: number): number {
  const body = [...text].map((character, at) => ({ character, at }));
  const signs = body.filter(({ character }) => !/[\r\n]/.test(character));
  const end = signs.findIndex(({ character }) => !alphabet.test(character));
  const stop = end < 0 ? signs.length : end;
  const padding = signs.slice(stop).filter(({ character }) => character === "=").length;
  const isClean = signs.slice(stop).every(({ character }) => character === "=");
  const rest = stop % group;
  if (
    isClean &&
    (rest === 0 ? padding === 0 : padding === group - rest && isPossible(rest, group))
  ) {
    return -1;
  }
  const fault = signs[stop];
  if (!fault) return text.length - rest;
  if (fault.character !== "=") return Buffer.byteLength(text.slice(0, fault.at));
  return rest < 2 ? fault.at : text.length;
}

/** How many signs a last group may have. */
function isPossible(rest: number, group: number): boolean {
  return group === 4 ? rest >= 2 : [2, 4, 5, 7].includes(rest);
}
