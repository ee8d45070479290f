/**
 * Workers over a queue: each takes a key, works on it, and says that it is done, until the queue
 * is shut down and drained.
 *
 * Assumes that `work` does not throw. If it does all the same, the key is still given back and
 * `onThrow` hears of it: a worker never dies.
 */
import type { ReadyQueue, TakenKey } from "./queue.ts";

export interface WorkerOptions<Key> {
  readonly count: number;
  work(taken: TakenKey<Key>): Promise<void>;
  onThrow(error: unknown, key: Key): void;
}

/** Resolves when every worker has ended. */
export async function runWorkers<Key>(
  queue: ReadyQueue<Key>,
  options: WorkerOptions<Key>,
): Promise<void> {
  await Promise.all(Array.from({ length: options.count }, () => runWorker(queue, options)));
}

async function runWorker<Key>(queue: ReadyQueue<Key>, options: WorkerOptions<Key>): Promise<void> {
  for (let taken = await queue.take(); taken; taken = await queue.take()) {
    try {
      await options.work(taken);
    } catch (error) {
      options.onThrow(error, taken.key);
    } finally {
      queue.done(taken.key);
    }
  }
}
