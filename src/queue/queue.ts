/**
 * The workqueue as its users see it. One key is never handed to two workers at once; a key that is
 * added while it is being worked on is handed out again afterwards; adds of a waiting key merge.
 *
 * Three layers, each wrapping the last: `ready.ts` (order and dedup), `delayed.ts` (adds that
 * wait), `rate-limited.ts` (backoff per key). `workers.ts` takes from the outermost.
 */

/** `live` comes first; `background` (resync, initial list) waits, ageing so that it never starves. */
export type Priority = "live" | "background";

export interface ReadyQueue<Key> {
  /** Keys that wait for a worker now. */
  readonly depth: number;
  /** Keys that a worker holds. */
  readonly active: number;
  add(key: Key, priority: Priority): void;
  /** Resolves with the next key, or `undefined` when the queue is shut down and drained. */
  take(): Promise<TakenKey<Key> | undefined>;
  /** Must be called once for each key taken. */
  done(key: Key): void;
  /** No more adds; waiting takes end once nothing is ready. */
  shutDown(): void;
}

export interface TakenKey<Key> {
  readonly key: Key;
  readonly priority: Priority;
  /** How long it was ready before a worker took it. */
  readonly waitedMs: number;
}

export interface DelayedQueue<Key> extends ReadyQueue<Key> {
  /**
   * Adds after a delay; the earliest of several waiting delays for one key wins. It is off once the key is
   * taken for another reason: the look that it asked for comes earlier then.
   */
  addAfter(key: Key, delayMs: number, priority: Priority): void;
}

export interface Workqueue<Key> extends DelayedQueue<Key> {
  /** Adds after the key's next backoff delay, at least `leastMs`; tells that delay in milliseconds. */
  addRateLimited(key: Key, leastMs?: number): number;
  /** Success: the key's backoff starts anew. */
  forget(key: Key): void;
  /** Failures of the key since it was last forgotten. */
  failures(key: Key): number;
}
