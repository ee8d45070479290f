/**
 * The safety net under the watches of one box: once per resync, each of its informers is compared
 * with the server, each by itself. Informers that boxes share are audited once, and pace themselves.
 */
import type { Informer } from "../kube/informer.ts";
import type { Clock } from "../std/clock.ts";
import type { Logger } from "../telemetry/log.ts";

export interface AuditLoopOptions {
  readonly informers: () => readonly Informer[];
  readonly intervalMs: number;
  readonly clock: Clock;
  readonly log: Logger;
}

/** Timers are early or late by a little; an informer must not skip its turn because of that. */
const SLACK = 0.9;

export function startAudits({ informers, intervalMs, clock, log }: AuditLoopOptions): Disposable {
  const stopping = new AbortController();
  const { signal } = stopping;
  let cancel = () => {};
  // Each by itself: an audit that found something looks again after a while, and the events that
  // another informer lost must not wait for that.
  const arm = () => {
    cancel = clock.schedule(intervalMs, () => {
      arm();
      for (const informer of informers()) void audit(informer);
    });
  };
  const audit = async (informer: Informer) => {
    try {
      const report = await informer.audit({ signal, minIntervalMs: intervalMs * SLACK });
      if (report.kind !== "done" || report.repaired === 0) return;
      const { plural } = informer.selection.type;
      log.warn("Repaired lost events", { informer: plural, repaired: report.repaired });
    } catch (error) {
      // The informer's own watch shows that the server is away; the next round tries again.
      if (!signal.aborted) log.debug("Cannot audit an informer", { error });
    }
  };
  arm();
  return {
    [Symbol.dispose]() {
      stopping.abort(new Error("The audits are stopping"));
      cancel();
    },
  };
}
