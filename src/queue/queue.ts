/**
 * The workqueue as its users see it. One key is never handed to two workers at once; a key that is
 * added while it is being worked on is handed out again afterwards; adds of a waiting key merge.
 * (client-go's `util/workqueue` is where dirty and processing sets come from.)
 */

/** `live` comes first; `background` (resync, initial list) waits, ageing so that it never starves. */
export type Priority = "live" | "background";

export interface Workqueue<Key> {
  readonly depth: number;
  add(key: Key, priority: Priority): void;
  /** Adds after a delay; the earliest of several waiting delays for one key wins. */
  addAfter(key: Key, delayMs: number, priority: Priority): void;
  /** Adds after the key's next backoff delay. */
  addRateLimited(key: Key): void;
  /** Success: the key's backoff starts anew. */
  forget(key: Key): void;
  /** Resolves with the next key, or `undefined` when the queue is shut down and drained. */
  take(): Promise<Key | undefined>;
  /** Must be called once for each key taken. */
  done(key: Key): void;
  /** No more adds; waiting takes end once nothing is ready. */
  shutDown(): void;
}
