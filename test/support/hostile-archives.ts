/** Archives that are made to hurt whoever unpacks them, or to write where they must not. */
import { randomBytes } from "node:crypto";
import { gzipSync } from "node:zlib";
import { longName, paxEntry, type RawEntry, rawTar } from "./raw-tar.ts";

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

/** Below folders of its own, all of them. */
function deepFile(index: number): readonly RawEntry[] {
  const folders = Array.from({ length: 60 }, (_, level) => `d${index}-${level * 7919}`);
  return [paxEntry({ path: `${folders.join("/")}/x` }), file("ok")];
}

const EMPTY_MEMBER = gzipSync("");

export const HOSTILE_ARCHIVES: readonly (readonly [what: string, make: () => Uint8Array])[] = [
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
  ["a sparse file of old", () => packed(file("x", { type: "S" }))],
  ["a part of a larger file", () => packed(file("x", { type: "M" }))],
  ["the name of a volume", () => packed(file("x", { type: "V" }), file("y"))],
  ["a list of files", () => packed(file("x", { type: "D" }))],
  ["a kind that is not known", () => packed(file("x", { type: "Z" }))],
  [
    "a kind that is not known behind others",
    () => packed(file("x"), file("y"), file("z", { type: "%" })),
  ],
  [
    "attributes of another system",
    () => packed({ ...paxEntry({ path: "../x" }), type: "X" }, file("ok")),
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
  ["a pax size that is negative", () => packed(paxEntry({ size: "-1" }), file("x"))],
  ["a pax size that is no number", () => packed(paxEntry({ size: "many" }), file("x"))],
  ["a pax size of nothing", () => packed(paxEntry({ size: "0" }), file("x"))],
  ["two pax names", () => packed(paxEntry({ path: "ok" }), paxEntry({ path: "../x" }), file("ok"))],
  [
    "a long name behind a pax name",
    () => packed(longName("ok"), paxEntry({ path: "../x" }), file("ok")),
  ],
  ["two long names", () => packed(longName("ok"), longName("../x"), file("ok"))],
  [
    "a pax name called __proto__",
    () => packed(paxEntry({ ["__proto__"]: "x", path: "../x" }), file("ok")),
  ],
  ["a pax name of 9 MB", () => packed(paxEntry({ path: "a".repeat(9_000_000) }), file("ok"))],
  [
    "20,000 pax headers",
    () => packed(...Array.from({ length: 20_000 }, () => paxEntry({ path: "a" })), file("ok")),
  ],
  [
    "a folder with content",
    () => packed({ name: "d/", type: "5", body: Buffer.alloc(1024, 65) }, file("ok")),
  ],
  [
    "9,900 files 60 folders deep, and one that leads out",
    () =>
      packed(...Array.from({ length: 9_900 }, (_, index) => deepFile(index)).flat(), file("../x")),
  ],
  ["a drive before a name", () => packed(file("x", { prefix: "C:" }))],
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
  [
    "an empty block in the middle",
    () =>
      gzipSync(
        Buffer.concat([
          rawTar([file("x")], { isEnded: false }),
          new Uint8Array(512),
          rawTar([file("../y")]),
        ]),
      ),
  ],
  ["gzip of gzip", () => gzipSync(packed(file("x")))],
  ["something behind the gzip", () => Buffer.concat([packed(file("x")), Buffer.from("more")])],
  [
    "100,000 gzip members of nothing",
    () => Buffer.concat(Array.from({ length: 100_000 }, () => EMPTY_MEMBER)),
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
