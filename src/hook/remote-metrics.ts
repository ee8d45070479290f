/** What is counted of questions to remotes. */
import type { Metrics } from "../telemetry/metrics.ts";

export interface RemoteMetrics {
  of(crd: string): (result: string, seconds: number) => void;
}

export function createRemoteMetrics(metrics: Metrics): RemoteMetrics {
  const calls = metrics.counter({
    name: "orkestra_remote_calls_total",
    help: "Questions to remotes by result",
    labels: ["crd", "result"],
  });
  const durations = metrics.histogram({
    name: "orkestra_remote_duration_seconds",
    help: "How long a remote took to answer",
    labels: ["crd"],
  });
  return {
    of: (crd) => (result, seconds) => {
      calls.add({ crd, result });
      durations.observe({ crd }, seconds);
    },
  };
}
