/**
 * Pieces of work that never wait by themselves, done by many side by side: once they have together held
 * the event loop for a slice of time, whoever comes next waits until it has turned. Unlike a
 * `Breather` it counts the work alone: who comes after a time of rest never waits.
 */
import { setImmediate as nextTurn } from "node:timers/promises";
import type { Clock } from "./clock.ts";

export interface PiecesOptions {
  readonly clock: Pick<Clock, "monotonicMs">;
  /** The loop is held for so long, and one piece. */
  readonly sliceMs: number;
}

export class Pieces {
  readonly #options: PiecesOptions;
  #heldMs = 0;
  #turning: Promise<void> | undefined;

  constructor(options: PiecesOptions) {
    this.#options = options;
  }

  /**
   * What to await before the next piece; `undefined`: nothing. To be looked at again after that, since of
   * all who waited the first one may have used up the slice.
   */
  get turning(): Promise<void> | undefined {
    return this.#turning;
  }

  /** Does it at once, and counts how long it took. */
  run<T>(piece: () => T): T {
    const { clock, sliceMs } = this.#options;
    const startMs = clock.monotonicMs();
    try {
      return piece();
    } finally {
      this.#heldMs += clock.monotonicMs() - startMs;
      if (this.#heldMs >= sliceMs) this.#turning ??= this.#turn();
    }
  }

  async #turn(): Promise<void> {
    await nextTurn();
    this.#heldMs = 0;
    this.#turning = undefined;
  }
}
