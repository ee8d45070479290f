/**
 * The deadline of one call in a thread that it shares with others. It counts from when its handler
 * starts: what waits behind a busy loop is not late. When it is over, the thread is asked whether it
 * answers at all:
 *
 *     answers       ─▶ this call is late
 *     does not      ─▶ another call runs: that one's deadline decides
 *                   ─▶ this one runs, or nobody knows which: the thread hung
 */
import type { Clock } from "../std/clock.ts";

/** What is asked of the thread. */
export interface AskedThread {
  ping(): Promise<number>;
  /** The call that had its turn last, if it is still under way and no answer came since. */
  readonly running: number | undefined;
  /** Calls whose handlers have started and not settled. */
  readonly started: number;
}

export interface DeadlineOptions {
  readonly clock: Clock;
  readonly timeoutMs: number;
  readonly thread: AskedThread;
  /** The call did not settle in time, its thread is fine. */
  onLate(): void;
  /** The thread does not answer. */
  onHang(): void;
}

/** A thread that does not answer for so long is held up. */
const ANSWER_MS = 100;
/** For a call that was held up by another one, to take what came for it meanwhile. */
const GRACE_MS = 1_000;

export class Deadline {
  readonly #options: DeadlineOptions;
  #cancel: () => void;
  #call: number | undefined;
  #isStopped = false;

  /** The call waits for its start. */
  constructor(options: DeadlineOptions) {
    this.#options = options;
    this.#cancel = this.#schedule(options.timeoutMs, () => this.#ask());
  }

  /** The handler of this call starts. */
  start(call: number): void {
    this.#call = call;
    this.#arm(this.#options.timeoutMs);
  }

  stop(): void {
    this.#isStopped = true;
    this.#cancel();
  }

  #schedule(delayMs: number, run: () => void): () => void {
    return this.#options.clock.schedule(delayMs, run);
  }

  #arm(delayMs: number): void {
    this.#cancel();
    if (!this.#isStopped) this.#cancel = this.#schedule(delayMs, () => this.#ask());
  }

  #ask(): void {
    let isMute = false;
    this.#cancel = this.#schedule(ANSWER_MS, () => {
      isMute = true;
      this.#onMute();
    });
    const asked = this.#call;
    void this.#options.thread.ping().then(() => {
      if (this.#isStopped || asked !== this.#call) return;
      if (isMute) this.#arm(GRACE_MS);
      else this.#onAnswer();
    });
  }

  #onAnswer(): void {
    if (this.#call === undefined) {
      this.#arm(this.#options.timeoutMs);
      return;
    }
    this.stop();
    this.#options.onLate();
  }

  #onMute(): void {
    const { thread, onHang } = this.#options;
    const { running } = thread;
    const hasStarted = this.#call !== undefined;
    const isOther = running !== undefined && running !== this.#call;
    if (!isOther && (hasStarted || thread.started === 0)) onHang();
    // Behind another one, whose deadline decides; if that is given up, there is none that does.
    else if (!hasStarted) this.#arm(this.#options.timeoutMs);
  }
}
