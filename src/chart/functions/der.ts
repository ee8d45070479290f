/** The few forms of ASN.1's DER encoding that a certificate needs (ITU-T X.690). */

export function sequence(...parts: readonly Uint8Array[]): Uint8Array {
  return tagged(0x30, Buffer.concat(parts));
}

export function setOf(...parts: readonly Uint8Array[]): Uint8Array {
  return tagged(0x31, Buffer.concat(parts));
}

/** A positive number from its bytes, the highest first. */
export function integer(bytes: Uint8Array): Uint8Array {
  let start = 0;
  while (start < bytes.length - 1 && bytes[start] === 0) start++;
  const digits = bytes.subarray(start);
  const isHigh = ((digits[0] ?? 0) & 0x80) !== 0;
  return tagged(2, isHigh ? Buffer.concat([Uint8Array.of(0), digits]) : digits);
}

export function derBoolean(value: boolean): Uint8Array {
  return Uint8Array.of(1, 1, value ? 0xff : 0);
}

export function bitString(bytes: Uint8Array): Uint8Array {
  return tagged(3, Buffer.concat([Uint8Array.of(0), bytes]));
}

export function octetString(bytes: Uint8Array): Uint8Array {
  return tagged(4, bytes);
}

export function utf8String(text: string): Uint8Array {
  return tagged(12, Buffer.from(text, "utf8"));
}

export function objectId(text: string): Uint8Array {
  const [first = 0, second = 0, ...rest] = text.split(".").map(Number);
  return tagged(6, Uint8Array.from([first * 40 + second, ...rest.flatMap(base128)]));
}

function base128(value: number): number[] {
  const digits = [value & 0x7f];
  for (let left = value >>> 7; left > 0; left >>>= 7) digits.unshift((left & 0x7f) | 0x80);
  return digits;
}

/** UTCTime to 2049, GeneralizedTime from then on (RFC 5280). */
export function derTime(ms: number): Uint8Array {
  const digits = new Date(ms).toISOString().replace(/[-:T]|\..*$/g, "");
  const isShort = new Date(ms).getUTCFullYear() < 2050;
  return tagged(isShort ? 0x17 : 0x18, Buffer.from(`${isShort ? digits.slice(2) : digits}Z`));
}

export function contextTag(
  number: number,
  content: Uint8Array,
  { isPrimitive = false }: { readonly isPrimitive?: boolean } = {},
): Uint8Array {
  return tagged((isPrimitive ? 0x80 : 0xa0) | number, content);
}

function tagged(tag: number, content: Uint8Array): Uint8Array {
  return Buffer.concat([Uint8Array.from([tag, ...lengthOf(content.length)]), content]);
}

function lengthOf(length: number): number[] {
  if (length < 0x80) return [length];
  const bytes: number[] = [];
  for (let left = length; left > 0; left = Math.floor(left / 256)) bytes.unshift(left % 256);
  return [0x80 | bytes.length, ...bytes];
}

export interface DerElement {
  readonly tag: number;
  readonly content: Uint8Array;
  readonly whole: Uint8Array;
}

/** The elements inside of the first element of `der`. */
export function elements(der: Uint8Array): readonly DerElement[] {
  const outer = elementAt(der, 0);
  const found: DerElement[] = [];
  let offset = 0;
  while (offset < outer.content.length) {
    const element = elementAt(outer.content, offset);
    found.push(element);
    offset += Math.max(1, element.whole.length);
  }
  return found;
}

function elementAt(bytes: Uint8Array, start: number): DerElement {
  const first = bytes[start + 1] ?? 0;
  const count = first < 0x80 ? 0 : first & 0x7f;
  let length = first;
  if (count > 0) {
    length = 0;
    for (let at = 0; at < count; at++) length = length * 256 + (bytes[start + 2 + at] ?? 0);
  }
  const from = start + 2 + count;
  const content = bytes.subarray(from, from + length);
  return { tag: bytes[start] ?? 0, content, whole: bytes.subarray(start, from + length) };
}
