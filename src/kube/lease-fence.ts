/**
 * The fence around a leader: no write starts after its own renew deadline. Asked by the transport at the
 * moment a request goes out, when nothing is awaited any more.
 *
 * The deadline counts from when the renewal was *sent*: whoever takes over waits for longer than that,
 * counted from when the renewal took effect. What the fence let out just before the deadline, others may
 * still see arrive after it.
 *
 * Two clocks are asked, and the one that saw more time go by is believed. A process that is stopped
 * (SIGSTOP, a debugger, a throttled container) finds the monotonic clock moved on; a machine that slept finds
 * it standing, and the wall clock moved on. A wall clock that is set forward costs a renewal, no more.
 */
import type { Clock } from "../std/clock.ts";
import { KubeError } from "./error.ts";

/** An instant by both clocks. */
export interface Stamp {
  readonly monotonicMs: number;
  readonly wallMs: number;
}

type Clocks = Pick<Clock, "now" | "monotonicMs">;

export function stampNow(clock: Clocks): Stamp {
  return { monotonicMs: clock.monotonicMs(), wallMs: clock.now() };
}

/** Milliseconds since then, by the clock that saw more of them. */
export function elapsedSince({ monotonicMs, wallMs }: Stamp, clock: Clocks): number {
  return Math.max(clock.monotonicMs() - monotonicMs, clock.now() - wallMs);
}

/** What the transport tells of a request that is about to go out. */
export interface Outgoing {
  readonly method: string;
  readonly path: string;
}

export class LeaseFence {
  readonly #clock: Clocks;
  #open: { readonly since: Stamp; readonly forMs: number } | undefined;
  /** Called when a write finds that the deadline is over, before it is refused. */
  onExpired: () => void = () => {};
  /** Called for each write that is refused. */
  onRefused: () => void = () => {};

  constructor(clock: Clocks) {
    this.#clock = clock;
  }

  /** Milliseconds until writes are refused; 0 when they are. */
  get leftMs(): number {
    if (this.#open === undefined) return 0;
    const { since, forMs } = this.#open;
    return Math.max(0, forMs - elapsedSince(since, this.#clock));
  }

  /** Lets writes out for `forMs` from `since`, the moment a renewal was sent that succeeded. */
  open(since: Stamp, forMs: number): void {
    this.#open = { since, forMs };
  }

  close(): void {
    this.#open = undefined;
  }

  /** Throws for a write that must not go out. */
  check({ method, path }: Outgoing): void {
    if (method === "GET" || this.leftMs > 0) return;
    if (this.#open !== undefined) this.onExpired();
    this.onRefused();
    const [target = path] = path.split("?");
    throw new KubeError(`Cannot send ${method} ${target}: this process does not lead`, {
      status: 0,
      reason: "NotLeading",
    });
  }
}
