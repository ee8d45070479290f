/**
 * The health of one box, kept: `health.ts` says what follows from what, this says when it is news, to
 * the log and to boxes that wait for this one.
 */
import type { Outcome } from "../status/outcome.ts";
import type { Bell } from "../std/bell.ts";
import type { Clock } from "../std/clock.ts";
import { elapsedText } from "../std/duration.ts";
import type { Logger } from "../telemetry/log.ts";
import {
  afterFailure,
  afterSuccess,
  type Health,
  initialHealth,
  type Obstacle,
  withObstacle,
  withoutObstacle,
} from "./health.ts";

export interface BoxHealthOptions {
  readonly log: Logger;
  readonly clock: Pick<Clock, "now" | "monotonicMs">;
  /** Rings when something changed that another box may wait for. */
  readonly changed: Bell;
}

export class BoxHealth {
  #current: Health = initialHealth;
  /** Monotonic; when it was first logged that it cannot go on, and not yet that it goes on again. */
  #blockedSinceMs: number | undefined;
  readonly #options: BoxHealthOptions;

  constructor(options: BoxHealthOptions) {
    this.#options = options;
  }

  get current(): Health {
    return this.#current;
  }

  /** What one reconcile came to. */
  record(outcome: Outcome): void {
    const nowMs = this.#options.clock.now();
    switch (outcome.kind) {
      case "settled":
      case "waiting":
        this.update(afterSuccess(this.#current, nowMs));
        return;
      case "retry":
      case "stuck":
        this.update(afterFailure(this.#current, nowMs, outcome.error.message));
        return;
      default:
        outcome satisfies never;
    }
  }

  /**
   * Something stands in the way; `undefined`: nothing any more. Each is told once. `error`: the failure itself, where
   * nobody else logs it, as an informer does.
   */
  meet(obstacle: Obstacle | undefined, error?: unknown): void {
    if (this.#current.obstacle?.message === obstacle?.message) return;
    if (!obstacle) {
      this.update(withoutObstacle(this.#current));
      return;
    }
    this.update(withObstacle(this.#current, obstacle));
    this.#tell(obstacle, error);
  }

  #tell({ kind, message: reason }: Obstacle, error: unknown): void {
    const { log, clock } = this.#options;
    if (kind === "dependency") log.info("Waiting", { reason });
    else if (kind === "initializing") log.debug("Waiting", { reason });
    else {
      log.warn("Cannot go on yet", error === undefined ? { reason } : { error });
      this.#blockedSinceMs ??= clock.monotonicMs();
    }
  }

  /** What it waits for of other boxes is no outage of its own. */
  #tellEnd({ obstacle }: Health): void {
    if (this.#blockedSinceMs === undefined) return;
    if (obstacle !== undefined && obstacle.kind !== "dependency") return;
    const { log, clock } = this.#options;
    log.info("Goes on again", { after: elapsedText(clock.monotonicMs() - this.#blockedSinceMs) });
    this.#blockedSinceMs = undefined;
  }

  /** Rings only for what another box may wait for, since most reconciles change nothing of it. */
  update(health: Health): void {
    const before = this.#current;
    this.#current = health;
    if (before.obstacle !== health.obstacle) this.#tellEnd(health);
    const isNews =
      before.consecutiveFailures !== health.consecutiveFailures ||
      before.hasSucceeded !== health.hasSucceeded ||
      before.startedAtMs !== health.startedAtMs ||
      before.obstacle !== health.obstacle;
    if (isNews) this.#options.changed.ring();
  }
}
