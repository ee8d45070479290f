/** Archives that are made to hurt whoever unpacks them, or to write where they must not. */
import { randomBytes } from "node:crypto";
import { gzipSync } from "node:zlib";
import { longName, packedTar, paxEntry, type RawEntry, rawFile, rawTar } from "./raw-tar.ts";

const MIB = 1024 * 1024;

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
  return [paxEntry({ path: `${folders.join("/")}/x` }), rawFile("ok")];
}

const EMPTY_MEMBER = gzipSync("");

export const HOSTILE_ARCHIVES: readonly (readonly [what: string, make: () => Uint8Array])[] = [
  ...BAD_NAMES.flatMap((name): [string, () => Uint8Array][] => [
    [`the name ${JSON.stringify(name)}`, () => packedTar(rawFile(name))],
    [
      `the pax name ${JSON.stringify(name)}`,
      () => packedTar(paxEntry({ path: name }), rawFile("ok")),
    ],
    [`the long name ${JSON.stringify(name)}`, () => packedTar(longName(name), rawFile("ok"))],
  ]),
  ["a NUL in a pax name", () => packedTar(paxEntry({ path: "a\0../../x" }), rawFile("ok"))],
  ["a global pax name", () => packedTar(paxEntry({ path: "../x" }, "g"), rawFile("ok"))],
  ["a folder that leads out", () => packedTar({ name: "../d/", type: "5" }, rawFile("ok"))],
  ["a folder at the root", () => packedTar({ name: "/d/", type: "5" }, rawFile("ok"))],
  ["a prefix that leads out", () => packedTar(rawFile("x", { prefix: "../.." }))],
  ["a prefix at the root", () => packedTar(rawFile("x", { prefix: "/etc" }))],
  ["a name without UTF-8", () => packedTar(rawFile(Buffer.from([0x61, 0xff, 0xfe])))],
  ["no name", () => packedTar(rawFile("."))],
  ["a deep path", () => packedTar(paxEntry({ path: deep }), rawFile("ok"))],
  [
    "a long path",
    () =>
      packedTar(paxEntry({ path: `${"abcdefgh/".repeat(40)}${"y".repeat(900)}` }), rawFile("ok")),
  ],
  ["a long name", () => packedTar(longName("z".repeat(300)), rawFile("ok"))],
  ["a symbolic link", () => packedTar({ name: "x", type: "2", linkname: "/etc/passwd" })],
  [
    "a symbolic link beside",
    () => packedTar({ name: "x", type: "2", linkname: "y" }, rawFile("y")),
  ],
  [
    "a file below a link",
    () => packedTar({ name: "d", type: "2", linkname: "/tmp" }, rawFile("d/x")),
  ],
  ["a hard link", () => packedTar({ name: "x", type: "1", linkname: "/etc/passwd" })],
  ["a hard link beside", () => packedTar(rawFile("y"), { name: "x", type: "1", linkname: "y" })],
  ["a pax link", () => packedTar(paxEntry({ linkpath: "/etc" }), { name: "x", type: "2" })],
  [
    "a long link",
    () =>
      packedTar({ name: "l", type: "K", body: Buffer.from("/etc\0") }, { name: "x", type: "2" }),
  ],
  ["a character device", () => packedTar({ name: "null", type: "3" })],
  ["a block device", () => packedTar({ name: "sda", type: "4" })],
  ["a named pipe", () => packedTar({ name: "pipe", type: "6" })],
  [
    "a sparse file",
    () => packedTar(paxEntry({ "GNU.sparse.major": "1", "GNU.sparse.name": "x" }), rawFile("ok")),
  ],
  ["a sparse file of old", () => packedTar(rawFile("x", { type: "S" }))],
  ["a part of a larger file", () => packedTar(rawFile("x", { type: "M" }))],
  ["the name of a volume", () => packedTar(rawFile("x", { type: "V" }), rawFile("y"))],
  ["a list of files", () => packedTar(rawFile("x", { type: "D" }))],
  ["a kind that is not known", () => packedTar(rawFile("x", { type: "Z" }))],
  [
    "a kind that is not known behind others",
    () => packedTar(rawFile("x"), rawFile("y"), rawFile("z", { type: "%" })),
  ],
  [
    "attributes of another system",
    () => packedTar({ ...paxEntry({ path: "../x" }), type: "X" }, rawFile("ok")),
  ],
  ["one name twice", () => packedTar(rawFile("x"), rawFile("x"))],
  ["one name in two spellings", () => packedTar(rawFile("x"), rawFile("./x"))],
  ["names that differ in case", () => packedTar(rawFile("Katalog.yaml"), rawFile("katalog.yaml"))],
  [
    "names that differ in their Unicode form",
    () => packedTar(rawFile("\u00e9"), rawFile("e\u0301")),
  ],
  ["names that differ in a ligature", () => packedTar(rawFile("\ufb01le"), rawFile("file"))],
  ["names that differ in width", () => packedTar(rawFile("\uff21"), rawFile("a"))],
  ["folders that differ in case", () => packedTar(rawFile("D/x"), rawFile("d/y"))],
  ["a file below a file", () => packedTar(rawFile("d"), rawFile("d/x"))],
  ["a file over a folder", () => packedTar(rawFile("d/x"), rawFile("d"))],
  ["a folder over a file", () => packedTar(rawFile("d"), { name: "d/", type: "5" }, rawFile("ok"))],
  ["a file of 6 MiB", () => packedTar(rawFile("x", { body: new Uint8Array(6 * MIB) }))],
  ["a file that says 6 MiB and has none", () => packedTar(rawFile("x", { size: 6 * MIB }))],
  ["a file that says 8 GiB", () => packedTar(rawFile("x", { size: 0o77777777777 }))],
  [
    "a size of base 256",
    () => packedTar(rawFile("x", { size: Buffer.from([0x80, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0]) })),
  ],
  ["a negative size", () => packedTar(rawFile("x", { size: Buffer.alloc(12, 0xff) }))],
  [
    "a size that is no number",
    () => packedTar(rawFile("x", { size: Buffer.from("0000000zzz9\0") })),
  ],
  ["a pax size", () => packedTar(paxEntry({ size: String(6 * MIB) }), rawFile("x"))],
  ["a pax size that is negative", () => packedTar(paxEntry({ size: "-1" }), rawFile("x"))],
  ["a pax size that is no number", () => packedTar(paxEntry({ size: "many" }), rawFile("x"))],
  ["a pax size of nothing", () => packedTar(paxEntry({ size: "0" }), rawFile("x"))],
  [
    "two pax names",
    () => packedTar(paxEntry({ path: "ok" }), paxEntry({ path: "../x" }), rawFile("ok")),
  ],
  [
    "a long name behind a pax name",
    () => packedTar(longName("ok"), paxEntry({ path: "../x" }), rawFile("ok")),
  ],
  ["two long names", () => packedTar(longName("ok"), longName("../x"), rawFile("ok"))],
  [
    "a pax name called __proto__",
    () => packedTar(paxEntry({ ["__proto__"]: "x", path: "../x" }), rawFile("ok")),
  ],
  ["a pax name of 9 MB", () => packedTar(paxEntry({ path: "a".repeat(9_000_000) }), rawFile("ok"))],
  [
    "20,000 pax headers",
    () =>
      packedTar(...Array.from({ length: 20_000 }, () => paxEntry({ path: "a" })), rawFile("ok")),
  ],
  [
    "a folder with content",
    () => packedTar({ name: "d/", type: "5", body: Buffer.alloc(1024, 65) }, rawFile("ok")),
  ],
  [
    "9,900 files 60 folders deep, and one that leads out",
    () =>
      packedTar(
        ...Array.from({ length: 9_900 }, (_, index) => deepFile(index)).flat(),
        rawFile("../x"),
      ),
  ],
  ["a drive before a name", () => packedTar(rawFile("x", { prefix: "C:" }))],
  [
    "10,001 files",
    () => packedTar(...Array.from({ length: 10_001 }, (_, index) => rawFile(`f${index}`))),
  ],
  [
    "10,001 folders",
    () =>
      packedTar(
        ...Array.from({ length: 10_001 }, (_, index) => ({ name: `f${index}/`, type: "5" })),
      ),
  ],
  ["100 MiB of zeros", () => gzipSync(new Uint8Array(100 * MIB))],
  [
    "40 MiB of zeros in files",
    () =>
      packedTar(
        ...Array.from({ length: 10 }, (_, index) =>
          rawFile(`f${index}`, { body: new Uint8Array(4 * MIB) }),
        ),
      ),
  ],
  [
    "many gzip members of zeros",
    () => Buffer.concat(Array.from({ length: 20 }, () => gzipSync(new Uint8Array(4 * MIB)))),
  ],
  [
    "more than 10 MiB packed",
    () => Buffer.concat([packedTar(rawFile("x")), randomBytes(10 * MIB)]),
  ],
  ["more than 100 MiB unpacked", () => Buffer.concat(Array.from({ length: 30 }, () => REPETITIVE))],
  [
    "a name of 9 MiB",
    () => packedTar({ name: "l", type: "L", body: Buffer.alloc(9 * MIB, 0x61) }, rawFile("x")),
  ],
  [
    "600 global attributes",
    () =>
      packedTar(
        paxEntry(
          Object.fromEntries(Array.from({ length: 600 }, (_, index) => [`k${index}`, "v"])),
          "g",
        ),
        rawFile("x"),
      ),
  ],
  ["a wrong checksum", () => packedTar(rawFile("x", { checksum: 1 }))],
  [
    "an end in the middle of a file",
    () => gzipSync(rawTar([rawFile("x", { size: 5000 })]).subarray(0, 1000)),
  ],
  ["no end", () => gzipSync(rawTar([rawFile("x")], { isEnded: false }))],
  [
    "something behind the end",
    () => gzipSync(Buffer.concat([rawTar([rawFile("x")]), rawTar([rawFile("y")])])),
  ],
  [
    "an empty block in the middle",
    () =>
      gzipSync(
        Buffer.concat([
          rawTar([rawFile("x")], { isEnded: false }),
          new Uint8Array(512),
          rawTar([rawFile("../y")]),
        ]),
      ),
  ],
  ["gzip of gzip", () => gzipSync(packedTar(rawFile("x")))],
  [
    "something behind the gzip",
    () => Buffer.concat([packedTar(rawFile("x")), Buffer.from("more")]),
  ],
  [
    "100,000 gzip members of nothing",
    () => Buffer.concat(Array.from({ length: 100_000 }, () => EMPTY_MEMBER)),
  ],
  ["gzip that is cut off", () => packedTar(rawFile("x")).subarray(0, -12)],
  ["gzip whose checksum is wrong", () => flipped(packedTar(rawFile("x")), -6)],
  [
    "gzip that is damaged",
    () => flipped(gzipSync(rawTar([rawFile("x", { body: randomBytes(2000) })])), 600),
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
