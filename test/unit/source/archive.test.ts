import { expect, test } from "bun:test";
import { randomBytes } from "node:crypto";
import { gzipSync } from "node:zlib";
import fc from "fast-check";
import { readTar, readTarGz, writeTarGz } from "../../../src/source/archive.ts";
import { SourceError } from "../../../src/source/source-error.ts";
import { longName, paxEntry, type RawEntry, rawTar } from "../../support/raw-tar.ts";

const MIB = 1024 * 1024;
const body = Buffer.from("kind: Katalog\n");
const file = (name: string | Uint8Array, more: Partial<RawEntry> = {}): RawEntry => ({
  name,
  body,
  ...more,
});
const packed = (...entries: readonly RawEntry[]) => gzipSync(rawTar(entries));

/** Names that must not be taken, however they are told. */
const BAD_NAMES: readonly string[] = [
  "../x",
  "..",
  "a/..",
  "a/../../x",
  "./../x",
  "a/b/../../../x",
  "/etc/passwd",
  "//server/x",
  "C:/x",
  "c:x",
  "a\\b",
  "..\\..\\x",
  "\\\\server\\x",
  "a\nb",
  "a\u001b[2Jb",
  "a\u007fb",
  "a//b",
  "a\u202eb",
  "a\u0085b",
  "a/./b",
  "a. ",
  "a./b",
  "a ",
  "d/x.",
];

const deep = `${"d/".repeat(100)}x`;

const HOSTILE: readonly (readonly [string, () => Uint8Array])[] = [
  ...BAD_NAMES.flatMap((name): [string, () => Uint8Array][] => [
    [`the name ${JSON.stringify(name)}`, () => packed(file(name))],
    [`the pax name ${JSON.stringify(name)}`, () => packed(paxEntry({ path: name }), file("ok"))],
    [`the long name ${JSON.stringify(name)}`, () => packed(longName(name), file("ok"))],
  ]),
  ["a NUL in a pax name", () => packed(paxEntry({ path: "a\0../../x" }), file("ok"))],
  ["a global pax name", () => packed(paxEntry({ path: "../x" }, "g"), file("ok"))],
  ["a folder that leads out", () => packed({ name: "../d/", type: "5" }, file("ok"))],
  ["a folder at the root", () => packed({ name: "/d/", type: "5" }, file("ok"))],
  ["a prefix that leads out", () => packed(file("x", { prefix: "../.." }))],
  ["a prefix at the root", () => packed(file("x", { prefix: "/etc" }))],
  ["a name without UTF-8", () => packed(file(Buffer.from([0x61, 0xff, 0xfe])))],
  ["no name", () => packed(file("."))],
  ["a deep path", () => packed(paxEntry({ path: deep }), file("ok"))],
  [
    "a long path",
    () => packed(paxEntry({ path: `${"abcdefgh/".repeat(40)}${"y".repeat(900)}` }), file("ok")),
  ],
  ["a long name", () => packed(longName("z".repeat(300)), file("ok"))],
  ["a symbolic link", () => packed({ name: "x", type: "2", linkname: "/etc/passwd" })],
  ["a symbolic link beside", () => packed({ name: "x", type: "2", linkname: "y" }, file("y"))],
  ["a file below a link", () => packed({ name: "d", type: "2", linkname: "/tmp" }, file("d/x"))],
  ["a hard link", () => packed({ name: "x", type: "1", linkname: "/etc/passwd" })],
  ["a hard link beside", () => packed(file("y"), { name: "x", type: "1", linkname: "y" })],
  ["a pax link", () => packed(paxEntry({ linkpath: "/etc" }), { name: "x", type: "2" })],
  [
    "a long link",
    () => packed({ name: "l", type: "K", body: Buffer.from("/etc\0") }, { name: "x", type: "2" }),
  ],
  ["a character device", () => packed({ name: "null", type: "3" })],
  ["a block device", () => packed({ name: "sda", type: "4" })],
  ["a named pipe", () => packed({ name: "pipe", type: "6" })],
  [
    "a sparse file",
    () => packed(paxEntry({ "GNU.sparse.major": "1", "GNU.sparse.name": "x" }), file("ok")),
  ],
  ["one name twice", () => packed(file("x"), file("x"))],
  ["one name in two spellings", () => packed(file("x"), file("./x"))],
  ["names that differ in case", () => packed(file("Katalog.yaml"), file("katalog.yaml"))],
  ["names that differ in their Unicode form", () => packed(file("\u00e9"), file("e\u0301"))],
  ["names that differ in a ligature", () => packed(file("\ufb01le"), file("file"))],
  ["names that differ in width", () => packed(file("\uff21"), file("a"))],
  ["folders that differ in case", () => packed(file("D/x"), file("d/y"))],
  ["a file below a file", () => packed(file("d"), file("d/x"))],
  ["a file over a folder", () => packed(file("d/x"), file("d"))],
  ["a folder over a file", () => packed(file("d"), { name: "d/", type: "5" }, file("ok"))],
  ["a file of 6 MiB", () => packed(file("x", { body: new Uint8Array(6 * MIB) }))],
  ["a file that says 6 MiB and has none", () => packed(file("x", { size: 6 * MIB }))],
  ["a file that says 8 GiB", () => packed(file("x", { size: 0o77777777777 }))],
  [
    "a size of base 256",
    () => packed(file("x", { size: Buffer.from([0x80, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0]) })),
  ],
  ["a negative size", () => packed(file("x", { size: Buffer.alloc(12, 0xff) }))],
  ["a size that is no number", () => packed(file("x", { size: Buffer.from("0000000zzz9\0") }))],
  ["a pax size", () => packed(paxEntry({ size: String(6 * MIB) }), file("x"))],
  [
    "10,001 files",
    () => packed(...Array.from({ length: 10_001 }, (_, index) => file(`f${index}`))),
  ],
  [
    "10,001 folders",
    () =>
      packed(...Array.from({ length: 10_001 }, (_, index) => ({ name: `f${index}/`, type: "5" }))),
  ],
  ["100 MiB of zeros", () => gzipSync(new Uint8Array(100 * MIB))],
  [
    "40 MiB of zeros in files",
    () =>
      packed(
        ...Array.from({ length: 10 }, (_, index) =>
          file(`f${index}`, { body: new Uint8Array(4 * MIB) }),
        ),
      ),
  ],
  [
    "many gzip members of zeros",
    () => Buffer.concat(Array.from({ length: 20 }, () => gzipSync(new Uint8Array(4 * MIB)))),
  ],
  ["more than 10 MiB packed", () => Buffer.concat([packed(file("x")), randomBytes(10 * MIB)])],
  ["more than 100 MiB unpacked", () => Buffer.concat(Array.from({ length: 30 }, () => REPETITIVE))],
  [
    "a name of 9 MiB",
    () => packed({ name: "l", type: "L", body: Buffer.alloc(9 * MIB, 0x61) }, file("x")),
  ],
  [
    "600 global attributes",
    () =>
      packed(
        paxEntry(
          Object.fromEntries(Array.from({ length: 600 }, (_, index) => [`k${index}`, "v"])),
          "g",
        ),
        file("x"),
      ),
  ],
  ["a wrong checksum", () => packed(file("x", { checksum: 1 }))],
  [
    "an end in the middle of a file",
    () => gzipSync(rawTar([file("x", { size: 5000 })]).subarray(0, 1000)),
  ],
  ["no end", () => gzipSync(rawTar([file("x")], { isEnded: false }))],
  [
    "something behind the end",
    () => gzipSync(Buffer.concat([rawTar([file("x")]), rawTar([file("y")])])),
  ],
  ["gzip that is cut off", () => packed(file("x")).subarray(0, -12)],
  ["gzip whose checksum is wrong", () => flipped(packed(file("x")), -6)],
  [
    "gzip that is damaged",
    () => flipped(gzipSync(rawTar([file("x", { body: randomBytes(2000) })])), 600),
  ],
  ["gzip of something else", () => gzipSync("kind: Katalog\n")],
  ["gzip of nothing", () => gzipSync(new Uint8Array())],
  ["a zip file", () => Buffer.from("504b0304140000000800", "hex")],
  ["text", () => Buffer.from("kind: Katalog\n")],
  ["nothing", () => new Uint8Array()],
  ["gzip's first bytes alone", () => Buffer.from([0x1f, 0x8b])],
  ["noise", () => Buffer.concat([Buffer.from([0x1f, 0x8b, 8, 0]), randomBytes(5000)])],
];

/** Unpacks to 4 MiB, at a ratio that is no bomb's. */
const REPETITIVE = gzipSync(
  Buffer.concat(
    Array.from({ length: 4096 }, (_, index) =>
      index % 16 === 0 ? randomBytes(1024) : Buffer.alloc(1024, index),
    ),
  ),
);

function flipped(bytes: Uint8Array, at: number): Uint8Array {
  const copy = Buffer.from(bytes);
  const index = at < 0 ? copy.length + at : at;
  copy[index] = (copy[index] ?? 0) ^ 0xff;
  return copy;
}

test("there are at least 80 hostile archives", () => {
  expect(HOSTILE.length).toBeGreaterThanOrEqual(80);
  expect(new Set(HOSTILE.map(([name]) => name)).size).toBe(HOSTILE.length);
});

test.each(HOSTILE)("readTarGz() refuses %s, soon and within bounds", async (_, make) => {
  const bytes = make();
  Bun.gc(true);
  const before = process.memoryUsage().rss;
  const start = process.cpuUsage();
  const error = await readTarGz(bytes, { name: "oci://x/y:1" }).then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(SourceError);
  expect((error as SourceError).code).toBe("archive");
  expect((error as SourceError).message).toStartWith('Cannot unpack "oci://x/y:1": ');
  // A name must not steer the terminal that shows it.
  expect((error as SourceError).message).not.toMatch(/\p{Cc}/u);
  const { user, system } = process.cpuUsage(start);
  // Of the processor, so that it does not depend on who else is at work; microseconds.
  expect(user + system).toBeLessThan(2_000_000);
  expect(process.memoryUsage().rss - before).toBeLessThan(150 * MIB);
});

test("readTarGz() reads files in folders, and takes a plain archive of any common tool", async () => {
  const bytes = packed(
    paxEntry({ comment: "made by git" }, "g"),
    { name: "./", type: "5" },
    { name: "chart/", type: "5" },
    file("./chart/Chart.yaml"),
    longName(`chart/${"n".repeat(150)}.yaml`),
    file("cut"),
    file("x", { prefix: "chart/templates" }),
    file("old", { magic: "\0\0\0\0\0\0" }),
  );
  const files = await readTarGz(bytes, { name: "x" });
  expect([...files.keys()]).toEqual([
    "chart/Chart.yaml",
    `chart/${"n".repeat(150)}.yaml`,
    "chart/templates/x",
    "old",
  ]);
  expect(Buffer.from(files.get("old") ?? []).toString()).toBe("kind: Katalog\n");
});

test("readTar() reads what is not compressed", async () => {
  const files = await readTar(rawTar([file("a")]), { name: "x" });
  expect([...files.keys()]).toEqual(["a"]);
});

test("readTarGz() takes what is just within the limits", async () => {
  const noise = randomBytes(5 * MIB);
  const files = await readTarGz(gzipSync(rawTar([{ name: "x", body: noise }])), { name: "x" });
  expect(files.get("x")?.length).toBe(5 * MIB);
});

test("writeTarGz() writes the same bytes in any order, and readTarGz() reads them back", async () => {
  const name = fc.stringMatching(/^[a-z][a-z0-9_-]{0,40}(\/[a-z][a-z0-9_é-]{0,120}){0,2}\.yaml$/);
  const entries = fc.uniqueArray(fc.tuple(name, fc.uint8Array({ maxLength: 2000 })), {
    selector: ([path]) => path,
    minLength: 1,
    maxLength: 12,
  });
  await fc.assert(
    fc.asyncProperty(entries, async (list) => {
      const isTree = list.every(([a]) => !list.some(([b]) => b.startsWith(`${a}/`)));
      fc.pre(isTree);
      const written = await writeTarGz(new Map(list));
      expect(Buffer.from(await writeTarGz(new Map(list.toReversed())))).toEqual(
        Buffer.from(written),
      );
      const read = await readTarGz(written, { name: "x" });
      expect([...read].map(([path, bytes]) => [path, [...bytes]])).toEqual(
        [...list].sort(([a], [b]) => (a < b ? -1 : 1)).map(([path, bytes]) => [path, [...bytes]]),
      );
    }),
    { numRuns: 60 },
  );
});

test("writeTarGz() writes these bytes, on every runtime and in every year", async () => {
  const files = new Map([
    ["katalog.yaml", body],
    ["crds/a.yaml", Buffer.from("a")],
  ]);
  const hash = new Bun.CryptoHasher("sha256").update(await writeTarGz(files)).digest("hex");
  expect(hash).toBe("8fd0d712763067bb58c966a2f419507c1be2653111a40a49ace45fabcfd37bef");
});

test("writeTarGz() refuses what readTarGz() would", async () => {
  const error = await writeTarGz(new Map([["../x", body]])).catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(SourceError);
});
