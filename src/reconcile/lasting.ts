/**
 * Failures that should pass by themselves (`classify.ts`) and do not. The first ones are nobody's business: a race with
 * another writer, a server that restarts. What goes on is told, by one Event and one write of the status, however often
 * it fails and whatever words it fails with; otherwise `Ready` would stay what it was before the failures for ever.
 */
import type { KubeObject } from "../schema/object.ts";
import { isTransient } from "./classify.ts";
import type { PassContext } from "./context.ts";

/** By the default backoff the tenth failure comes after 5 s. With a `retryBackoff` it may be the third. */
const LASTING_FAILURES = 3;
const LASTING_MS = 5_000;

type Parts = Pick<PassContext, "memory" | "nowMs">;

/** Whether this pass, should it fail by what passes by itself, is one of a lasting row. */
function isLasting({ memory: { passing }, nowMs }: Parts): boolean {
  if (!passing) return false;
  return passing.count + 1 >= LASTING_FAILURES && nowMs - passing.sinceMs >= LASTING_MS;
}

/** A passing failure that does not last, or of which the status tells since this generation. */
export function isNotForStatus({ metadata }: KubeObject, parts: Parts): boolean {
  const { passing } = parts.memory;
  return !isLasting(parts) || passing?.toldGeneration === (metadata.generation ?? 0);
}

/** The status that tells of it is stored. */
export function noteTold({ metadata }: KubeObject, { memory: { passing } }: Parts): void {
  if (passing) passing.toldGeneration = metadata.generation ?? 0;
}

/** A pass failed. Says whether people should hear of it. */
export function noteFailure(error: unknown, parts: Parts): boolean {
  const { memory, nowMs } = parts;
  if (!isTransient(error)) {
    delete memory.passing;
    return true;
  }
  const isNews = isLasting(parts) && !memory.passing?.isAnnounced;
  memory.passing ??= { count: 0, sinceMs: nowMs, isAnnounced: false };
  memory.passing.count++;
  if (isNews) memory.passing.isAnnounced = true;
  return isNews;
}
