/**
 * Notices that a stream has said nothing for too long: a half-open connection looks exactly like a
 * quiet one. Only time spent waiting for data counts, so that a slow consumer is not taken for a
 * dead server.
 */
import type { Clock } from "../std/clock.ts";

export interface SilenceOptions {
  readonly clock: Clock;
  /** Asked anew at each look. */
  readonly limitMs: () => number;
  readonly onSilence: () => void;
}

export class SilenceTimer implements Disposable {
  readonly #options: SilenceOptions;
  #waitingSinceMs: number | undefined;
  #cancel: () => void;

  constructor(options: SilenceOptions) {
    this.#options = options;
    this.#cancel = this.#schedule(options.limitMs());
  }

  /** From here on the stream is expected to speak. */
  listen(): void {
    this.#waitingSinceMs = this.#options.clock.monotonicMs();
  }

  /** It spoke. */
  heard(): void {
    this.#waitingSinceMs = undefined;
  }

  // One timer that looks back, instead of one that is set anew for each of many thousand chunks.
  #schedule(delayMs: number): () => void {
    return this.#options.clock.schedule(delayMs, () => this.#look());
  }

  #look(): void {
    const { clock, onSilence } = this.#options;
    const limitMs = this.#options.limitMs();
    const nowMs = clock.monotonicMs();
    const silentMs = nowMs - (this.#waitingSinceMs ?? nowMs);
    if (silentMs >= limitMs) onSilence();
    else this.#cancel = this.#schedule(limitMs - silentMs);
  }

  [Symbol.dispose](): void {
    this.#cancel();
  }
}
