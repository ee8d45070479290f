/** JSON shapes of the read-only view. Values of Secrets are never part of them. */
import { readinessOf } from "../apply/readiness.ts";
import type { BoxView, RuntimeView } from "../runtime/view.ts";
import type { KubeObject } from "../schema/object.ts";
import { getPath, type Json } from "../std/json.ts";
import type { Answer } from "./answer.ts";

export function katalogSummary(view: RuntimeView, nowMs: number): Answer {
  const degraded = view.boxes.filter(({ state }) => state === "degraded");
  const status = degraded.length === 0 ? 200 : 503;
  const enabled = view.katalog.crds.filter(({ isEnabled }) => isEnabled);
  return {
    status: 200,
    body: {
      name: view.katalog.metadata.name,
      version: view.katalog.metadata.version,
      digest: view.configDigest,
      healthy: degraded.length === 0,
      OrkReady: view.isStarted && !view.isStopping,
      status,
      degradedReason: degraded[0]?.health.lastError,
      total: view.katalog.crds.length,
      totalEnabled: enabled.length,
      totalDegraded: degraded.length,
      statusCounts: countStates(view.boxes),
      uptimeSeconds: Math.round((nowMs - view.startedAtMs) / 1000),
      crds: view.boxes.map((box) => ({
        name: box.crd.name,
        kind: box.crd.type.kind,
        state: box.state,
        resourceCount: box.resourceCount,
      })),
    },
  };
}

export function boxSummary(box: BoxView) {
  const { name, type, workers, resyncMs, queue } = box.crd;
  return {
    name,
    gvk: `${type.group}/${type.version}/${type.kind}`,
    workers,
    resync: `${resyncMs / 1000}s`,
    queue,
    activeWorkers: box.activeWorkers,
    dependsOn: box.crd.dependsOn,
    state: box.state,
    resourceCount: box.resourceCount,
  };
}

export function boxHealth(box: BoxView, nowMs: number): Answer {
  const { health, state } = box;
  const isUp = state === "healthy" || state === "started";
  const startedAtMs = health.startedAtMs;
  return {
    status: isUp ? 200 : 503,
    body: {
      name: box.crd.name,
      state,
      status: isUp ? 200 : 503,
      healthy: state === "healthy",
      started: startedAtMs !== undefined,
      pending: state === "pending",
      reason: health.obstacle?.message,
      startedAt: isoTime(startedAtMs),
      uptimeSeconds: startedAtMs === undefined ? 0 : Math.round((nowMs - startedAtMs) / 1000),
      queueDepth: box.queueDepth,
      errorRate: health.totalReconciles ? health.totalFailures / health.totalReconciles : 0,
      consecutiveFails: health.consecutiveFailures,
      totalReconciles: health.totalReconciles,
      resourceCount: box.resourceCount,
      lastError: health.lastError,
      lastReconcile: isoTime(health.lastReconcileAtMs),
    },
  };
}

/** One custom resource with its readiness and its children, in short. */
export function customResource(box: BoxView, object: KubeObject) {
  const { name, namespace, uid = "", generation, deletionTimestamp } = object.metadata;
  return {
    name,
    namespace,
    generation,
    ready: readyCondition(object)?.["status"] ?? "Unknown",
    reason: readyCondition(object)?.["reason"],
    message: readyCondition(object)?.["message"],
    deleting: deletionTimestamp !== undefined,
    children: box.childrenOf(uid).map((child) => ({
      apiVersion: child.apiVersion,
      kind: child.kind,
      name: child.metadata.name,
      namespace: child.metadata.namespace,
      ready: readinessOf(child).kind === "ready",
    })),
  };
}

function readyCondition(object: KubeObject): Readonly<Record<string, Json>> | undefined {
  const conditions = getPath(object.status, ["conditions"]);
  if (!Array.isArray(conditions)) return undefined;
  return conditions.find((each) => getPath(each, ["type"]) === "Ready");
}

function countStates(boxes: readonly BoxView[]): Readonly<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const { state } of boxes) counts[state] = (counts[state] ?? 0) + 1;
  return counts;
}

function isoTime(ms: number | undefined): string | undefined {
  return ms === undefined ? undefined : new Date(ms).toISOString();
}
