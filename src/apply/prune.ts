/**
 * Deletes children that we own and that nothing declares any more.
 *
 * Guarantees: only objects with our inventory marks; exactly the object that was seen (uid); never
 * while it is unclear what is declared. Later ranks go first, the reverse of their creation.
 */
import { isNotFound } from "../kube/error.ts";
import type { KubeObject, ResourceType } from "../schema/object.ts";
import { mapParallel } from "../std/parallel.ts";
import { MAX_IN_FLIGHT } from "./apply.ts";
import type { Change } from "./changes.ts";
import { childKey, childTitle, typeKey } from "./child.ts";
import { isOwnedBy } from "./inventory.ts";
import { explainRejection } from "./rejection.ts";
import type { Writer } from "./writer.ts";

/** As a member of {@link Declared.unclear}: it is not known what is declared at all. */
export const ALL_KINDS = "*";

export interface ObservedChild {
  readonly type: ResourceType;
  readonly object: KubeObject;
}

/** What is declared, as far as pruning needs to know. */
export interface Declared {
  readonly ownerUid: string;
  /** {@link childKey} of every child that stays, wanted or not to be touched. */
  readonly keys: ReadonlySet<string>;
  /** {@link typeKey} of kinds of which it is not known what is declared: nothing of them goes. */
  readonly unclear: ReadonlySet<string>;
}

/** The observed children that have to go. Pure. */
export function planPrune(
  observed: Iterable<ObservedChild>,
  { ownerUid, keys, unclear }: Declared,
): readonly ObservedChild[] {
  if (unclear.has(ALL_KINDS)) return [];
  const doomed: ObservedChild[] = [];
  for (const child of observed) {
    const { type, object } = child;
    if (object.metadata.deletionTimestamp !== undefined) continue;
    if (!isOwnedBy(object, ownerUid) || unclear.has(typeKey(type))) continue;
    if (!keys.has(childKey(type, object.metadata))) doomed.push(child);
  }
  return doomed;
}

export type PruneResult =
  | { readonly kind: "done"; readonly child: ObservedChild; readonly change: Change }
  | { readonly kind: "failed"; readonly child: ObservedChild; readonly error: Error };

export interface PruneContext {
  readonly writer: Writer;
  readonly signal: AbortSignal;
}

export function pruneChildren(
  doomed: readonly ObservedChild[],
  context: PruneContext,
): Promise<readonly PruneResult[]> {
  return mapParallel(doomed, MAX_IN_FLIGHT, (child) => pruneChild(child, context));
}

async function pruneChild(
  child: ObservedChild,
  { writer, signal }: PruneContext,
): Promise<PruneResult> {
  const { type, object } = child;
  const { name, namespace } = object.metadata;
  const change: Change = {
    action: "deleted",
    type,
    name,
    ...(namespace === undefined ? {} : { namespace }),
  };
  try {
    await writer.remove(type, object, { signal });
    return { kind: "done", child, change };
  } catch (error) {
    if (signal.aborted) throw error;
    // Somebody else was faster. A conflict is another matter: the name may be another object's by
    // now, or not; the next pass sees which.
    if (isNotFound(error)) return { kind: "done", child, change };
    return {
      kind: "failed",
      child,
      error: explainRejection(childTitle(type, object.metadata), error),
    };
  }
}
