/** JSON shapes of the read-only view. Values of Secrets are never part of them. */
import { readinessOf } from "../apply/readiness.ts";
import { shortNamesOf } from "../katalog/crd-names.ts";
import type { ResolvedCrd } from "../katalog/resolved.ts";
import { unmetDependency } from "../runtime/dependencies.ts";
import type { Health } from "../runtime/health.ts";
import type { BoxView, RuntimeView } from "../runtime/view.ts";
import { type KubeObject, objectKey } from "../schema/object.ts";
import { storedReady } from "../status/stored-ready.ts";
import { toldChildren, withWhatIsTold } from "../status/told-children.ts";
import { formatDuration } from "../std/duration.ts";
import type { Answer } from "./answer.ts";

export function katalogSummary(view: RuntimeView, nowMs: number): Answer {
  const degraded = view.boxes.filter(({ state }) => state === "degraded");
  const status = degraded.length === 0 ? 200 : 503;
  const enabled = view.katalog.crds.filter(({ isEnabled }) => isEnabled);
  const disabled = disabledOf(view).map((crd) => ({ crd, state: "disabled", resourceCount: 0 }));
  return {
    status: 200,
    body: {
      name: view.katalog.metadata.name,
      version: view.katalog.metadata.version,
      digest: view.configDigest,
      imports: view.imports,
      healthy: degraded.length === 0,
      OrkReady: view.isStarted && !view.isStopping,
      status,
      degradedReason: degraded[0]?.health.lastError,
      total: view.katalog.crds.length,
      totalEnabled: enabled.length,
      totalDegraded: degraded.length,
      statusCounts: countStates([...view.boxes, ...disabled]),
      namespaces: namespacesOf(view.boxes),
      uptimeSeconds: Math.round((nowMs - view.startedAtMs) / 1000),
      leaderElection: electionSummary(view),
      crds: [...view.boxes, ...disabled].map((box) => ({
        name: box.crd.name,
        kind: box.crd.type.kind,
        plural: box.crd.type.plural,
        group: box.crd.type.group,
        version: box.crd.type.version,
        shortNames: shortNamesOf(box.crd),
        state: box.state,
        resourceCount: box.resourceCount,
      })),
    },
  };
}

/** Who leads; where there is no election that is this process, and `state` says so. */
export function electionSummary({ election }: RuntimeView) {
  if (!election) return { state: "off", holder: undefined };
  const { place, identity, isLeading, leadingSinceMs, holder } = election;
  const { holderDigest, transitions, trouble } = election;
  return {
    state: isLeading ? "leading" : "standby",
    identity,
    holder,
    lease: `${place.namespace}/${place.name}`,
    leadingSince: isoTime(leadingSinceMs),
    holderDigest,
    transitions,
    trouble,
  };
}

export function boxSummary({
  crd,
  activeWorkers,
  state,
  resourceCount,
}: Pick<BoxView, "crd" | "activeWorkers" | "resourceCount"> & { readonly state: string }) {
  const { name, type, workers, resyncMs, queue, dependsOn } = crd;
  const gvk = `${type.group}/${type.version}/${type.kind}`;
  const resync = `${resyncMs / 1000}s`;
  return { name, gvk, workers, resync, queue, activeWorkers, dependsOn, state, resourceCount };
}

/** Entries that are there to be seen, and that nobody works on. */
export function disabledOf({ katalog }: RuntimeView): readonly ResolvedCrd[] {
  return katalog.crds.filter(({ isEnabled }) => !isEnabled);
}

export function disabledSummary(crd: ResolvedCrd) {
  return boxSummary({ crd, activeWorkers: 0, state: "disabled", resourceCount: 0 });
}

/** Somebody wants it so: that is no fault. */
export function disabledHealth({ name }: ResolvedCrd) {
  const state = "disabled";
  return { name, state, status: 200, healthy: false, started: false, pending: false };
}

interface HealthContext {
  readonly view: RuntimeView;
  readonly nowMs: number;
}

export function boxHealth(box: BoxView, { view, nowMs }: HealthContext): Answer {
  const { health, state, crd } = box;
  const isUp = state === "healthy" || state === "started" || state === "standby";
  const startedAtMs = health.startedAtMs;
  const uptimeSeconds = startedAtMs === undefined ? 0 : Math.round((nowMs - startedAtMs) / 1000);
  return {
    status: isUp ? 200 : 503,
    body: {
      name: crd.name,
      state,
      status: isUp ? 200 : 503,
      isKonductor: view.election?.isLeading ?? true,
      healthy: state === "healthy",
      started: startedAtMs !== undefined,
      pending: state === "pending",
      reason: health.obstacle?.message,
      startedAt: isoTime(startedAtMs),
      uptime: formatDuration(1000 * uptimeSeconds),
      uptimeSeconds,
      gated: false,
      hasUnhealthyDependencies: unmetDependency(crd.dependsOn, healthIn(view)) !== undefined,
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
  const ready = storedReady(object);
  const unsaid = () => box.historyOf(objectKey(object.metadata)).unsettled?.message ?? "";
  const told = toldChildren(object, unsaid);
  return {
    name,
    namespace,
    generation,
    ready: ready?.status || "Unknown",
    reason: ready?.reason || undefined,
    message: ready?.message || undefined,
    deleting: deletionTimestamp !== undefined,
    children: box.childrenOf(uid).map((child) => ({
      apiVersion: child.apiVersion,
      kind: child.kind,
      name: child.metadata.name,
      namespace: child.metadata.namespace,
      ready: withWhatIsTold(child, readinessOf(child), told).kind === "ready",
    })),
  };
}

function healthIn({ boxes }: RuntimeView): (crd: string) => Health | undefined {
  return (name) => boxes.find(({ crd }) => crd.name === name)?.health;
}

/** That are watched; empty: all of them, as soon as one entry watches all. */
function namespacesOf(boxes: readonly BoxView[]): readonly string[] {
  const names = boxes.map(({ crd }) => crd.namespace);
  const own = names.filter((name) => name !== undefined);
  return own.length < names.length ? [] : [...new Set(own)].sort();
}

function countStates(
  boxes: readonly { readonly state: string }[],
): Readonly<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const { state } of boxes) counts[state] = (counts[state] ?? 0) + 1;
  return counts;
}

function isoTime(ms: number | undefined): string | undefined {
  return ms === undefined ? undefined : new Date(ms).toISOString();
}
