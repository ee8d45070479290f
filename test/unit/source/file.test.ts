import { afterAll, beforeAll, expect, test } from "bun:test";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { localFiles } from "../../../src/source/file.ts";
import { openSources } from "../../../src/source/source.ts";
import { SourceError } from "../../../src/source/source-error.ts";

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

/** Through the door, as everything reads. */
function read(name: string, sha256?: string) {
  const location = join(folder, name);
  return openSources(localFiles).read({ location, name: location, ...(sha256 && { sha256 }) });
}

/** `printf 'a: é\n' | sha256sum` */
const SUM = "7b4c0d74a603dd4c402e0ec1eba36d650f9ce3f7a98596e5329630cc5704cd63";

test("read() gives the text of a file and its digest", async () => {
  expect(await read("a.yaml")).toEqual({ text: "a: é\n", digest: `sha256:${SUM}` });
  expect((await read("a.yaml", SUM)).text).toBe("a: é\n");
});

test("read() refuses what a pin does not fit, with both values", async () => {
  const pin = "0".repeat(64);
  const error = await read("a.yaml", pin).catch((reason: unknown) => reason);
  expect(error).toMatchObject({ code: "own-digest" });
  expect(String(error)).toContain(`its SHA-256 is ${SUM}, expected ${pin}`);
});

test.skipIf(!existsSync("/dev/zero"))("read() ends where a device has no end", async () => {
  const error = await localFiles.read("/dev/zero").catch((reason: unknown) => reason);
  expect(String(error)).toContain('Cannot read "/dev/zero": it is larger, the limit is 5242880');
});

test.skipIf(!existsSync("/proc/version"))(
  "read() takes a file that does not say its size",
  async () => {
    expect((await localFiles.read("/proc/version")).length).toBeGreaterThan(10);
  },
);

test("list() names what is in a folder, sorted", async () => {
  const entries = await localFiles.list(folder);
  expect(entries.map(({ name }) => name)).toEqual(["a.yaml", "binary", "inner", "large"]);
  expect(entries.filter(({ isFolder }) => isFolder).map(({ name }) => name)).toEqual(["inner"]);
});

test.each([
  ["binary", "not-text", /is not UTF-8 text/],
  ["large", "too-large", /5242881 bytes, the limit is 5242880/],
  ["inner", "unreadable", /: it is a folder, not a file$/],
  ["none", "unreadable", /: there is no such file or folder$/],
] as const)("read() refuses %s as %s", async (name, code, message) => {
  const error = await read(name).catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(SourceError);
  expect(error).toMatchObject({ code, message: expect.stringMatching(message) });
});
