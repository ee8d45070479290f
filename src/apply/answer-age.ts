/**
 * For how long an answer of the server holds. A webhook or a policy that rewrote a value may be gone by now, and nobody
 * sends an event for that: so what was rewritten is sent again, quietly, 10 minutes after it was, and less and less
 * often as long as the answer stays the same. When somebody wrote the child since, it is sent again at once; that,
 * too, gets slower each time it changes nothing, so that nobody who keeps writing a child makes us write as often. Pure.
 */
import { createHash } from "node:crypto";
import type { KubeObject } from "../schema/object.ts";
import { canonicalJson, type Json } from "../std/json.ts";

const FIRST_MS = 600_000;
const LONGEST_MS = 3_600_000;
/** After somebody else's write, unless it is this long ago that the server was asked. */
const FIRST_TOUCHED_MS = 10_000;
const LONGEST_TOUCHED_MS = 600_000;

export interface Age {
  /** When the answer came. */
  readonly atMs: number;
  /** How many times in a row asking again changed nothing. */
  readonly repeats: number;
  /** resourceVersion of the child when it was last looked at. */
  readonly version: string;
  /** Of all that somebody may set, as the answer had it. */
  readonly content: string;
  /** Somebody wrote the child since. */
  readonly isTouched: boolean;
}

/** `before`: of the answer before this one, when it was the same. */
export function ageOfAnswer(stored: KubeObject, before: Age | undefined, nowMs: number): Age {
  // Only what was asked because it was time counts, no change of the wish.
  const isRepeat = before !== undefined && isDue(before, nowMs);
  return {
    atMs: nowMs,
    repeats: (before?.repeats ?? 0) + (isRepeat ? 1 : 0),
    version: stored.metadata.resourceVersion ?? "",
    content: contentOf(stored),
    isTouched: false,
  };
}

/** It is time to ask again. */
export function isDue({ atMs, repeats, isTouched }: Age, nowMs: number): boolean {
  const [first, longest] = isTouched
    ? [FIRST_TOUCHED_MS, LONGEST_TOUCHED_MS]
    : [FIRST_MS, LONGEST_MS];
  return nowMs - atMs >= Math.min(longest, first * 2 ** repeats);
}

/** The same age, or another one for what happened to the child since. */
export function seenAgain(age: Age, seen: KubeObject): Age {
  const { resourceVersion: version = "" } = seen.metadata;
  if (age.isTouched || age.version === version) return age;
  return { ...age, version, isTouched: contentOf(seen) !== age.content };
}

/** Without the status, and without what the server counts. A hash, for values may be secret. */
function contentOf({ status: _, metadata, ...rest }: KubeObject): string {
  const { resourceVersion, generation, managedFields, ...own } = metadata;
  const text = canonicalJson({ ...rest, metadata: own } as unknown as Json);
  return createHash("sha256").update(text).digest("base64url");
}
