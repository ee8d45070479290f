/**
 * DELETE: preconditions, finalizers and how dependents go. What has to happen afterwards (owners,
 * contents of namespaces, custom objects of a CRD) is the work of the controllers.
 * Source: https://kubernetes.io/docs/concepts/architecture/garbage-collection/.
 */
import type { KubeObject } from "../../schema/object.ts";
import { conflict } from "../api-error.ts";
import { inServedForm } from "../kinds/conversion.ts";
import { objectIn } from "../kinds/strategies-workload.ts";
import { rfc3339, type Site } from "../site.ts";
import { isReleased } from "./finish.ts";
import { keyOf, kindSubject, type Target } from "./request.ts";
import { currentObject } from "./update.ts";

export type Propagation = "Background" | "Foreground" | "Orphan";

export interface Deletion {
  readonly dryRun: boolean;
  readonly uid?: string | undefined;
  readonly resourceVersion?: string | undefined;
  readonly propagation?: Propagation | undefined;
  readonly gracePeriodSeconds?: number | undefined;
}

export type DeleteOutcome =
  | { readonly kind: "gone"; readonly object: KubeObject }
  /** Marked; a finalizer, or a pod's grace period, holds it. */
  | { readonly kind: "held"; readonly object: KubeObject };

export const FOREGROUND_FINALIZER = "foregroundDeletion";
export const ORPHAN_FINALIZER = "orphan";
export const CRD_FINALIZER = "customresourcecleanup.apiextensions.k8s.io";

/** @throws ApiError 404 without the object, 409 when a precondition does not hold. */
export function deleteObject(site: Site, target: Target, deletion: Deletion): DeleteOutcome {
  const current = currentObject(site, target);
  checkDeletion(current, target, deletion);
  const finalizers = finalizersFor(current, target, deletion.propagation);
  const graceSeconds = graceOf(current, target, deletion);
  const marked = mark(
    site,
    { ...current, metadata: { ...current.metadata, finalizers } },
    graceSeconds,
  );
  const { collection } = target.kind;
  if (isReleased(marked) && graceSeconds === 0) {
    if (deletion.dryRun) return { kind: "gone", object: current };
    const removed = site.store.remove(collection, keyOf(target));
    return { kind: "gone", object: inServedForm(removed ?? current, target.kind) };
  }
  if (deletion.dryRun) return { kind: "held", object: marked };
  if (isMarkedAlready(current, marked)) return { kind: "held", object: current };
  return { kind: "held", object: inServedForm(site.store.put(collection, marked), target.kind) };
}

function checkDeletion({ metadata }: KubeObject, target: Target, deletion: Deletion): void {
  const { uid, resourceVersion } = deletion;
  if (uid !== undefined && uid !== metadata.uid) {
    throw conflict(
      kindSubject(target),
      `the UID in the precondition (${uid}) does not match the UID in record (${metadata.uid}). The object might have been deleted and then recreated`,
    );
  }
  if (resourceVersion !== undefined && resourceVersion !== metadata.resourceVersion) {
    throw conflict(
      kindSubject(target),
      `the ResourceVersion in the precondition (${resourceVersion}) does not match the ResourceVersion in record (${metadata.resourceVersion}). The object might have been modified`,
    );
  }
}

function finalizersFor(
  { metadata }: KubeObject,
  { kind }: Target,
  propagation: Propagation | undefined,
): readonly string[] {
  const given = metadata.finalizers ?? [];
  const others = given.filter((one) => one !== FOREGROUND_FINALIZER && one !== ORPHAN_FINALIZER);
  const isDefinition = kind.resource.kind === "CustomResourceDefinition";
  const own = isDefinition && !others.includes(CRD_FINALIZER) ? [...others, CRD_FINALIZER] : others;
  switch (propagation) {
    case undefined:
      return given.length === others.length ? own : given;
    case "Background":
      return own;
    case "Foreground":
      return [...own, FOREGROUND_FINALIZER];
    case "Orphan":
      return [...own, ORPHAN_FINALIZER];
    default:
      return propagation satisfies never;
  }
}

const DEFAULT_GRACE_SECONDS = 30;

/** Only pods that were given to a node end gracefully. */
function graceOf(object: KubeObject, { kind }: Target, deletion: Deletion): number {
  if (kind.apiVersion !== "v1" || kind.resource.kind !== "Pod") return 0;
  const spec = objectIn(object.spec);
  const phase = objectIn(object.status)["phase"];
  if (!spec["nodeName"] || phase === "Succeeded" || phase === "Failed") return 0;
  const own = spec["terminationGracePeriodSeconds"];
  return deletion.gracePeriodSeconds ?? (typeof own === "number" ? own : DEFAULT_GRACE_SECONDS);
}

function mark(site: Site, object: KubeObject, graceSeconds: number): KubeObject {
  const { finalizers = [], generation, ...metadata } = object.metadata;
  const isMarked = metadata.deletionTimestamp !== undefined;
  const isNamespace = object.kind === "Namespace" && object.apiVersion === "v1";
  const marked: KubeObject = {
    ...object,
    metadata: {
      ...metadata,
      ...(finalizers.length > 0 && { finalizers }),
      ...(generation !== undefined && { generation: isMarked ? generation : generation + 1 }),
      ...(!isMarked && {
        deletionTimestamp: rfc3339(site.clock.now() + graceSeconds * 1000),
        ...(!isNamespace && { deletionGracePeriodSeconds: graceSeconds }),
      }),
    },
  };
  if (!isNamespace) return marked;
  return { ...marked, status: { ...objectIn(object.status), phase: "Terminating" } };
}

function isMarkedAlready(before: KubeObject, after: KubeObject): boolean {
  if (before.metadata.deletionTimestamp === undefined) return false;
  return (before.metadata.finalizers ?? []).join() === (after.metadata.finalizers ?? []).join();
}
