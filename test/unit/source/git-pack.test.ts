/** What a git server may send instead of a commit, held against the limits of real ones. */
import { expect, test } from "bun:test";
import { PackError, readPack } from "../../../src/source/git-pack.ts";
import { filesOfCommit } from "../../../src/source/git-tree.ts";
import { HOSTILE_PACKS } from "../../support/hostile-packs.ts";

const MIB = 1024 * 1024;
const LIMITS = { objects: 30_000, bytes: 100 * MIB };
const MAX_FILES = 10_000;
/** Microseconds of the processor: what grows with the square of a pack takes a minute. */
const MAX_CPU = 2_000_000;
/** What may be unpacked, and the half again. */
const MAX_GROWTH = 250 * MIB;

test("there are at least 60 hostile packs", () => {
  expect(HOSTILE_PACKS.length).toBeGreaterThanOrEqual(60);
  expect(new Set(HOSTILE_PACKS.map(([what]) => what)).size).toBe(HOSTILE_PACKS.length);
});

test.each(HOSTILE_PACKS)("filesOfCommit() refuses %s, soon and within bounds", (_, make) => {
  const { pack, commit } = make();
  Bun.gc(true);
  const before = process.memoryUsage().rss;
  const start = process.cpuUsage();
  const read = () => filesOfCommit(readPack(pack, LIMITS), commit, MAX_FILES);
  expect(read).toThrow(PackError);
  const { user, system } = process.cpuUsage(start);
  expect(user + system).toBeLessThan(MAX_CPU);
  expect(process.memoryUsage().rss - before).toBeLessThan(MAX_GROWTH);
});
