/**
 * Ends threads that take too much memory. No runtime tells the memory of a thread that is busy, so it
 * is judged from outside: the process grew by more than the limit since the thread was last at rest,
 * and the thread does not answer, or says itself that it is that large.
 *
 * Guarantees: a look costs microseconds, and there is none while no thread works.
 */
import type { Clock } from "../std/clock.ts";

/** What is watched: a thread while it has calls. */
export interface WatchedThread {
  readonly isEnded: boolean;
  ping(): Promise<number>;
  /** It has to go. */
  onTooLarge(): void;
}

export interface WatchdogOptions {
  readonly clock: Clock;
  /** Bytes of the whole process that are in memory. */
  residentBytes(): number;
  readonly limitBytes: number;
}

interface Watch {
  /** Of the process, when the thread was last known to be small; absent: at the next look. */
  restBytes: number | undefined;
  /** When the ping that is awaited was sent; absent: none is. */
  askedAtMs: number | undefined;
}

const LOOK_MS = 15;
/** A thread that does not answer for so long is busy. */
const BUSY_MS = 30;

export class Watchdog {
  readonly #options: WatchdogOptions;
  readonly #watches = new Map<WatchedThread, Watch>();
  #cancel: (() => void) | undefined;

  constructor(options: WatchdogOptions) {
    this.#options = options;
  }

  /** Watches until the returned function is called. */
  watch(thread: WatchedThread): () => void {
    this.#watches.set(thread, { restBytes: undefined, askedAtMs: undefined });
    this.#cancel ??= this.#options.clock.schedule(LOOK_MS, () => this.#look());
    return () => this.#watches.delete(thread);
  }

  #look(): void {
    this.#cancel = undefined;
    const bytes = this.#options.residentBytes();
    for (const [thread, watch] of this.#watches) this.#judge(thread, watch, bytes);
    if (this.#watches.size === 0) return;
    this.#cancel = this.#options.clock.schedule(LOOK_MS, () => this.#look());
  }

  #judge(thread: WatchedThread, watch: Watch, bytes: number): void {
    if (thread.isEnded) {
      this.#watches.delete(thread);
      return;
    }
    watch.restBytes ??= bytes;
    const nowMs = this.#options.clock.monotonicMs();
    if (watch.askedAtMs === undefined) void this.#ask(thread, watch, nowMs);
    else if (nowMs - watch.askedAtMs < BUSY_MS) return;
    else if (bytes - watch.restBytes > this.#options.limitBytes) this.#refuse(thread);
  }

  async #ask(thread: WatchedThread, watch: Watch, nowMs: number): Promise<void> {
    watch.askedAtMs = nowMs;
    const heapBytes = await thread.ping();
    watch.askedAtMs = undefined;
    if (heapBytes > this.#options.limitBytes) this.#refuse(thread);
    else watch.restBytes = this.#options.residentBytes();
  }

  #refuse(thread: WatchedThread): void {
    if (this.#watches.delete(thread)) thread.onTooLarge();
  }
}
