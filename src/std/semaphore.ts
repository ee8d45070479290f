/** Bounded concurrency: at most so many at once, the others wait in the order in which they came. */

export class Semaphore {
  #free: number;
  // Entries of those who gave up stay until their turn and are passed over.
  readonly #waiting: (() => boolean)[] = [];

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
    await new Promise<void>((resolve, reject) => {
      let isWaiting = true;
      const onAbort = () => {
        isWaiting = false;
        reject(signal?.reason);
      };
      signal?.addEventListener("abort", onAbort, { once: true });
      this.#waiting.push(() => {
        signal?.removeEventListener("abort", onAbort);
        if (isWaiting) resolve();
        return isWaiting;
      });
    });
  }

  /** Gives a slot back; exactly once for each `acquire` that resolved. */
  release(): void {
    while (this.#waiting.length > 0) {
      if (this.#waiting.shift()?.()) return;
    }
    this.#free++;
  }
}
