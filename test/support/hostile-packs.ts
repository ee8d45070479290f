/** What a git server may send instead of a commit. Each is refused by what it is, whoever made it. */
import { randomBytes } from "node:crypto";
import { deflateSync } from "node:zlib";
import {
  baseDistance,
  commitData,
  deltaSize,
  NAME_DELTA,
  nameOf,
  OBJECT_TYPES,
  OFFSET_DELTA,
  packOf,
  type RawObject,
  type RawTreeEntry,
  summed,
  treeData,
} from "./raw-pack.ts";

export interface HostilePack {
  readonly pack: Uint8Array;
  /** 40 hex digits: what was asked for. */
  readonly commit: string;
}

const MIB = 1024 * 1024;
const { commit: COMMIT, tree: TREE, blob: BLOB, tag: TAG } = OBJECT_TYPES;
const NOWHERE = Buffer.alloc(20, 7);

const blob = (text: string | Uint8Array): RawObject => ({ type: BLOB, data: Buffer.from(text) });
const tree = (entries: readonly RawTreeEntry[]): RawObject => ({
  type: TREE,
  data: treeData(entries),
});

/** A commit of this tree, which is right as far as it goes, with whatever else the pack holds. */
function repository(root: Uint8Array, others: readonly RawObject[]): HostilePack {
  const commit = commitData(nameOf("tree", root));
  const objects = [{ type: COMMIT, data: commit }, { type: TREE, data: root }, ...others];
  return { pack: packOf(objects), commit: nameOf("commit", commit).toString("hex") };
}

const KATALOG = blob("kind: Katalog\n");
const INNOCENT = treeData([{ name: "katalog.yaml", object: nameOf("blob", KATALOG.data) }]);

/** A repository with nothing wrong in it, but for these objects. */
const among = (...objects: readonly RawObject[]) => repository(INNOCENT, [KATALOG, ...objects]);

/** A pack in place of the one of an innocent repository. */
function instead(change: (pack: Buffer) => Uint8Array): HostilePack {
  const { pack, commit } = among();
  return { pack: change(Buffer.from(pack)), commit };
}

/** A file by a name that no file may have. */
function named(name: string | Uint8Array): HostilePack {
  return repository(treeData([{ name, object: nameOf("blob", KATALOG.data) }]), [KATALOG]);
}

const delta = (before: Uint8Array, data: Uint8Array, type = NAME_DELTA): RawObject => ({
  type,
  before,
  data,
});

/** A delta that adds one byte to a base of `size` bytes. */
const oneMore = (size: number) =>
  Buffer.concat([
    deltaSize(size),
    deltaSize(size + 1),
    Buffer.from([0xb0, size & 0xff, size >> 8, 1, 0x21]),
  ]);

/** Deltas by name, each of the one behind it, the whole object last, and no commit. */
function backwards(count: number): HostilePack {
  const deltas: RawObject[] = [];
  let data = Buffer.alloc(8);
  const last = blob(data);
  for (let index = 1; index <= count; index++) {
    const base = nameOf("blob", data);
    data = Buffer.alloc(8);
    data.writeUInt32BE(index);
    deltas.push(delta(base, Buffer.concat([Buffer.from([8, 8, 8]), data])));
  }
  return { pack: packOf([...deltas.reverse(), last]), commit: "1".repeat(40) };
}

/** By distance, the whole object first; each is one byte longer than the one before it. */
function growing(count: number): HostilePack {
  const first = blob("a");
  const objects: RawObject[] = [first];
  let distance = packOf([first]).length - 12 - 20;
  for (let size = 1; size <= count; size++) {
    const next = delta(baseDistance(distance), oneMore(size), OFFSET_DELTA);
    objects.push(next);
    distance = packOf([next]).length - 12 - 20;
  }
  return { pack: packOf(objects), commit: "1".repeat(40) };
}

/** Each order of the delta copies the whole of a base of 64 KiB. */
function copies(times: number): Buffer {
  const order = Buffer.from([0x80]);
  const orders = Buffer.concat(Array.from({ length: times }, () => order));
  return Buffer.concat([deltaSize(0x10000), deltaSize(0x10000 * times), orders]);
}

/** Folders in folders, each of which is met twice as often as the one around it. */
function doubling(levels: number): HostilePack {
  let inner = tree([{ name: "x", object: nameOf("blob", KATALOG.data) }]);
  const all = [inner];
  for (let level = 0; level < levels; level++) {
    const object = nameOf("tree", inner.data);
    inner = tree(["a", "b"].map((name) => ({ mode: "40000", name, object })));
    all.push(inner);
  }
  return repository(inner.data, [...all.slice(0, -1), KATALOG]);
}

/** A folder in a folder, so many times. */
function deep(levels: number): HostilePack {
  let inner = tree([{ name: "x", object: nameOf("blob", KATALOG.data) }]);
  const all = [inner];
  for (let level = 0; level < levels; level++) {
    inner = tree([{ mode: "40000", name: "d", object: nameOf("tree", inner.data) }]);
    all.push(inner);
  }
  return repository(inner.data, [...all.slice(0, -1), KATALOG]);
}

/** A folder of so many files of one content, the last of them twice. */
function wide(entries: number): HostilePack {
  const one = treeData([{ name: "0000000", object: nameOf("blob", KATALOG.data) }]);
  const all = Buffer.alloc(one.length * entries, one);
  for (let index = 0; index < entries; index++) {
    let rest = Math.min(index, entries - 2);
    // Behind the mode and a space.
    for (let at = one.length * index + 13; rest > 0; at--) {
      all[at] = 0x30 + (rest % 10);
      rest = Math.trunc(rest / 10);
    }
  }
  return repository(all, [KATALOG]);
}

const base = blob(Buffer.alloc(0x10000, "ab"));
const baseName = nameOf("blob", base.data);

export const HOSTILE_PACKS: readonly (readonly [what: string, make: () => HostilePack])[] = [
  ["nothing", () => instead(() => new Uint8Array())],
  ["noise", () => instead(() => randomBytes(5_000))],
  ["a pack that is cut off", () => instead((pack) => pack.subarray(0, -30))],
  ["a checksum that is wrong", () => instead((pack) => pack.fill(0, pack.length - 20))],
  ["a byte that was changed", () => instead((pack) => pack.fill((pack[30] ?? 0) ^ 1, 30, 31))],
  ["a pack of version 9", () => ({ ...among(), pack: packOf([KATALOG], { version: 9 }) })],
  ["4 billion objects, it says", () => ({ ...among(), pack: packOf([], { count: 2 ** 32 - 1 }) })],
  ["30,001 objects", () => among(...Array.from({ length: 30_001 }, (_, i) => blob(`${i}`)))],
  ["more objects than it has", () => ({ ...among(), pack: packOf([KATALOG], { count: 2 }) })],
  [
    "fewer objects than it has",
    () => ({ ...among(), pack: packOf([KATALOG, base], { count: 1 }) }),
  ],
  [
    "something behind its objects",
    () => instead((pack) => summed(Buffer.concat([pack.subarray(0, -20), randomBytes(500)]))),
  ],
  ["an object of type 0", () => among({ type: 0, data: Buffer.from("x") })],
  ["an object of type 5", () => among({ type: 5, data: Buffer.from("x") })],
  ["a file of 101 MiB of zeros", () => among(blob(Buffer.alloc(101 * MIB)))],
  [
    "30 files of 4 MiB of zeros",
    () => among(...Array.from({ length: 30 }, (_, i) => blob(Buffer.alloc(4 * MIB, i)))),
  ],
  ["a size that is too small", () => among({ ...blob(Buffer.alloc(MIB)), size: 10 })],
  ["a size that is too large", () => among({ ...blob("x"), size: 50 * MIB })],
  ["a size beyond all", () => among({ ...blob("x"), size: Buffer.alloc(40, 0xff) })],
  ["a size that never ends", () => instead((pack) => neverEnding(pack))],
  ["an object that is no zlib", () => among({ ...blob("abc"), packed: randomBytes(40) })],
  [
    "an object whose zlib is cut off",
    () => among({ ...base, packed: deflateSync(base.data).subarray(0, -8) }),
  ],
  [
    "an object that needs a dictionary",
    () => among({ ...base, packed: deflateSync(base.data, { dictionary: Buffer.from("abab") }) }),
  ],
  ["a delta of itself", () => among(delta(Buffer.from([0]), oneMore(1), OFFSET_DELTA))],
  [
    "a delta of what is before it all",
    () => among(delta(Buffer.from([0xff, 0x7f]), oneMore(1), OFFSET_DELTA)),
  ],
  [
    "a delta of the middle of an object",
    () => among(delta(Buffer.from([3]), oneMore(1), OFFSET_DELTA)),
  ],
  [
    "a distance that never ends",
    () => among(delta(Buffer.alloc(60, 0xff), oneMore(1), OFFSET_DELTA)),
  ],
  ["a delta of what is not there", () => among(delta(NOWHERE, oneMore(1)))],
  ["a delta for another base", () => among(base, delta(baseName, oneMore(5)))],
  ["a delta of nothing", () => among(base, delta(baseName, Buffer.alloc(0)))],
  [
    "a delta that copies what is not there",
    () => among(base, delta(baseName, sized(10, [0x9f, 0xff, 0xff, 0xff, 0x7f, 10]))),
  ],
  ["a delta with an order of 0", () => among(base, delta(baseName, sized(10, [0])))],
  ["a delta that ends in the middle", () => among(base, delta(baseName, sized(10, [100, 1])))],
  ["a delta that makes less than it says", () => among(base, delta(baseName, sized(99, [1, 1])))],
  ["a delta that makes more than it says", () => among(base, delta(baseName, sized(1, [0x80])))],
  [
    "a delta that says to make 2^40 bytes",
    () =>
      among(
        base,
        delta(
          baseName,
          Buffer.concat([deltaSize(0x10000), deltaSize(2 ** 40), Buffer.from([0x80])]),
        ),
      ),
  ],
  [
    "a delta whose size never ends",
    () => among(base, delta(baseName, Buffer.concat([deltaSize(0x10000), Buffer.alloc(99, 0xff)]))),
  ],
  ["a delta that makes 128 MiB of 64 KiB", () => among(base, delta(baseName, copies(2_048)))],
  [
    "100 deltas that make 2 MiB each",
    () =>
      among(
        base,
        ...Array.from({ length: 100 }, (_, i) => delta(baseName, Buffer.concat([copies(32 + i)]))),
      ),
  ],
  ["29,000 deltas, each of the one before it and longer", () => growing(29_000)],
  ["29,000 deltas, each of the one behind it", () => backwards(29_000)],
  ["a commit that is not there", () => ({ ...among(), commit: "1".repeat(40) })],
  [
    "a file in place of the commit",
    () => ({ ...among(), commit: nameOf("blob", KATALOG.data).toString("hex") }),
  ],
  [
    "a commit without a tree",
    () => only({ type: COMMIT, data: Buffer.from("author x\n") }, "commit"),
  ],
  [
    "a commit of a tree that is not there",
    () => only({ type: COMMIT, data: commitData(NOWHERE) }, "commit"),
  ],
  ["a tag in place of the commit", () => only({ type: TAG, data: commitData(NOWHERE) }, "tag")],
  [
    "a file in place of the tree",
    () => {
      const data = commitData(nameOf("blob", KATALOG.data));
      const { commit } = only({ type: COMMIT, data }, "commit");
      return { pack: packOf([{ type: COMMIT, data }, KATALOG]), commit };
    },
  ],
  [
    "a folder that is not there",
    () => repository(treeData([{ mode: "40000", name: "d", object: NOWHERE }]), []),
  ],
  ["a tree that is damaged", () => repository(INNOCENT.subarray(0, -5), [KATALOG])],
  ["a tree of noise", () => repository(randomBytes(500), [KATALOG])],
  ["folders 10,000 deep", () => deep(10_000)],
  ["folders that double 25 times", () => doubling(25)],
  ["10,001 files", () => wide(10_001)],
  ["a folder of 2.9 million files", () => wide(2_900_000)],
  ["a file that is there twice", () => wide(2)],
  ...["..", ".", "", ".git", ".GIT", "a/b", "../x", "/etc/passwd", "a\\b", "..\\x", "C:\\x"].map(
    (name): readonly [string, () => HostilePack] => [
      `a file called ${JSON.stringify(name)}`,
      () => named(name),
    ],
  ),
  ["a file whose name is no UTF-8", () => named(Buffer.from([0x61, 0xff, 0xfe]))],
];

const sized = (size: number, orders: readonly number[]) =>
  Buffer.concat([deltaSize(0x10000), deltaSize(size), Buffer.from(orders)]);

/** One object, which is asked for. */
function only(object: RawObject, kind: keyof typeof OBJECT_TYPES): HostilePack {
  return { pack: packOf([object]), commit: nameOf(kind, object.data).toString("hex") };
}

/** An object's header that goes on to the end of the pack. */
function neverEnding(pack: Buffer): Buffer {
  return summed(Buffer.concat([pack.subarray(0, 12), Buffer.alloc(100_000, 0xff)]));
}
