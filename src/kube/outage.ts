/**
 * What the log is told of one informer that cannot follow its changes: the failure, once it lasts, and its end.
 *
 * Guarantees: one line for each failure that differs from the one before, and one line for the end of what was
 * told. An outage is over when nothing failed for {@link CALM_MS} after the server answered, so that a watch which
 * ends as soon as it is opened does not tell of an end each time.
 */
import type { Clock } from "../std/clock.ts";
import { elapsedText } from "../std/duration.ts";
import type { Logger } from "../telemetry/log.ts";

export interface OutageOptions {
  /** Kind of the objects, for the log. */
  readonly kind: string;
  readonly clock: Pick<Clock, "monotonicMs" | "schedule">;
  readonly log: Logger;
}

/** Longer than the shortest watch that counts as one. */
const CALM_MS = 2_000;

export class Outage {
  readonly #options: OutageOptions;
  /** Of the first failure since all was well. */
  #sinceMs: number | undefined;
  /** The message that was logged last. */
  #told: string | undefined;
  /** It seems to be over: told in a moment, or by `now`. */
  #end: { readonly cancel: () => void; readonly now: () => void } | undefined;

  constructor(options: OutageOptions) {
    this.#options = options;
  }

  /** `attempts`: how many failed in a row, this one too. */
  failed(error: Error, attempts: number): void {
    this.#begin();
    const { kind, log } = this.#options;
    // The first failure of a row is often a restart of the server, or a CRD too new to be served,
    // which the next attempt survives. Of those that follow, what differs is news.
    const isNews = attempts > 1 && this.#told !== error.message;
    if (isNews) this.#told = error.message;
    const write = isNews ? log.error : log.debug;
    write("Cannot follow changes, trying again", { kind, attempts, error });
  }

  /** A fault of this program. */
  broken(error: Error): void {
    this.#begin();
    this.#told = error.message;
    this.#options.log.error("Cannot follow changes: a fault of this program", { error });
  }

  /** The server gave a whole list, or holds a watch open. */
  answered(): void {
    if (this.#sinceMs === undefined || this.#end) return;
    const { clock } = this.#options;
    const after = elapsedText(clock.monotonicMs() - this.#sinceMs);
    const now = () => this.#finish(after);
    this.#end = { cancel: clock.schedule(CALM_MS, now), now };
  }

  /** The informer stops. Of an outage that lasts no end is told: what comes in its place may see it. */
  stop(): void {
    this.#end?.cancel();
    this.#end?.now();
  }

  #begin(): void {
    this.#end?.cancel();
    this.#end = undefined;
    this.#sinceMs ??= this.#options.clock.monotonicMs();
  }

  #finish(after: string): void {
    const { kind, log } = this.#options;
    if (this.#told !== undefined) log.info("Follows changes again", { kind, after });
    this.#sinceMs = undefined;
    this.#told = undefined;
    this.#end = undefined;
  }
}
