import { describe, expect, test } from "bun:test";
import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { writeWhole } from "../../../src/std/write-whole.ts";

async function withFolder(use: (folder: string) => Promise<void>): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), "orkestra-write-whole-"));
  try {
    await use(folder);
  } finally {
    await rm(folder, { recursive: true });
  }
}

describe("writeWhole()", () => {
  test("puts the content in the place of what was there, and leaves nothing beside it", async () => {
    await withFolder(async (folder) => {
      const path = join(folder, "a");
      await writeFile(path, "something longer");
      await writeWhole(path, "new", { mode: 0o600 });
      expect(await readFile(path, "utf8")).toBe("new");
      expect((await stat(path)).mode & 0o777).toBe(0o600);
      expect(await readdir(folder)).toEqual(["a"]);
    });
  });

  test("leaves everything as it was when it fails", async () => {
    await withFolder(async (folder) => {
      const path = join(folder, "a");
      await mkdir(path);
      await writeFile(join(path, "kept"), "");
      await expect(writeWhole(path, "new")).rejects.toThrow();
      expect(await readdir(folder, { recursive: true })).toEqual(["a", "a/kept"]);
    });
  });
});
