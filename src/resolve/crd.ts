/** One CRD entry, as declared → resolved: defaults filled in, durations in milliseconds. */
import type { CrdEntry, StatusFieldDocument } from "../katalog/document.ts";
import type {
  OperatorBox,
  QueueSettings,
  ResolvedCrd,
  StatusField,
  StatusPlan,
} from "../katalog/resolved.ts";
import { retryWaits } from "../katalog/retry-backoff.ts";
import { formatDuration } from "../std/duration.ts";
import type { PathSegment } from "../std/json.ts";
import { resolveChildren } from "./children.ts";
import type { EntryCode } from "./code.ts";
import { resolveConditional } from "./conditions.ts";
import type { EntryResource } from "./crd-file.ts";
import { type Defaults, LEAST_RESYNC_MS } from "./defaults.ts";
import { resolveDeletePlan } from "./delete-plan.ts";
import type { EntryScope } from "./entry.ts";
import { withBackends } from "./ingress-backend.ts";

const RECONCILE = ["operatorBox", "reconcile"];

export interface CrdParts {
  readonly resource: EntryResource;
  readonly code: EntryCode;
  readonly defaults: Defaults;
  /** `spec.finalizers` of the document. */
  readonly finalizers: readonly string[];
}

/** `undefined` when the resource is unknown; everything else is checked all the same. */
export function resolveCrd(scope: EntryScope, parts: CrdParts): ResolvedCrd | undefined {
  const { entry, name } = scope.declared;
  const { resource, defaults } = parts;
  const reconcile: Partial<ReconcileDocument> = entry.operatorBox?.reconcile ?? {};
  const resyncMs = reconcile.resync ?? defaults.resyncMs;
  checkResync(scope, reconcile.resync);
  const queue = resolveQueue(scope, reconcile.queue ?? {}, { defaults, resyncMs });
  const box = resolveBox(scope, parts);
  if (!resource.type) return undefined;
  return {
    name,
    katalog: scope.declared.katalog.document.metadata.name,
    isEnabled: entry.enabled ?? true,
    ...(entry.description !== undefined && { description: entry.description }),
    type: resource.type,
    ...(resource.crd && { crd: resource.crd }),
    customResources: resource.customResources,
    ...(entry.namespace ? { namespace: entry.namespace } : {}),
    labels: entry.labels ?? {},
    ...(entry.labelSelector ? { labelSelector: entry.labelSelector } : {}),
    ...(entry.fieldSelector ? { fieldSelector: entry.fieldSelector } : {}),
    dependsOn: [...(entry.dependsOn ?? [])].sort((a, b) => (a.crd < b.crd ? -1 : 1)),
    workers: reconcile.workers ?? defaults.workers,
    resyncMs,
    queue,
    allowedNamespaces: [...(entry.operatorBox?.runtime?.allowedNamespaces ?? [])].sort(),
    box,
  };
}

function checkResync(scope: EntryScope, resyncMs = LEAST_RESYNC_MS): void {
  if (resyncMs >= LEAST_RESYNC_MS) return;
  const message = `Cannot resync every ${formatDuration(resyncMs)}: the least is ${formatDuration(LEAST_RESYNC_MS)}`;
  scope.report({ code: "bad-duration", message }, [...RECONCILE, "resync"]);
}

function resolveBox(scope: EntryScope, { finalizers: common, code }: CrdParts): OperatorBox {
  const { operatorBox } = scope.declared.entry;
  const reconcile: Partial<ReconcileDocument> = operatorBox?.reconcile ?? {};
  const own = operatorBox?.runtime?.finalizers ?? [];
  const inputs = scope.declared.katalog.inputs?.get(scope.declared.name) ?? [];
  const { requeue } = reconcile;
  return {
    children: withBackends(resolveChildren(scope, reconcile, RECONCILE)),
    onDelete: resolveDeletePlan(scope, reconcile.onDelete, [...RECONCILE, "onDelete"]),
    status: resolveStatus(scope, operatorBox?.emit?.status),
    normalize: reconcile.normalize?.spec ? withoutPrefix(reconcile.normalize.spec, "spec.") : {},
    ...(requeue && {
      requeue: {
        after: requeue.after,
        ...resolveConditional(scope, requeue, [...RECONCILE, "requeue"]),
      },
    }),
    ...(code.hooks && { hooks: code.hooks }),
    ...(code.remote && { remote: code.remote }),
    finalizers: [...new Set([...common, ...own])],
    ...(inputs.length > 0 && { inputs }),
  };
}

type ReconcileDocument = NonNullable<NonNullable<CrdEntry["operatorBox"]>["reconcile"]>;

type StatusDocument = NonNullable<
  NonNullable<NonNullable<CrdEntry["operatorBox"]>["emit"]>["status"]
>;

function resolveStatus(scope: EntryScope, status: StatusDocument | undefined): StatusPlan {
  const path = ["operatorBox", "emit", "status", "fields"];
  return {
    hasConditions: status?.conditions ?? true,
    fields: (status?.fields ?? []).map((field, index) =>
      resolveField(scope, field, [...path, index]),
    ),
  };
}

function resolveField(
  scope: EntryScope,
  field: StatusFieldDocument,
  path: readonly PathSegment[],
): StatusField {
  const name = field.path.replace(/^\.?status\./, "");
  if (name === "" || name.split(".").includes("")) {
    const message = `Cannot write the status field "${field.path}": expected a dotted path below status`;
    scope.report({ code: "bad-path", message }, [...path, "path"]);
  }
  return {
    path: name,
    value: field.value,
    type: field.type ?? "string",
    clearOnFalse: field.clearOnFalse ?? false,
    ...resolveConditional(scope, field, path),
  };
}

type QueueDocument = NonNullable<
  NonNullable<NonNullable<CrdEntry["operatorBox"]>["reconcile"]>["queue"]
>;

function resolveQueue(
  scope: EntryScope,
  queue: QueueDocument,
  { defaults, resyncMs }: { readonly defaults: Defaults; readonly resyncMs: number },
): QueueSettings {
  const path = [...RECONCILE, "queue"];
  const threshold = queue.failureThreshold ?? defaults.failureThreshold;
  if (threshold < 1) {
    const message = `failureThreshold is ${threshold}: 1 is used, the least that means something`;
    scope.report({ code: "rounded-up", severity: "notice", message }, [
      ...path,
      "failureThreshold",
    ]);
  }
  const retryBackoffMs = queue.retryBackoff === undefined ? [] : retryWaits(queue.retryBackoff);
  const worstMs = retryBackoffMs.reduce((sum, ms) => sum + ms, 0);
  if (worstMs > resyncMs) {
    const message = `retryBackoff takes up to ${formatDuration(worstMs)}, longer than the resync of ${formatDuration(resyncMs)}: a resync may come first`;
    scope.report({ code: "slow-retry", severity: "notice", message }, [...path, "retryBackoff"]);
  }
  return {
    maxDepth: queue.maxDepth ?? defaults.maxDepth,
    failureThreshold: Math.max(1, threshold),
    retryBackoffMs,
  };
}

function withoutPrefix<T>(map: Readonly<Record<string, T | undefined>>, prefix: string) {
  const result: Record<string, T> = Object.create(null);
  for (const [key, value] of Object.entries(map)) {
    const name = key.startsWith(prefix) ? key.slice(prefix.length) : key;
    if (value !== undefined) result[name] = value;
  }
  return { ...result };
}
