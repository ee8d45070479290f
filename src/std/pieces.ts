/**
 * Pieces of work that never wait by themselves, done by many side by side: once they have together held
 * the event loop for a slice of time, whoever comes next waits until it has turned. A piece that took
 * longer than a slice is followed by a rest: others, who need several turns for what they do, would else
 * wait for one such piece in each of them. Unlike a `Breather` it counts the work alone: who comes after
 * a time of rest never waits.
 */
import { setImmediate as nextTurn } from "node:timers/promises";
import type { Clock } from "./clock.ts";
import { sleep } from "./sleep.ts";

export interface PiecesOptions {
  readonly clock: Clock;
  /** The loop is held for so long, and one piece. */
  readonly sliceMs: number;
  /**
   * For long work in short pieces: each slice is followed by a rest, which is so many times as long. Default:
   * only a piece that is longer than a slice is, by twice its time.
   */
  readonly restFactor?: number;
}

/** How much longer than a long piece its rest is: such pieces have a third of the loop at most. */
const LONG_REST = 2;
/** No piece works for longer: the process was stopped in its middle, and has no time to lose when it goes on. */
const LONGEST_MS = 100;

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

  /** What is left of the slice. */
  get leftMs(): number {
    return this.#options.sliceMs - this.#heldMs;
  }

  /** Does it at once, and counts how long it took. */
  run<T>(piece: () => T): T {
    const { clock, sliceMs } = this.#options;
    const startMs = clock.monotonicMs();
    try {
      return piece();
    } finally {
      const tookMs = clock.monotonicMs() - startMs;
      this.#heldMs += tookMs;
      if (this.#heldMs >= sliceMs) this.#turning ??= this.#turn(tookMs);
    }
  }

  async #turn(tookMs: number): Promise<void> {
    const { clock } = this.#options;
    const restMs = this.#restMs(tookMs);
    await (restMs > 0 ? sleep(restMs, { clock }) : nextTurn());
    this.#heldMs = 0;
    this.#turning = undefined;
  }

  #restMs(tookMs: number): number {
    const { sliceMs, restFactor } = this.#options;
    // A short piece that took longer stood still itself: the processor was somebody else's.
    if (restFactor !== undefined) return Math.min(this.#heldMs, 2 * sliceMs) * restFactor;
    return tookMs > sliceMs ? Math.min(tookMs, LONGEST_MS) * LONG_REST : 0;
  }
}
