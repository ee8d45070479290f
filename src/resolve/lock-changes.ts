/** Two locks, compared reference by reference, for people. Pure. */
import { type Lock, type LockEntry, lockKey } from "./lock.ts";

/** What changes from one to the other, a line each. */
export function compareLocks(before: Lock, after: Lock): readonly string[] {
  const [was, is] = [before, after].map(
    ({ entries }) => new Map(entries.map((entry) => [lockKey(entry), entry])),
  ) as [Map<string, LockEntry>, Map<string, LockEntry>];
  return [...new Set([...was.keys(), ...is.keys()])]
    .sort()
    .flatMap((key) => changeOf(was.get(key), is.get(key)) ?? []);
}

function changeOf(old: LockEntry | undefined, now: LockEntry | undefined): string | undefined {
  if (!old) return now && `+ ${titleOf(now)} ${shownValue(now)}`;
  if (!now) return `- ${titleOf(old)} ${shownValue(old)}`;
  const isSame =
    old.digest === now.digest && old.content === now.content && old.version === now.version;
  if (!isSame) return `~ ${titleOf(now)} ${shownValue(old)} → ${shownValue(now)}`;
  if (old.verified === now.verified) return undefined;
  // The same content, accepted by something else.
  return `~ ${titleOf(now)} held against ${shownRules(old)} → ${shownRules(now)}`;
}

function titleOf({ reference, chart, asked }: LockEntry): string {
  return [reference, chart, asked].filter(Boolean).join(" ");
}

/** Which rules and keys those are, the documents say; here is only whether they are the same. */
function shownRules({ verified = "nothing" }: LockEntry): string {
  return verified;
}

/** A version that was asked for as it is stands in the title. */
function shownValue({ asked, version, digest }: LockEntry): string {
  return [version === asked ? undefined : version, digest].filter(Boolean).join(" ");
}
