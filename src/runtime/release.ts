/**
 * A custom resource that left the selector of its entry: it lives on, and no informer tells of it any
 * more. Our finalizer goes, or whoever deletes the object later would wait for a cleanup that never
 * comes; its children stay as they are.
 *
 * Flow: the primary's `deleted` event is noted → the queue hands the key out → the object is read once,
 * since an event cannot tell "gone" from "not selected any more" → the finalizer goes by a patch that any
 * concurrent change refuses. Should it be selected again in between, its next pass puts the finalizer back.
 */
import type { KubeClient } from "../kube/client.ts";
import { isInvalid, isNotFound } from "../kube/error.ts";
import type { Informer } from "../kube/informer.ts";
import { FIELD_MANAGER } from "../kube/kube-client.ts";
import { classify } from "../reconcile/classify.ts";
import { finalizerRemoval, hasFinalizer, otherManager } from "../reconcile/marks.ts";
import { addressOf } from "../reconcile/owner.ts";
import type { Reconciler } from "../reconcile/reconcile.ts";
import type { CrEvent } from "../reconcile/surroundings.ts";
import { type KubeObject, objectKey, type ResourceType } from "../schema/object.ts";
import type { Outcome } from "../status/outcome.ts";
import type { Logger } from "../telemetry/log.ts";

export interface ReleaseOptions {
  readonly client: Pick<KubeClient, "get" | "patch">;
  readonly type: ResourceType;
  readonly primary: { readonly store: Pick<Informer["store"], "get"> };
  /** Objects that another one manages keep their finalizer. */
  readonly katalogName: string;
  readonly log: Logger;
  emit(event: CrEvent): void;
}

export interface ReleasingReconciler extends Reconciler {
  /** The primary's informer holds this object no more. */
  noteDeparture(object: KubeObject): void;
}

/** A reconciler that lets go of what left before it goes on as `inner` does. */
export function withRelease(inner: Reconciler, options: ReleaseOptions): ReleasingReconciler {
  const departed = new Map<string, KubeObject>();
  return {
    ...inner,
    noteDeparture(object) {
      if (hasFinalizer(object)) departed.set(objectKey(object.metadata), object);
    },
    async reconcile(key, { signal }) {
      const object = departed.get(key);
      if (object && !options.primary.store.get(key)) {
        const unfinished = await settleDeparture(object, options, signal);
        if (unfinished) return unfinished;
      }
      departed.delete(key);
      return inner.reconcile(key, { signal });
    },
  };
}

/** How long somebody else's change of the same object may take to come to rest. */
const CHANGED_RETRY_MS = 500;

async function settleDeparture(
  object: KubeObject,
  options: ReleaseOptions,
  signal: AbortSignal,
): Promise<Outcome | undefined> {
  try {
    await release(object, options, signal);
    return undefined;
  } catch (error) {
    if (signal.aborted) throw error;
    if (isNotFound(error)) return undefined;
    if (!isInvalid(error)) return classify(error);
    const reason = `${object.kind} changed while its finalizer was being removed`;
    return { kind: "waiting", reason, retryMs: CHANGED_RETRY_MS };
  }
}

async function release(
  left: KubeObject,
  { client, type, primary, katalogName, log, emit }: ReleaseOptions,
  signal: AbortSignal,
): Promise<void> {
  const reference = addressOf(left, type);
  const object = await client.get(reference, { signal });
  const isOurs = object.metadata.uid === left.metadata.uid && hasFinalizer(object);
  if (!isOurs || otherManager(object, katalogName) !== undefined) return;
  // It came back while it was read.
  const key = objectKey(object.metadata);
  if (primary.store.get(key)) return;
  await client.patch(reference, finalizerRemoval(object), {
    patchType: "json",
    fieldManager: FIELD_MANAGER,
    signal,
  });
  const message = "Left the selector of its entry: the finalizer is removed, its children stay";
  log.warn(message, { key });
  emit({ object, type: "Warning", reason: `${object.kind}Released`, message });
}
