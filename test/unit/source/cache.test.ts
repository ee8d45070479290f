import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { createHash } from "node:crypto";
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { defaultCacheFolder, openCache } from "../../../src/source/cache.ts";
import { stride } from "../../support/effort.ts";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "ork-cache-"));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const bytesOf = (text: string) => new TextEncoder().encode(text);
const digestOf = (bytes: Uint8Array) =>
  `sha256:${createHash("sha256").update(bytes).digest("hex")}`;
const pathOf = (digest: string) => join(folder, "sha256", digest.slice(7, 9), digest.slice(7));

function open(more: { limit?: number; now?: () => number } = {}) {
  const problems: Error[] = [];
  const onUnwritable = (error: Error) => void problems.push(error);
  return { problems, ...openCache({ folder, now: Date.now, onUnwritable, ...more }) };
}

describe("openCache()", () => {
  test("gives back what it was given, under its digest, to others too", async () => {
    const bytes = bytesOf("content");
    expect(await open().put(bytes)).toBe(digestOf(bytes));
    expect(await open().get(digestOf(bytes))).toEqual(Buffer.from(bytes));
    expect(await open().get(digestOf(bytesOf("other")))).toBeUndefined();
  });

  test("takes no text for a path but a digest", async () => {
    await writeFile(join(folder, "secret"), "x");
    for (const name of ["../secret", "sha256:../../secret", "sha256:", "", "sha512:aa"]) {
      expect(await open().get(name)).toBeUndefined();
    }
  });

  test("never serves an entry of which any byte changed, and takes it in anew", async () => {
    const bytes = bytesOf("some content that somebody tampers with");
    const digest = await open().put(bytes);
    for (let at = 0; at < bytes.length; at += stride(1)) {
      const tampered = Buffer.from(bytes);
      tampered[at] = (tampered[at] ?? 0) ^ (1 << (at % 8));
      await writeFile(pathOf(digest), tampered);
      expect(await open().get(digest)).toBeUndefined();
      await open().put(bytes);
      expect(await open().get(digest)).toEqual(Buffer.from(bytes));
    }
  });

  test.each([0, 1, 10])("never serves an entry that was cut to %i bytes", async (size) => {
    const bytes = bytesOf("some content that is cut");
    const digest = await open().put(bytes);
    await writeFile(pathOf(digest), bytes.slice(0, size));
    expect(await open().get(digest)).toBeUndefined();
  });

  test("repairs a damaged entry when the same content is put again", async () => {
    const bytes = bytesOf("content");
    const digest = await open().put(bytes);
    await writeFile(pathOf(digest), "damaged");
    await open().put(bytes);
    expect(await open().get(digest)).toEqual(Buffer.from(bytes));
  });

  test("is used by many at once", async () => {
    const contents = Array.from({ length: 20 }, (_, index) => bytesOf(`content ${index % 5}`));
    const caches = Array.from({ length: 4 }, () => open());
    await Promise.all(caches.flatMap((cache) => contents.map((bytes) => cache.put(bytes))));
    for (const bytes of contents) {
      expect(await open().get(digestOf(bytes))).toEqual(Buffer.from(bytes));
    }
    expect(await readdir(join(folder, "tmp"))).toEqual([]);
    expect(caches.flatMap(({ problems }) => problems)).toEqual([]);
  });

  test("says once that it cannot write, and goes on", async () => {
    // A file where the folder should be: as good as a file system that cannot be written.
    await writeFile(join(folder, "sha256"), "");
    const cache = open();
    expect(await cache.put(bytesOf("a"))).toBe(digestOf(bytesOf("a")));
    expect(await cache.put(bytesOf("b"))).toBe(digestOf(bytesOf("b")));
    expect(cache.problems).toHaveLength(1);
    expect(await cache.get(digestOf(bytesOf("a")))).toBeUndefined();
  });

  test("keeps what private servers give to itself", async () => {
    const digest = await open().put(bytesOf("private"));
    const { mode } = await (await import("node:fs/promises")).stat(pathOf(digest));
    expect(mode & 0o777).toBe(0o600);
  });

  test("lets the longest unused go past its limit, and what a killed writer left", async () => {
    const day = 24 * 60 * 60_000;
    const old = await open().put(bytesOf("a".repeat(100)));
    const used = await open().put(bytesOf("b".repeat(100)));
    const past = new Date(Date.now() - 3 * day);
    await utimes(pathOf(old), past, past);
    await utimes(pathOf(used), past, past);
    await open({ now: () => Date.now() - day }).get(used);
    const left = join(folder, "tmp", "left");
    await writeFile(left, "half");
    await utimes(left, past, past);
    const fresh = await open({ limit: 250 }).put(bytesOf("c".repeat(100)));
    expect(await open().get(old)).toBeUndefined();
    expect(await open().get(used)).toBeDefined();
    expect(await open().get(fresh)).toBeDefined();
    expect(await readdir(join(folder, "tmp"))).toEqual([]);
  });

  test("a folder that cannot be read is an empty cache", async () => {
    const digest = await open().put(bytesOf("a"));
    await rm(pathOf(digest));
    await mkdir(pathOf(digest));
    expect(await open().get(digest)).toBeUndefined();
    await chmod(folder, 0o700);
  });

  test("writes the very bytes", async () => {
    const bytes = new Uint8Array(70_000).map((_, index) => index % 251);
    expect(new Uint8Array(await readFile(pathOf(await open().put(bytes))))).toEqual(bytes);
  });
});

test.each([
  [{ XDG_CACHE_HOME: "/x", HOME: "/h" }, "/x/orkestra"],
  [{ XDG_CACHE_HOME: "relative", HOME: "/h" }, "/h/.cache/orkestra"],
  [{ HOME: "/h" }, "/h/.cache/orkestra"],
  [{}, undefined],
])("defaultCacheFolder() of %j is %j", (env, expected) => {
  expect(defaultCacheFolder(env)).toBe(expected as string);
});
