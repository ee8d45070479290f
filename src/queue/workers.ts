/**
 * Workers over a queue: each takes a key, works on it, and says that it is done, until the queue
 * is shut down and drained.
 *
 * Work that never waits for anything does not hold the event loop for longer than {@link SLICE_MS} and
 * one piece of it.
 *
 * Assumes that `work` does not throw. If it does all the same, the key is still given back and
 * `onThrow` hears of it: a worker never dies.
 */
import { Breather } from "../std/breather.ts";
import type { Clock } from "../std/clock.ts";
import type { ReadyQueue, TakenKey } from "./queue.ts";

const SLICE_MS = 5;

export interface WorkerOptions<Key> {
  readonly count: number;
  readonly clock: Pick<Clock, "monotonicMs">;
  work(taken: TakenKey<Key>): Promise<void>;
  onThrow(error: unknown, key: Key): void;
}

/** Resolves when every worker has ended. */
export async function runWorkers<Key>(
  queue: ReadyQueue<Key>,
  options: WorkerOptions<Key>,
): Promise<void> {
  const breather = new Breather({ clock: options.clock, sliceMs: SLICE_MS });
  const run = () => runWorker(queue, options, breather);
  await Promise.all(Array.from({ length: options.count }, run));
}

async function runWorker<Key>(
  queue: ReadyQueue<Key>,
  options: WorkerOptions<Key>,
  breather: Breather,
): Promise<void> {
  for (let taken = await queue.take(); taken; taken = await queue.take()) {
    try {
      await options.work(taken);
    } catch (error) {
      options.onThrow(error, taken.key);
    } finally {
      queue.done(taken.key);
    }
    const breath = breather.breathe();
    if (breath !== undefined) await breath;
  }
}
