import { expect, test } from "bun:test";
import { randomBytes } from "node:crypto";
import { gzipSync } from "node:zlib";
import fc from "fast-check";
import { readTar, readTarGz, writeTarGz } from "../../../src/source/archive.ts";
import { SourceError } from "../../../src/source/source-error.ts";
import { boundedRefusal } from "../../support/bounded-refusal.ts";
import { HOSTILE_ARCHIVES } from "../../support/hostile-archives.ts";
import {
  FILE_BODY,
  longName,
  packedTar,
  paxEntry,
  rawFile,
  rawTar,
} from "../../support/raw-tar.ts";

const MIB = 1024 * 1024;

test("there are at least 80 hostile archives", () => {
  expect(HOSTILE_ARCHIVES.length).toBeGreaterThanOrEqual(80);
  expect(new Set(HOSTILE_ARCHIVES.map(([name]) => name)).size).toBe(HOSTILE_ARCHIVES.length);
});

test.each(HOSTILE_ARCHIVES)("readTarGz() refuses %s, soon and within bounds", async (_, make) => {
  const read = (bytes: Uint8Array) => readTarGz(bytes, { name: "oci://x/y:1" });
  const error = await boundedRefusal({ make, read, maxGrowth: 150 * MIB });
  expect(error).toBeInstanceOf(SourceError);
  expect((error as SourceError).code).toBe("archive");
  expect((error as SourceError).message).toStartWith('Cannot unpack "oci://x/y:1": ');
  // A name must not steer the terminal that shows it.
  expect((error as SourceError).message).not.toMatch(/\p{Cc}/u);
});

test("readTarGz() reads files in folders, and takes a plain archive of any common tool", async () => {
  const bytes = packedTar(
    paxEntry({ comment: "made by git" }, "g"),
    { name: "./", type: "5" },
    { name: "chart/", type: "5" },
    rawFile("./chart/Chart.yaml"),
    longName(`chart/${"n".repeat(150)}.yaml`),
    rawFile("cut"),
    rawFile("x", { prefix: "chart/templates" }),
    rawFile("old", { magic: "\0\0\0\0\0\0" }),
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
  const files = await readTar(rawTar([rawFile("a")]), { name: "x" });
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
    ["katalog.yaml", FILE_BODY],
    ["crds/a.yaml", Buffer.from("a")],
  ]);
  const hash = new Bun.CryptoHasher("sha256").update(await writeTarGz(files)).digest("hex");
  expect(hash).toBe("8fd0d712763067bb58c966a2f419507c1be2653111a40a49ace45fabcfd37bef");
});

test("writeTarGz() refuses what readTarGz() would", async () => {
  const error = await writeTarGz(new Map([["../x", FILE_BODY]])).catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(SourceError);
});
