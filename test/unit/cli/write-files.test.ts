import { afterEach, beforeEach, expect, test } from "bun:test";
import { mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { writeFiles } from "../../../src/cli/write-files.ts";

const FILES = new Map([
  ["a.yaml", Buffer.from("new a")],
  ["crds/b.yaml", Buffer.from("new b")],
]);
let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "ork-write-"));
});
afterEach(() => rm(folder, { recursive: true }));

async function read(path: string): Promise<string> {
  return readFile(join(folder, path), "utf8");
}

test("writeFiles() makes the folders that it needs", async () => {
  await writeFiles(join(folder, "deep/er"), FILES, { isForced: false });
  expect(await read("deep/er/crds/b.yaml")).toBe("new b");
});

test("writeFiles() writes nothing when one file stands in the way, unless it is forced", async () => {
  await mkdir(join(folder, "crds"));
  await writeFile(join(folder, "crds/b.yaml"), "old b");
  const writing = writeFiles(folder, FILES, { isForced: false });
  await expect(writing).rejects.toThrow(/crds\/b\.yaml": it exists, overwrite it with --force/);
  expect(await readdir(folder)).toEqual(["crds"]);
  await writeFiles(folder, FILES, { isForced: true });
  expect([await read("a.yaml"), await read("crds/b.yaml")]).toEqual(["new a", "new b"]);
});

test("writeFiles() replaces a link and leaves alone what it leads to", async () => {
  await writeFile(join(folder, "outside"), "untouched");
  await symlink(join(folder, "outside"), join(folder, "a.yaml"));
  await expect(writeFiles(folder, FILES, { isForced: false })).rejects.toThrow(/it exists/);
  await writeFiles(folder, FILES, { isForced: true });
  expect([await read("outside"), await read("a.yaml")]).toEqual(["untouched", "new a"]);
});

test.each([
  ["a link to a folder", () => symlink(tmpdir(), join(folder, "crds"))],
  ["a link that leads nowhere", () => symlink(join(folder, "none"), join(folder, "crds"))],
  ["a file", () => writeFile(join(folder, "crds"), "x")],
])("writeFiles() refuses to go through %s, forced or not", async (_, make) => {
  await make();
  for (const isForced of [false, true]) {
    await expect(writeFiles(folder, FILES, { isForced })).rejects.toThrow(/is no folder/);
  }
  expect(await readdir(folder)).toEqual(["crds"]);
});

test("writeFiles() does not replace a folder by a file", async () => {
  await mkdir(join(folder, "a.yaml"));
  await expect(writeFiles(folder, FILES, { isForced: true })).rejects.toThrow(/it is a folder/);
});
