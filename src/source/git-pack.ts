/**
 * A pack → its objects by their names, deltas undone.
 *
 * Guarantees: an object is only found under the SHA-1 of what it really is, so that a pack cannot
 * give other content for a name than the name says; sizes, counts and chains are bounded before
 * anything is unpacked. Source: gitformat-pack(5).
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
/** git itself makes chains of 50 at most. */
const MAX_CHAIN = 1_000;

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

type Entry =
  | ({ readonly kind: "whole" } & { readonly object: GitObject })
  | { readonly kind: "delta"; readonly base: number | string; readonly data: Uint8Array };

class PackReader {
  readonly #bytes: Buffer;
  readonly #limits: PackLimits;
  readonly #entries = new Map<number, Entry>();
  readonly #resolved = new Map<number, GitObject>();
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
      this.#entries.set(start, { kind: "delta", base, data: this.#inflate(size) });
    } else if (type === REFERENCE_DELTA) {
      const name = this.#bytes.subarray(this.#offset, this.#offset + NAME_BYTES);
      this.#offset += NAME_BYTES;
      const data = this.#inflate(size);
      this.#entries.set(start, { kind: "delta", base: name.toString("hex"), data });
    } else {
      const kind = KINDS[type];
      if (!kind) throw new PackError(`it holds an object of type ${type}`);
      const object = { kind, data: this.#inflate(size) };
      this.#entries.set(start, { kind: "whole", object });
      this.#keep(start, object);
    }
  }

  /** Bases by name may stand behind what is made from them: tried until nothing more comes of it. */
  finish(): GitObjects {
    if (this.#offset !== this.#bytes.length)
      throw new PackError("it goes on after its last object");
    let open = [...this.#entries.keys()].filter((offset) => !this.#resolved.has(offset));
    while (open.length > 0) {
      const rest = open.filter((offset) => !this.#tryResolve(offset));
      if (rest.length === open.length) throw new PackError("it lacks an object that others need");
      open = rest;
    }
    return this.#objects;
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
    this.#resolved.set(offset, object);
    this.#objects.set(objectName(object), object);
  }

  /** Undoes the deltas from the nearest whole object on. */
  #tryResolve(offset: number): boolean {
    const chain: { readonly offset: number; readonly data: Uint8Array }[] = [];
    let at: number | string = offset;
    let object: GitObject | undefined;
    for (;;) {
      object = typeof at === "string" ? this.#objects.get(at) : this.#resolved.get(at);
      if (object) break;
      const entry: Entry | undefined = typeof at === "number" ? this.#entries.get(at) : undefined;
      if (entry?.kind !== "delta") return false;
      chain.push({ offset: at as number, data: entry.data });
      if (chain.length > MAX_CHAIN) throw new PackError("its deltas go on without end");
      at = entry.base;
    }
    for (const { offset: own, data } of chain.reverse()) {
      object = { kind: object.kind, data: this.#undo(object.data, data) };
      this.#keep(own, object);
    }
    return true;
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
