/** What is counted of hooks. */
import type { Metrics } from "../telemetry/metrics.ts";
import type { RunnerMetrics } from "./runner.ts";

export function createHookMetrics(metrics: Metrics): { of(crd: string): RunnerMetrics } {
  const calls = metrics.counter({
    name: "orkestra_hook_calls_total",
    help: "Calls of hooks by handler and result",
    labels: ["crd", "handler", "result"],
  });
  const seconds = metrics.histogram({
    name: "orkestra_hook_duration_seconds",
    help: "How long a call of a hook took",
    labels: ["crd"],
  });
  const losses = metrics.counter({
    name: "orkestra_hook_threads_lost_total",
    help: "Threads of hooks that ended themselves or had to be ended, by reason",
    labels: ["crd", "reason"],
  });
  const panics = metrics.counter({
    name: "controller_runtime_reconcile_panics_total",
    help: "Code that brought down the thread that it ran in",
    labels: ["controller"],
  });
  return {
    of(crd) {
      panics.add({ controller: crd }, 0);
      return {
        called(handler, result, duration) {
          calls.add({ crd, handler, result });
          seconds.observe({ crd }, duration);
        },
        lost(reason) {
          losses.add({ crd, reason });
          panics.add({ controller: crd });
        },
      };
    },
  };
}
