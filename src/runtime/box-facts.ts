/** `.metrics` and `.health` of templates and conditions: what a box says of itself. */
import type { JsonObject } from "../std/json.ts";
import type { BoxView } from "./view.ts";

export interface BoxFacts {
  readonly metrics: JsonObject;
  readonly health: JsonObject;
}

export function boxFacts(box: BoxView): BoxFacts {
  const { health, state, crd } = box;
  const busyPercent = Math.round((100 * box.activeWorkers) / crd.workers);
  const errorRate = health.totalReconciles ? health.totalFailures / health.totalReconciles : 0;
  return {
    metrics: {
      queueDepth: box.queueDepth,
      workersBusyPercent: busyPercent,
      workersIdlePercent: 100 - busyPercent,
      errorRatePercent: Math.round(100 * errorRate),
      resourceCount: box.resourceCount,
    },
    health: {
      state,
      healthy: state === "healthy",
      consecutiveFails: health.consecutiveFailures,
      totalReconciles: health.totalReconciles,
      lastError: health.lastError ?? "",
    },
  };
}
