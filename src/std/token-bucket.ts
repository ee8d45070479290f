/** A limit on how often something may happen: bursts up to a size, then a steady rate. */
import type { Clock } from "./clock.ts";

export interface TokenBucketOptions {
  /** How many may happen at once after a rest. */
  readonly burst: number;
  readonly perSecond: number;
  readonly clock: Clock;
}

export class TokenBucket {
  readonly #options: TokenBucketOptions;
  #tokens: number;
  #filledAtMs: number;

  constructor(options: TokenBucketOptions) {
    this.#options = options;
    this.#tokens = options.burst;
    this.#filledAtMs = options.clock.monotonicMs();
  }

  /** Takes a token, if there is one. */
  tryTake(): boolean {
    this.#fill();
    if (this.#tokens < 1) return false;
    this.#tokens--;
    return true;
  }

  /** Milliseconds until there is a token. */
  get waitMs(): number {
    this.#fill();
    return Math.max(0, ((1 - this.#tokens) / this.#options.perSecond) * 1000);
  }

  get isFull(): boolean {
    this.#fill();
    return this.#tokens >= this.#options.burst;
  }

  #fill(): void {
    const { burst, perSecond, clock } = this.#options;
    const nowMs = clock.monotonicMs();
    const grown = ((nowMs - this.#filledAtMs) / 1000) * perSecond;
    this.#tokens = Math.min(burst, this.#tokens + grown);
    this.#filledAtMs = nowMs;
  }
}
