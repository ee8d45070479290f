/**
 * The heart: one custom resource, from what the caches hold to what the cluster should hold.
 *
 * This file is the door: what a box of `runtime` hands in, and what it gets. `pass.ts` is the flow of
 * a living custom resource, `deletion.ts` of one that goes.
 *
 * Guarantees: level-based (a key, the current state, right if run twice); a key of which nothing has
 * changed since it settled costs a few comparisons and no request; whatever is thrown comes back as
 * an {@link Outcome}. Assumes: one call per key at a time (the queue promises it); caches are synced.
 */
import type { KubeObject } from "../schema/object.ts";
import type { Outcome } from "../status/outcome.ts";
import { findKinds } from "./child-kinds.ts";
import { classify } from "./classify.ts";
import { openPass, openReconciler, type PassContext } from "./context.ts";
import { reconcileDeletion } from "./deletion.ts";
import { areAnswersFinal } from "./final.ts";
import type { Kinds } from "./kinds.ts";
import { type KeyMemory, Memory } from "./memory.ts";
import { reconcilePass } from "./pass.ts";
import type { Program } from "./program.ts";
import type { Surroundings } from "./surroundings.ts";
import { refuseForeign } from "./takeover.ts";
import { tellFailedPass } from "./tell-failure.ts";

export interface ReconcileOptions {
  readonly signal: AbortSignal;
}

export interface Reconciler {
  /** Never throws, except when `signal` is aborted. */
  reconcile(key: string, options: ReconcileOptions): Promise<Outcome>;
  /** Children that are left as they are since somebody keeps changing them. Absent: not known. */
  contestedCount?(): number;
  /** What a reconcile of this key that is under way waits for, where that takes long. */
  pauseOf?(key: string): string | undefined;
}

export function createReconciler(program: Program, surroundings: Surroundings): Reconciler {
  if (!surroundings.hasStatusSubresource) {
    const { kind } = surroundings.type;
    surroundings.log.warn("The CRD has no status subresource, no status is written", { kind });
  }
  const memory = new Memory();
  const context = openReconciler(program, surroundings);
  return {
    contestedCount: () => memory.contestedCount(surroundings.clock.now()),
    pauseOf(key) {
      const uid = surroundings.primary.store.get(key)?.metadata.uid;
      return uid === undefined ? undefined : surroundings.hooks?.pauseOf?.(uid);
    },
    async reconcile(key, { signal }) {
      const object = surroundings.primary.store.get(key);
      if (!object) {
        memory.delete(key);
        return { kind: "settled", changes: [] };
      }
      const known = memory.of(key, object.metadata);
      const isFinal = areAnswersFinal(known, surroundings);
      if (isFinal && isSettled(object, known, context)) return settledOutcome(known);
      delete known.settled;
      const pass = openPass(object, { memory: known, signal }, context);
      try {
        const outcome = await run(object, pass);
        delete known.failure;
        delete known.passing;
        // A failed pass does not get to everything that it would say.
        if (pass.told.size > 0) known.said = pass.told;
        else delete known.said;
        return outcome;
      } catch (error) {
        if (signal.aborted) throw error;
        await tellFailedPass(object, error, pass);
        return classify(error);
      }
    },
  };
}

async function run(object: KubeObject, context: PassContext): Promise<Outcome> {
  // Before anything else, deletion included: the finalizer is the other Katalog's, too.
  await refuseForeign(object, context);
  const errors = await findKinds(object, context);
  return object.metadata.deletionTimestamp === undefined
    ? reconcilePass(object, errors, context)
    : reconcileDeletion(object, context);
}

/** Is everything that the last pass read still what it was? No allocation, no request. */
function isSettled(
  object: KubeObject,
  { settled }: KeyMemory,
  { kinds, surroundings }: { readonly kinds: Kinds; readonly surroundings: Surroundings },
): boolean {
  if (!settled || settled.version !== object.metadata.resourceVersion) return false;
  const { uid = "" } = object.metadata;
  let count = 0;
  for (const type of kinds.known) {
    // Absent: a kind that another custom resource brought up since. What is settled needs none of it.
    const children = surroundings.children.get(type)?.store.byOwner(uid) ?? [];
    for (const { metadata } of children) {
      if (!settled.children.has(metadata.resourceVersion ?? "")) return false;
      count++;
    }
  }
  return count === settled.children.size;
}

function settledOutcome({ settled }: KeyMemory): Outcome {
  const requeueAfterMs = settled?.requeueAfterMs;
  return {
    kind: "settled",
    changes: [],
    ...(requeueAfterMs === undefined ? {} : { requeueAfterMs }),
  };
}
