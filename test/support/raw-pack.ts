/** Packs of git object by object, also such as git never makes. Source: gitformat-pack(5). */
import { createHash } from "node:crypto";
import { deflateSync } from "node:zlib";

export const OBJECT_TYPES = { commit: 1, tree: 2, blob: 3, tag: 4 } as const;
export const OFFSET_DELTA = 6;
export const NAME_DELTA = 7;

export interface RawObject {
  readonly type: number;
  readonly data: Uint8Array;
  /** What stands between the header and the data: the base of a delta. */
  readonly before?: Uint8Array;
  /** What the header says; the data's own when absent. Bytes go in as they are. */
  readonly size?: number | Uint8Array;
  /** In place of the deflated data. */
  readonly packed?: Uint8Array;
}

interface PackOptions {
  /** What the header says. */
  readonly count?: number;
  readonly version?: number;
}

export function packOf(objects: readonly RawObject[], options: PackOptions = {}): Buffer {
  const { count = objects.length, version = 2 } = options;
  const head = Buffer.alloc(12);
  head.write("PACK");
  head.writeUInt32BE(version, 4);
  head.writeUInt32BE(count, 8);
  return summed(Buffer.concat([head, ...objects.map(rawObject)]));
}

/** With the checksum that belongs behind it. */
export function summed(bytes: Uint8Array): Buffer {
  return Buffer.concat([bytes, createHash("sha1").update(bytes).digest()]);
}

function rawObject({ type, data, before, size = data.length, packed }: RawObject): Buffer {
  const head = typeof size === "number" ? objectHeader(type, size) : size;
  return Buffer.concat([head, before ?? Buffer.alloc(0), packed ?? deflated(data)]);
}

/** As zlib has it. Of small objects there are thousands, and to start the program takes longer than to pack one. */
function deflated(data: Uint8Array): Uint8Array {
  if (data.length < 256) return stored(data);
  return deflateSync(data, { level: data.length > 1024 * 1024 ? 1 : 6 });
}

/** One last block without compression, and the checksum. Source: RFC 1950, RFC 1951 section 3.2.4. */
function stored(data: Uint8Array): Uint8Array {
  const { length } = data;
  const bytes = Buffer.alloc(length + 11);
  bytes.set([0x78, 0x01, 1, length, 0, ~length, 0xff]);
  bytes.set(data, 7);
  let [low, high] = [1, 0];
  for (let at = 0; at < length; at++) {
    low = (low + (data[at] ?? 0)) % 65_521;
    high = (high + low) % 65_521;
  }
  bytes.writeUInt16BE(high, length + 7);
  bytes.writeUInt16BE(low, length + 9);
  return bytes;
}

function objectHeader(type: number, size: number): Buffer {
  const bytes = [(type << 4) | (size & 15) | (size > 15 ? 0x80 : 0)];
  for (let rest = Math.floor(size / 16); rest > 0; rest = Math.floor(rest / 128)) {
    bytes.push((rest & 0x7f) | (rest > 0x7f ? 0x80 : 0));
  }
  return Buffer.from(bytes);
}

/** The 20 bytes that an object is called by. */
export function nameOf(kind: keyof typeof OBJECT_TYPES, data: Uint8Array): Buffer {
  return createHash("sha1").update(`${kind} ${data.length}\0`).update(data).digest();
}

export interface RawTreeEntry {
  readonly mode?: string;
  readonly name: string | Uint8Array;
  readonly object: Uint8Array;
}

export function treeData(entries: readonly RawTreeEntry[]): Buffer {
  return Buffer.concat(
    entries.flatMap(({ mode = "100644", name, object }) => [
      Buffer.from(`${mode} `),
      Buffer.from(name),
      Buffer.alloc(1),
      object,
    ]),
  );
}

export function commitData(tree: Uint8Array): Buffer {
  const by = "test <test@example.io> 0 +0000";
  return Buffer.from(
    `tree ${Buffer.from(tree).toString("hex")}\nauthor ${by}\ncommitter ${by}\n\nchange\n`,
  );
}

/** Of a delta: seven bits at a time, the lowest first. */
export function deltaSize(size: number): Buffer {
  const bytes = [size % 128];
  for (let rest = Math.floor(size / 128); rest > 0; rest = Math.floor(rest / 128)) {
    bytes.push(rest % 128);
  }
  return Buffer.from(bytes.map((byte, index) => (index < bytes.length - 1 ? byte | 0x80 : byte)));
}

/** How far back the base of an offset delta begins. */
export function baseDistance(distance: number): Buffer {
  const bytes = [distance & 0x7f];
  for (let rest = distance >> 7; rest > 0; rest >>= 7) bytes.unshift((--rest & 0x7f) | 0x80);
  return Buffer.from(bytes);
}
