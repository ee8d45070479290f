/**
 * Children of custom resources that are gone: who takes our finalizer away by force, or restores a backup, leaves
 * behind what no garbage collector takes, cluster-scoped children and those of other namespaces. Nothing is
 * deleted on the strength of a mark alone; it is told, so that somebody does.
 *
 * Flow: once, some seconds after the workers of an entry begin, beside them, over what the caches hold.
 *
 * Guarantees: no request; never longer than a slice at a time; never rejects.
 * Caveats: an entry with a selector knows only what matches it, and says nothing.
 */
import { ownerKeyOf } from "../apply/inventory.ts";
import type { ResolvedCrd } from "../katalog/resolved.ts";
import type { Informer } from "../kube/informer.ts";
import { type KubeObject, objectKey, type ResourceType } from "../schema/object.ts";
import type { Clock } from "../std/clock.ts";
import { sleep } from "../std/sleep.ts";
import type { Logger } from "../telemetry/log.ts";
import { canLeave } from "./uncovered.ts";

export interface LeftBehindLook {
  readonly crd: ResolvedCrd;
  /** Of the owners. */
  readonly type: ResourceType;
  readonly primary: Pick<Informer, "store" | "state">;
  readonly children: readonly Pick<Informer, "selection" | "store" | "state">[];
  readonly clock: Clock;
  readonly log: Logger;
  readonly signal: AbortSignal;
}

/** A start has more urgent things to do. */
const PAUSE_MS = 5_000;
const SLICE = 2_000;
/** Enough to know which ones are meant. */
const MAX_NAMED = 5;

/** Resolves when it has looked, or is told to stop. */
export async function warnOfLeftBehind(look: LeftBehindLook): Promise<void> {
  const { crd, children, clock, log, signal } = look;
  if (canLeave(crd)) return;
  try {
    await sleep(PAUSE_MS, { clock, signal });
    for (const informer of children) {
      const found = await findLeftBehind(informer, look);
      if (found.length === 0) continue;
      const owners = new Set(found.map((child) => ownerKeyOf(child, look.type)));
      log.warn(
        "Objects were left behind by custom resources that are gone: delete them where nobody needs them",
        {
          kind: informer.selection.type.kind,
          count: found.length,
          keys: found.slice(0, MAX_NAMED).map(({ metadata }) => objectKey(metadata)),
          owners: [...owners].slice(0, MAX_NAMED),
        },
      );
    }
  } catch (error) {
    if (!signal.aborted) log.debug("Cannot look for what was left behind", { error });
  }
}

async function findLeftBehind(
  { store, state }: LeftBehindLook["children"][number],
  { crd, type, primary, clock, signal }: LeftBehindLook,
): Promise<readonly KubeObject[]> {
  const found: KubeObject[] = [];
  // One that lists anew may know of children whose owners it does not know yet.
  if (state.kind !== "watching" || primary.state.kind !== "watching") return found;
  let count = 0;
  for (const child of store.values()) {
    if (++count % SLICE === 0) await sleep(0, { clock, signal });
    const { ownerReferences = [], deletionTimestamp } = child.metadata;
    if (ownerReferences.length > 0 || deletionTimestamp !== undefined) continue;
    const key = ownerKeyOf(child, type);
    if (key === undefined || primary.store.get(key) !== undefined) continue;
    if (crd.namespace === undefined || key.startsWith(`${crd.namespace}/`)) found.push(child);
  }
  return found;
}
