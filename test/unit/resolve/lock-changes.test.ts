import { expect, test } from "bun:test";
import { createLock, type LockEntry } from "../../../src/resolve/lock.ts";
import { compareLocks } from "../../../src/resolve/lock-changes.ts";

const sha = (letter: string) => `sha256:${letter.repeat(64)}`;
const entry = (reference: string, digest: string, more: Partial<LockEntry> = {}): LockEntry => ({
  kind: "artifact",
  reference,
  digest,
  content: sha("0"),
  ...more,
});

test("compareLocks() says what came, what went, and what is something else", () => {
  const before = createLock([
    entry("same", sha("a")),
    entry("moved", sha("b")),
    entry("gone", sha("c")),
  ]);
  const after = createLock([
    entry("same", sha("a")),
    entry("moved", sha("d")),
    entry("new", sha("e")),
  ]);
  expect(compareLocks(before, after)).toEqual([
    `- gone ${sha("c")}`,
    `~ moved ${sha("b")} → ${sha("d")}`,
    `+ new ${sha("e")}`,
  ]);
});

test("compareLocks() tells another version and other files of one digest, too", () => {
  const chart = { kind: "chart", chart: "web", asked: "^1" } as const;
  const before = createLock([entry("r", sha("a"), { ...chart, version: "1.0.0" })]);
  const after = createLock([entry("r", sha("b"), { ...chart, version: "1.1.0" })]);
  expect(compareLocks(before, after)).toEqual([`~ r web ^1 1.0.0 ${sha("a")} → 1.1.0 ${sha("b")}`]);
  const tampered = createLock([
    entry("r", sha("a"), { ...chart, version: "1.0.0", content: sha("1") }),
  ]);
  expect(compareLocks(before, tampered)).toHaveLength(1);
});

test("compareLocks() tells what was accepted by something else, though it is the same", () => {
  const plain = createLock([entry("r", sha("a"))]);
  const held = createLock([entry("r", sha("a"), { verified: sha("1") })]);
  const other = createLock([entry("r", sha("a"), { verified: sha("2") })]);
  expect(compareLocks(plain, held)).toEqual([`~ r held against nothing → ${sha("1")}`]);
  expect(compareLocks(held, other)).toEqual([`~ r held against ${sha("1")} → ${sha("2")}`]);
  expect(compareLocks(held, plain)).toEqual([`~ r held against ${sha("1")} → nothing`]);
});

test("compareLocks() says nothing of locks that are equal", () => {
  const lock = createLock([entry("same", sha("a"))]);
  expect(compareLocks(lock, lock)).toEqual([]);
});
