/** The metrics of boxes, under the names that existing dashboards know. */
import type { Outcome } from "../status/outcome.ts";
import type { Metrics } from "../telemetry/metrics.ts";

export interface BoxMetrics {
  /** Shows the counters of a CRD from the start, at 0: a series that only begins hides its first step. */
  expect(crd: string): void;
  /** One reconcile ended. */
  reconciled(crd: string, outcome: Outcome["kind"], seconds: number): void;
  /** One key was taken, after it waited. */
  taken(crd: string, waitedSeconds: number): void;
  added(crd: string): void;
  retried(crd: string): void;
  /** A step of the start failed, and is tried again. */
  startFailed(crd: string): void;
}

const RESULT: Readonly<Record<Outcome["kind"], string>> = {
  settled: "success",
  waiting: "requeue_after",
  retry: "error",
  stuck: "error",
};

export function createBoxMetrics(metrics: Metrics): BoxMetrics {
  const total = metrics.counter({
    name: "controller_runtime_reconcile_total",
    help: "Reconciles by controller and result",
    labels: ["controller", "result"],
  });
  const byCrd = metrics.counter({
    name: "controller_reconcile_total",
    help: "Reconciles by CRD and outcome",
    labels: ["crd", "result"],
  });
  const errors = metrics.counter({
    name: "controller_runtime_reconcile_errors_total",
    help: "Reconciles that failed",
    labels: ["controller"],
  });
  const duration = metrics.histogram({
    name: "controller_runtime_reconcile_time_seconds",
    help: "How long a reconcile took",
    labels: ["controller"],
  });
  const durationByCrd = metrics.histogram({
    name: "controller_reconcile_duration_seconds",
    help: "How long a reconcile took",
    labels: ["crd"],
  });
  const waited = metrics.histogram({
    name: "workqueue_queue_duration_seconds",
    help: "How long a key waited for a worker",
    labels: ["name"],
  });
  const work = metrics.histogram({
    name: "workqueue_work_duration_seconds",
    help: "How long a worker held a key",
    labels: ["name"],
  });
  const adds = metrics.counter({
    name: "workqueue_adds_total",
    help: "Keys added",
    labels: ["name"],
  });
  const retries = metrics.counter({
    name: "workqueue_retries_total",
    help: "Keys added again after a failure",
    labels: ["name"],
  });
  const startFailures = metrics.counter({
    name: "orkestra_start_failures_total",
    help: "Steps of the start of a CRD that failed, and were tried again",
    labels: ["crd"],
  });
  return {
    expect(crd) {
      for (const [outcome, result] of Object.entries(RESULT)) {
        total.add({ controller: crd, result }, 0);
        byCrd.add({ crd, result: outcome }, 0);
      }
      errors.add({ controller: crd }, 0);
      adds.add({ name: crd }, 0);
      retries.add({ name: crd }, 0);
      startFailures.add({ crd }, 0);
    },
    reconciled(crd, outcome, seconds) {
      total.add({ controller: crd, result: RESULT[outcome] });
      byCrd.add({ crd, result: outcome });
      if (RESULT[outcome] === "error") errors.add({ controller: crd });
      duration.observe({ controller: crd }, seconds);
      durationByCrd.observe({ crd }, seconds);
      work.observe({ name: crd }, seconds);
    },
    taken: (crd, seconds) => waited.observe({ name: crd }, seconds),
    added: (crd) => adds.add({ name: crd }),
    retried: (crd) => retries.add({ name: crd }),
    startFailed: (crd) => startFailures.add({ crd }),
  };
}
