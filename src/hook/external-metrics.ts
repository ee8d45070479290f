/** What is counted of calls to outside services at deletions. */
import type { Metrics } from "../telemetry/metrics.ts";

export interface ExternalMetrics {
  of(crd: string): (result: string, seconds: number) => void;
}

export function createExternalMetrics(metrics: Metrics): ExternalMetrics {
  const calls = metrics.counter({
    name: "orkestra_external_calls_total",
    help: "Calls to outside services by result",
    labels: ["crd", "result"],
  });
  const durations = metrics.histogram({
    name: "orkestra_external_duration_seconds",
    help: "How long an outside service took to answer",
    labels: ["crd"],
  });
  return {
    of: (crd) => (result, seconds) => {
      calls.add({ crd, result });
      durations.observe({ crd }, seconds);
    },
  };
}
