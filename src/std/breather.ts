/**
 * Lets the event loop turn now and then during long work that never waits by itself: a thousand
 * reconciles of settled objects await only promises that are fulfilled already, and no timer, socket
 * or probe would get a word in between.
 */
import { setImmediate as nextTurn } from "node:timers/promises";
import type { Clock } from "./clock.ts";

export interface BreatherOptions {
  readonly clock: Pick<Clock, "monotonicMs">;
  /** How long the loop may be held between two breaths. */
  readonly sliceMs: number;
}

/** Shared by all who work side by side: together they hold the loop no longer than one of them. */
export class Breather {
  readonly #options: BreatherOptions;
  #turning: Promise<void> | undefined;
  #turnedMs: number;

  constructor(options: BreatherOptions) {
    this.#options = options;
    this.#turnedMs = options.clock.monotonicMs();
  }

  /** `undefined` when there is no need yet, else what to await before going on. */
  breathe(): Promise<void> | undefined {
    if (this.#turning !== undefined) return this.#turning;
    const { clock, sliceMs } = this.#options;
    if (clock.monotonicMs() - this.#turnedMs < sliceMs) return undefined;
    this.#turning = nextTurn().then(() => {
      this.#turning = undefined;
      this.#turnedMs = clock.monotonicMs();
    });
    return this.#turning;
  }
}
