/**
 * The informers of one box's children: opened at start for the kinds that are known, later for
 * kinds that only a template names. They select by our label, so that memory is bounded by what we
 * own. What happens to a child is told to the box as the key of its owner.
 */
import { ownerKeyOf } from "../apply/inventory.ts";
import type { Informer, Informers } from "../kube/informer.ts";
import { MANAGED_LABEL } from "../kube/marks.ts";
import type { ChildCaches, ObjectCache } from "../reconcile/surroundings.ts";
import { apiVersionOf, type ResourceType } from "../schema/object.ts";
import type { Clock } from "../std/clock.ts";

export interface BoxChildrenOptions {
  readonly informers: Informers;
  readonly clock: Clock;
  /** The kind of the owners. */
  readonly ownerType: ResourceType;
  /** The only namespace that children can be in; absent: they may be anywhere. */
  readonly namespace?: string;
  onChange(ownerKey: string): void;
}

export interface BoxChildren extends ChildCaches, AsyncDisposable {
  readonly informers: readonly Informer[];
  /** Starts the informer without waiting for it. */
  start(type: ResourceType): Informer;
}

export function openBoxChildren(options: BoxChildrenOptions): BoxChildren {
  const opened = new Map<string, Opened>();

  const start = (type: ResourceType): Opened => {
    const id = `${apiVersionOf(type)}/${type.kind}`;
    const known = opened.get(id);
    if (known) return known;
    const informer = options.informers.open({
      type,
      ...(type.namespaced && options.namespace && { namespace: options.namespace }),
      labelSelector: `${MANAGED_LABEL}=true`,
      keep: "child",
    });
    informer.subscribe((event) => {
      // What the first list brings is seen by the first pass over each owner; what we wrote
      // ourselves was taken in when its answer came.
      if (event.kind === "added" && event.isInitial) return;
      if (event.kind !== "deleted" && event.isEcho) return;
      const key = ownerKeyOf(event.object, options.ownerType);
      if (key !== undefined) options.onChange(key);
    });
    const fresh: Opened = { informer, isSynced: false };
    opened.set(id, fresh);
    return fresh;
  };

  return {
    get informers() {
      return [...opened.values()].map(({ informer }) => informer);
    },
    start: (type) => start(type).informer,
    get(type) {
      const known = opened.get(`${apiVersionOf(type)}/${type.kind}`);
      if (!known) return undefined;
      known.isSynced ||= known.informer.state.kind === "watching";
      return known.isSynced ? known.informer : undefined;
    },
    async open(type, signal): Promise<ObjectCache> {
      const { informer } = start(type);
      await firstList(informer, { clock: options.clock, signal });
      return informer;
    },
    async [Symbol.asyncDispose]() {
      await Promise.all(
        [...opened.values()].map(({ informer }) => informer[Symbol.asyncDispose]()),
      );
      opened.clear();
    },
  };
}

const LOOK_MS = 50;

/**
 * Waits for the first list, but not for a permission that somebody has yet to give: one custom resource
 * that needs such a kind fails and comes back, where waiting would hold a worker, and soon all of them.
 */
async function firstList(
  informer: Informer,
  { clock, signal }: { readonly clock: Clock; readonly signal: AbortSignal },
): Promise<void> {
  const failed = new AbortController();
  let cancel = () => {};
  const look = () => {
    const { state } = informer;
    if (state.kind === "retrying") failed.abort(state.error);
    else cancel = clock.schedule(LOOK_MS, look);
  };
  look();
  try {
    await informer.synced(AbortSignal.any([signal, failed.signal]));
  } finally {
    cancel();
  }
}

interface Opened {
  readonly informer: Informer;
  /** Stays true through later reconnects: what the store holds is stale then, but not empty. */
  isSynced: boolean;
}
