/** Tar archives byte by byte, also such as no tool writes. Source: POSIX.1-2017 pax, "ustar Interchange Format". */

import { gzipSync } from "node:zlib";

export interface RawEntry {
  /** Bytes, so that it need not be UTF-8. */
  readonly name: string | Uint8Array;
  /** The type flag. */
  readonly type?: string;
  readonly linkname?: string;
  readonly body?: Uint8Array;
  /** What the header says; the body's own when absent. Text goes in as it is. */
  readonly size?: number | Uint8Array;
  readonly prefix?: string;
  readonly checksum?: number;
  readonly magic?: string;
}

const BLOCK = 512;

export function rawTar(entries: readonly RawEntry[], { isEnded = true } = {}): Uint8Array {
  const end = isEnded ? [new Uint8Array(2 * BLOCK)] : [];
  return Buffer.concat([...entries.flatMap(rawEntry), ...end]);
}

/** Its header, its body, and what fills up the last block: in parts, since bodies may be large. */
function rawEntry(entry: RawEntry): Uint8Array[] {
  const { name, type = "0", linkname = "", body = new Uint8Array(), prefix = "" } = entry;
  const header = Buffer.alloc(BLOCK);
  Buffer.from(name).copy(header, 0, 0, 100);
  header.write("0000644\0", 100);
  header.write("0000000\0", 108);
  header.write("0000000\0", 116);
  const { size = body.length } = entry;
  if (typeof size === "number") header.write(`${size.toString(8).padStart(11, "0")}\0`, 124);
  else Buffer.from(size).copy(header, 124);
  header.write("00000000000\0", 136);
  header.write(type, 156);
  header.write(linkname, 157, 100);
  header.write(entry.magic ?? "ustar\0", 257);
  header.write("00", 263);
  header.write(prefix, 345, 155);
  header.write("        ", 148);
  const sum = entry.checksum ?? sumOf(header);
  header.write(`${sum.toString(8).padStart(6, "0")}\0 `, 148);
  const padding = Buffer.alloc((BLOCK - (body.length % BLOCK)) % BLOCK);
  return [header, body, padding];
}

function sumOf(header: Uint8Array): number {
  let sum = 0;
  // An iterator takes twenty times as long, which counts with ten thousand headers.
  for (let at = 0; at < header.length; at++) sum += header[at] ?? 0;
  return sum;
}

/** A pax header: `type` `x` for the next entry, `g` for all that follow. */
export function paxEntry(records: Readonly<Record<string, string>>, type = "x"): RawEntry {
  const body = Buffer.concat(
    Object.entries(records).map(([key, value]) => {
      const rest = Buffer.from(` ${key}=${value}\n`);
      let length = rest.length + 1;
      while (rest.length + String(length).length !== length) length++;
      return Buffer.concat([Buffer.from(String(length)), rest]);
    }),
  );
  return { name: "pax", type, body };
}

/** What GNU tar writes before an entry with a long name. */
export function longName(name: string): RawEntry {
  return { name: "././@LongLink", type: "L", body: Buffer.from(`${name}\0`) };
}

export const FILE_BODY = Buffer.from("kind: Katalog\n");

/** A plain file, but for what is said otherwise. */
export function rawFile(name: string | Uint8Array, more: Partial<RawEntry> = {}): RawEntry {
  return { name, body: FILE_BODY, ...more };
}

export function packedTar(...entries: readonly RawEntry[]): Uint8Array<ArrayBuffer> {
  return gzipSync(rawTar(entries));
}
