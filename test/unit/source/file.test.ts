import { afterAll, beforeAll, expect, test } from "bun:test";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { localFiles, SourceError } from "../../../src/source/file.ts";

let folder = "";

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "ork-files-"));
  await mkdir(join(folder, "inner"));
  await writeFile(join(folder, "a.yaml"), "a: é\n");
  await writeFile(join(folder, "binary"), new Uint8Array([0xff, 0xfe, 0x00]));
  await writeFile(join(folder, "large"), new Uint8Array(5 * 1024 * 1024 + 1));
});

afterAll(() => rm(folder, { recursive: true, force: true }));

test("kindOf() tells files, folders and nothing apart", async () => {
  const kinds = ["a.yaml", "inner", "none", "a.yaml/below"].map((name) =>
    localFiles.kindOf(join(folder, name)),
  );
  expect(await Promise.all(kinds)).toEqual(["file", "folder", undefined, undefined]);
});

test("read() gives the text of a file", async () => {
  expect(await localFiles.read(join(folder, "a.yaml"))).toBe("a: é\n");
});

test.each([
  ["binary", "not-text", /is not UTF-8 text/],
  ["large", "too-large", /5242881 bytes, the limit is 5242880/],
  ["inner", "unreadable", /EISDIR/],
  ["none", "unreadable", /ENOENT/],
] as const)("read() refuses %s as %s", async (name, code, message) => {
  const error = await localFiles.read(join(folder, name)).catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(SourceError);
  expect(error).toMatchObject({ code, message: expect.stringMatching(message) });
});
