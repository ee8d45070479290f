/**
 * For a moment after a CRD was changed, the API server drops what the CRD did not know before. So what it made of a
 * write is believed when it did so again after this moment, and until the cache is filled anew, as it is when a CRD
 * changes. Pure.
 */
const DOUBT_MS = 2_000;

/** What is thought of an answer that lacks something. */
export interface Doubt {
  /** Of the cache, when the answer came; see {@link DoubtTime}. */
  readonly epoch: number;
  readonly atMs: number;
  /** The server answered so twice, some time apart: that is how this kind is. */
  readonly isConfirmed: boolean;
}

/** When an answer is looked at. */
export interface DoubtTime {
  /** Of the cache of the kind: grows each time that it is filled anew. */
  readonly epoch: number;
  readonly nowMs: number;
}

/** The server would answer so again, as far as is known. */
export function isBelieved(doubt: Doubt, now: DoubtTime): boolean {
  return doubt.epoch === now.epoch && (doubt.isConfirmed || !isOld(doubt, now.nowMs));
}

/** Nothing of it has to be asked again before the cache is filled anew. */
export function isKnown({ isConfirmed, epoch: then }: Doubt, epoch: number): boolean {
  return isConfirmed && then === epoch;
}

/** The same answer now would confirm it. */
export function isOld({ atMs }: Doubt, nowMs: number): boolean {
  return nowMs - atMs >= DOUBT_MS;
}
