/** What a git server may send instead of a commit, held against the limits of real ones. */
import { expect, test } from "bun:test";
import { PackError, readPack } from "../../../src/source/git-pack.ts";
import { filesOfCommit } from "../../../src/source/git-tree.ts";
import { boundedRefusal } from "../../support/bounded-refusal.ts";
import { HOSTILE_PACKS, type HostilePack } from "../../support/hostile-packs.ts";

const MIB = 1024 * 1024;
const LIMITS = { objects: 30_000, bytes: 100 * MIB };
const MAX_FILES = 10_000;
/** What may be unpacked, and the half again. */
const MAX_GROWTH = 250 * MIB;

test("there are at least 60 hostile packs", () => {
  expect(HOSTILE_PACKS.length).toBeGreaterThanOrEqual(60);
  expect(new Set(HOSTILE_PACKS.map(([what]) => what)).size).toBe(HOSTILE_PACKS.length);
});

test.each(HOSTILE_PACKS)("filesOfCommit() refuses %s, soon and within bounds", async (_, make) => {
  const read = ({ pack, commit }: HostilePack) =>
    filesOfCommit(readPack(pack, LIMITS), commit, MAX_FILES);
  expect(await boundedRefusal({ make, read, maxGrowth: MAX_GROWTH })).toBeInstanceOf(PackError);
});
