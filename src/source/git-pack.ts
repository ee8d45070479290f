/**
 * A pack → its objects by their names, deltas undone.
 *
 * Guarantees: an object is only found under the SHA-1 of what it really is, so that a pack cannot
 * give other content for a name than the name says; sizes and counts are bounded before anything is
 * unpacked, and each delta is undone once. Source: gitformat-pack(5).
 */
import { createHash } from "node:crypto";
import { inflateSync } from "node:zlib";

export type ObjectKind = "commit" | "tree" | "blob" | "tag";

export interface GitObject {
  readonly kind: ObjectKind;
  readonly data: Uint8Array;
}

/** By hex name. */
export type GitObjects = ReadonlyMap<string, GitObject>;

export interface PackLimits {
  readonly objects: number;
  /** Of everything unpacked together. */
  readonly bytes: number;
}

/** What is wrong with a pack, in words. */
export class PackError extends Error {
  /** More than the limits allow; anything else is not a pack, or a damaged one. */
  readonly isTooLarge: boolean;

  constructor(message: string, isTooLarge = false) {
    super(message);
    this.name = "PackError";
    this.isTooLarge = isTooLarge;
  }
}

const KINDS: Readonly<Record<number, ObjectKind>> = { 1: "commit", 2: "tree", 3: "blob", 4: "tag" };
const OFFSET_DELTA = 6;
const REFERENCE_DELTA = 7;
const HEADER_BYTES = 12;
const NAME_BYTES = 20;

/** Throws {@link PackError}. */
export function readPack(pack: Uint8Array, limits: PackLimits): GitObjects {
  const bytes = Buffer.from(pack.buffer, pack.byteOffset, pack.length);
  const end = bytes.length - NAME_BYTES;
  if (end < HEADER_BYTES || bytes.toString("latin1", 0, 4) !== "PACK") {
    throw new PackError("it is no pack");
  }
  const sum = createHash("sha1").update(bytes.subarray(0, end)).digest();
  if (!sum.equals(bytes.subarray(end))) throw new PackError("its checksum is wrong");
  const version = bytes.readUInt32BE(4);
  if (version !== 2 && version !== 3) throw new PackError(`its version is ${version}, expected 2`);
  const count = bytes.readUInt32BE(8);
  if (count > limits.objects) {
    throw new PackError(`it holds ${count} objects, the limit is ${limits.objects}`, true);
  }
  const reader = new PackReader(bytes.subarray(0, end), limits);
  for (let index = 0; index < count; index++) reader.readEntry();
  return reader.finish();
}

/** Waits for the object that it changes. */
interface Delta {
  readonly offset: number;
  readonly data: Uint8Array;
}

class PackReader {
  readonly #bytes: Buffer;
  readonly #limits: PackLimits;
  /** By the base of each: the offset of an entry, or the hex name of an object. */
  readonly #waiting = new Map<number | string, Delta[]>();
  /** What deltas may still wait for. */
  readonly #fresh: {
    readonly offset: number;
    readonly name: string;
    readonly object: GitObject;
  }[] = [];
  readonly #objects = new Map<string, GitObject>();
  #offset = HEADER_BYTES;
  #unpacked = 0;

  constructor(bytes: Buffer, limits: PackLimits) {
    this.#bytes = bytes;
    this.#limits = limits;
  }

  readEntry(): void {
    const start = this.#offset;
    const { type, size } = this.#header();
    if (type === OFFSET_DELTA) {
      const base = start - this.#baseDistance();
      this.#wait(base, { offset: start, data: this.#inflate(size) });
    } else if (type === REFERENCE_DELTA) {
      const name = this.#bytes.subarray(this.#offset, this.#offset + NAME_BYTES);
      this.#offset += NAME_BYTES;
      this.#wait(name.toString("hex"), { offset: start, data: this.#inflate(size) });
    } else {
      const kind = KINDS[type];
      if (!kind) throw new PackError(`it holds an object of type ${type}`);
      this.#keep(start, { kind, data: this.#inflate(size) });
    }
  }

  /** From whole objects on, each delta once: its base may stand behind it, and chains may be long. */
  finish(): GitObjects {
    if (this.#offset !== this.#bytes.length)
      throw new PackError("it goes on after its last object");
    for (let base = this.#fresh.pop(); base; base = this.#fresh.pop()) {
      const { kind, data } = base.object;
      for (const delta of [...this.#take(base.offset), ...this.#take(base.name)]) {
        this.#keep(delta.offset, { kind, data: this.#undo(data, delta.data) });
      }
    }
    if (this.#waiting.size > 0) throw new PackError("it lacks an object that others need");
    return this.#objects;
  }

  #wait(base: number | string, delta: Delta): void {
    const others = this.#waiting.get(base);
    if (others) others.push(delta);
    else this.#waiting.set(base, [delta]);
  }

  #take(base: number | string): readonly Delta[] {
    const found = this.#waiting.get(base) ?? [];
    this.#waiting.delete(base);
    return found;
  }

  #byte(): number {
    const value = this.#bytes[this.#offset++];
    if (value === undefined) throw new PackError("it ends in the middle of an object");
    return value;
  }

  /** Three bits of type, then the size in steps of four and seven bits. */
  #header(): { readonly type: number; readonly size: number } {
    let byte = this.#byte();
    const type = (byte >> 4) & 7;
    let size = byte & 15;
    for (let factor = 16; byte & 0x80; factor *= 128) {
      byte = this.#byte();
      size += (byte & 0x7f) * factor;
      if (size > this.#limits.bytes) throw this.#tooLarge();
    }
    return { type, size };
  }

  #baseDistance(): number {
    let byte = this.#byte();
    let distance = byte & 0x7f;
    while (byte & 0x80) {
      byte = this.#byte();
      distance = (distance + 1) * 128 + (byte & 0x7f);
      if (distance > this.#bytes.length) throw new PackError("a base lies before its beginning");
    }
    return distance;
  }

  #inflate(size: number): Uint8Array {
    this.#unpacked += size;
    if (this.#unpacked > this.#limits.bytes) throw this.#tooLarge();
    const { buffer, engine } = inflated(this.#bytes.subarray(this.#offset), size);
    if (buffer.length !== size) throw new PackError("an object has another size than it says");
    this.#offset += engine.bytesWritten;
    return buffer;
  }

  #tooLarge(): PackError {
    return new PackError(`it unpacks to more than ${this.#limits.bytes} bytes`, true);
  }

  #keep(offset: number, object: GitObject): void {
    const name = objectName(object);
    this.#objects.set(name, object);
    this.#fresh.push({ offset, name, object });
  }

  #undo(base: Uint8Array, delta: Uint8Array): Uint8Array {
    const { result, size } = applyDelta(base, delta, (bytes) => {
      this.#unpacked += bytes;
      if (this.#unpacked > this.#limits.bytes) throw this.#tooLarge();
    });
    if (result.length !== size) throw new PackError("a delta makes another size than it says");
    return result;
  }
}

/** The name that the content has. */
function objectName({ kind, data }: GitObject): string {
  return createHash("sha1").update(`${kind} ${data.length}\0`).update(data).digest("hex");
}

interface Inflated {
  readonly buffer: Buffer;
  readonly engine: { readonly bytesWritten: number };
}

/** The size is a promise of the pack: not a byte more is unpacked. */
function inflated(bytes: Uint8Array, size: number): Inflated {
  try {
    const options = { info: true, maxOutputLength: Math.max(size, 1) };
    // With `info` both the result and how far it read come back; the types know only the result.
    return inflateSync(bytes, options) as unknown as Inflated;
  } catch {
    throw new PackError("an object cannot be unpacked");
  }
}

/** Source: gitformat-pack(5), "Deltified representation". */
function applyDelta(base: Uint8Array, delta: Uint8Array, allow: (bytes: number) => void) {
  const cursor = { at: 0 };
  const next = (): number => {
    const value = delta[cursor.at++];
    if (value === undefined) throw new PackError("a delta ends in the middle");
    return value;
  };
  if (readSize(next) !== base.length) throw new PackError("a delta is made for another object");
  const size = readSize(next);
  allow(size);
  const result = new Uint8Array(size);
  let filled = 0;
  while (cursor.at < delta.length) {
    const part = nextPart(next, { base, delta, cursor });
    if (filled + part.length > size) throw new PackError("a delta makes more than it says");
    result.set(part, filled);
    filled += part.length;
  }
  return { result: filled === size ? result : result.subarray(0, filled), size };
}

function readSize(next: () => number): number {
  let size = 0;
  for (let factor = 1; ; factor *= 128) {
    const byte = next();
    size += (byte & 0x7f) * factor;
    if (!(byte & 0x80)) return size;
    if (factor > 2 ** 40) throw new PackError("a size is too large to be one");
  }
}

interface DeltaPlace {
  readonly base: Uint8Array;
  readonly delta: Uint8Array;
  readonly cursor: { at: number };
}

/** A copy of a part of the base, or bytes of the delta itself. */
function nextPart(next: () => number, { base, delta, cursor }: DeltaPlace): Uint8Array {
  const order = next();
  if (order === 0) throw new PackError("a delta holds an order that git does not know");
  if (!(order & 0x80)) {
    const part = delta.subarray(cursor.at, cursor.at + order);
    cursor.at += order;
    if (part.length !== order) throw new PackError("a delta ends in the middle");
    return part;
  }
  const offset = [0, 1, 2, 3].reduce(
    (sum, bit) => sum + (order & (1 << bit) ? next() * 256 ** bit : 0),
    0,
  );
  const length = [0, 1, 2].reduce(
    (sum, bit) => sum + (order & (16 << bit) ? next() * 256 ** bit : 0),
    0,
  );
  const size = length === 0 ? 0x10000 : length;
  if (offset + size > base.length)
    throw new PackError("a delta copies what its base does not hold");
  return base.subarray(offset, offset + size);
}
