/** Two locks, compared reference by reference, for people. Pure. */
import { type Lock, type LockEntry, lockKey } from "./lock.ts";

/** What changes from one to the other, a line each. */
export function compareLocks(before: Lock, after: Lock): readonly string[] {
  const [was, is] = [before, after].map(
    ({ entries }) => new Map(entries.map((entry) => [lockKey(entry), entry])),
  ) as [Map<string, LockEntry>, Map<string, LockEntry>];
  return [...new Set([...was.keys(), ...is.keys()])].sort().flatMap((key) => {
    const [old, now] = [was.get(key), is.get(key)];
    if (!old || !now) {
      const entry = old ?? now;
      return entry ? [`${old ? "-" : "+"} ${titleOf(entry)} ${shownValue(entry)}`] : [];
    }
    const isSame = old.digest === now.digest && old.content === now.content;
    if (isSame && old.version === now.version) return [];
    return [`~ ${titleOf(now)} ${shownValue(old)} → ${shownValue(now)}`];
  });
}

function titleOf({ reference, chart, asked }: LockEntry): string {
  return [reference, chart, asked].filter(Boolean).join(" ");
}

function shownValue({ version, digest }: LockEntry): string {
  return [version, digest].filter(Boolean).join(" ");
}
