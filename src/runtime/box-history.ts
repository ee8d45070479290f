/** What one box notes for `ork why`: causes when events come, entries when reconciles end. */
import type { KubeObject } from "../schema/object.ts";
import type { Outcome } from "../status/outcome.ts";
import { type Clock, TIMER_EARLY_MS } from "../std/clock.ts";
import { type Cause, Causes } from "./causes.ts";
import { creationDraft } from "./creation-draft.ts";
import type { History, KeyHistory, Next, Unsettled } from "./history.ts";
import { historyEntry, type Reconciled } from "./history-entry.ts";

export interface Pass {
  readonly atMs: number;
  readonly startedMs: number;
  readonly causes: readonly Cause[];
  readonly before: KubeObject | undefined;
}

export interface PassEnd {
  readonly outcome: Outcome;
  readonly after: KubeObject | undefined;
  /** Milliseconds until it is tried again by itself. */
  readonly retryMs: number | undefined;
  /** Failures in a row. */
  readonly failures: number;
}

export class BoxHistory {
  readonly #crd: string;
  readonly #history: History;
  readonly #clock: Clock;
  readonly #causes = new Causes();

  constructor(
    crd: string,
    { history, clock }: { readonly history: History; readonly clock: Clock },
  ) {
    this.#crd = crd;
    this.#history = history;
    this.#clock = clock;
  }

  note(key: string, cause: Cause): void {
    this.#causes.add(key, cause);
  }

  /** A worker took the key. */
  begin(key: string, before: KubeObject | undefined): Pass {
    const atMs = this.#clock.now();
    const next = this.#history.next(this.#id(key));
    const noted = this.#causes.take(key);
    // Where nothing happened, only the delay can have brought it, whatever a wall clock that was set says.
    const isDue = next && (noted.length === 0 || atMs >= next.atMs - TIMER_EARLY_MS);
    const causes: readonly Cause[] = isDue ? [...noted, { kind: next.why }] : noted;
    return { atMs, startedMs: this.#clock.monotonicMs(), causes, before };
  }

  end(key: string, pass: Pass, end: PassEnd): void {
    const { outcome, after, retryMs } = end;
    const id = this.#id(key);
    if (pass.before === undefined && after === undefined) {
      this.#history.settle(id);
      return;
    }
    const tookMs = this.#clock.monotonicMs() - pass.startedMs;
    const next = nextOf(outcome, retryMs, this.#clock.now());
    const reconciled: Reconciled = { ...pass, tookMs, outcome, after };
    const draft = creationDraft(reconciled);
    if (draft !== undefined) {
      this.#history.recordDraft(id, draft, next ? { next } : {});
      return;
    }
    const entry = historyEntry(reconciled);
    const unsettled = unsettledOf(outcome, { failures: end.failures, message: entry?.message });
    const state = { ...(next && { next }), ...(unsettled && { unsettled }) };
    const { generation } = after?.metadata ?? {};
    this.#history.record(id, entry, { ...state, status: after?.status, generation });
  }

  of(key: string): KeyHistory {
    return this.#history.of(this.#id(key));
  }

  /** Nobody works any more: whoever begins looks at everything. */
  clear(): void {
    this.#causes.clear();
  }

  #id(key: string): string {
    return `${this.#crd} ${key}`;
  }
}

const WHY: Readonly<Record<Outcome["kind"], Next["why"]>> = {
  settled: "requeue",
  waiting: "waited",
  retry: "retry",
  stuck: "retry",
};

function nextOf(outcome: Outcome, retryMs: number | undefined, nowMs: number): Next | undefined {
  return retryMs === undefined ? undefined : { why: WHY[outcome.kind], atMs: nowMs + retryMs };
}

function unsettledOf(
  { kind }: Outcome,
  { failures, message = "" }: { readonly failures: number; readonly message: string | undefined },
): Unsettled | undefined {
  return kind === "settled" ? undefined : { result: kind, message, failures };
}
