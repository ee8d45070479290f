import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import {
  createLock,
  type LockEntry,
  LockError,
  parseLock,
  printLock,
} from "../../../src/resolve/lock.ts";

const sha = (letter: string) => `sha256:${letter.repeat(64)}`;
const ENTRIES: readonly LockEntry[] = [
  { kind: "url", reference: "https://a.example.io/k.yaml", digest: sha("a") },
  {
    kind: "artifact",
    reference: "oci://b.example.io/p:v1",
    version: "v1",
    digest: sha("b"),
    content: sha("c"),
  },
  {
    kind: "chart",
    reference: "https://charts.example.io",
    chart: "web",
    asked: "^1.2",
    version: "1.4.0",
    digest: sha("d"),
    content: sha("e"),
  },
  {
    kind: "git",
    reference: "https://git.example.io/r",
    asked: "main",
    digest: `sha1:${"1".repeat(40)}`,
    content: sha("f"),
  },
];

describe("printLock() and parseLock()", () => {
  test("text that was printed is read again", () => {
    const lock = parseLock(printLock(createLock(ENTRIES)), "orkestra.lock");
    expect([...lock.entries].sort(byReference)).toEqual([...ENTRIES].sort(byReference));
    expect(lock.find({ kind: "url", reference: "https://a.example.io/k.yaml" })).toEqual(
      ENTRIES[0],
    );
    expect(lock.find({ kind: "git", reference: "https://git.example.io/r" })).toBeUndefined();
  });

  test("the order in which entries came makes no difference", () => {
    const text = printLock(createLock(ENTRIES));
    fc.assert(
      fc.property(fc.shuffledSubarray([...ENTRIES], { minLength: ENTRIES.length }), (entries) => {
        expect(printLock(createLock(entries))).toBe(text);
      }),
    );
  });

  test("any reference survives, whatever stands in it", () => {
    fc.assert(
      fc.property(fc.string(), (reference) => {
        const entry: LockEntry = { kind: "url", reference, digest: sha("a") };
        expect(parseLock(printLock(createLock([entry])), "l").entries).toEqual([entry]);
      }),
    );
  });

  test("a lock of nothing is a lock", () => {
    expect(parseLock(printLock(createLock([])), "l").entries).toEqual([]);
  });

  test("other line ends are no change", () => {
    const text = printLock(createLock(ENTRIES)).replaceAll("\n", "\r\n");
    expect(parseLock(text, "l").entries).toHaveLength(ENTRIES.length);
  });

  test("a change of any one byte is refused", () => {
    const bytes = new TextEncoder().encode(printLock(createLock(ENTRIES)));
    for (let at = 0; at < bytes.length; at++) {
      const tampered = bytes.slice();
      tampered[at] = (tampered[at] ?? 0) ^ 1;
      expect(() => parseLock(new TextDecoder().decode(tampered), "l")).toThrow(LockError);
    }
  });

  test("every cut is refused", () => {
    const text = printLock(createLock(ENTRIES));
    for (let size = 0; size < text.length; size++) {
      expect(() => parseLock(text.slice(0, size), "l")).toThrow(LockError);
    }
  });

  test("what fits its checksum and is no lock is refused", () => {
    const bad = { kind: "url", reference: "x", digest: "md5:1" } as const;
    expect(() => parseLock(printLock(createLock([bad])), "l")).toThrow(/an entry that is none/);
  });
});

function byReference(left: LockEntry, right: LockEntry): number {
  return left.reference < right.reference ? -1 : 1;
}
