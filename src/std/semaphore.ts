/** Bounded concurrency: at most so many at once, the others wait in the order in which they came. */
import { type Waiter, waitForTurn } from "./turns.ts";

export class Semaphore {
  #free: number;
  readonly #waiting: Waiter[] = [];

  constructor(slots: number) {
    this.#free = slots;
  }

  get waiting(): number {
    return this.#waiting.length;
  }

  /** Resolves when a slot is taken; rejects with the signal's reason when aborted before. */
  async acquire(signal?: AbortSignal): Promise<void> {
    signal?.throwIfAborted();
    if (this.#free > 0) {
      this.#free--;
      return;
    }
    await waitForTurn(this.#waiting, signal);
  }

  /** Gives a slot back; exactly once for each `acquire` that resolved. */
  release(): void {
    while (this.#waiting.length > 0) {
      if (this.#waiting.shift()?.()) return;
    }
    this.#free++;
  }
}
