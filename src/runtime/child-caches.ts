/**
 * The informers of one box's children: opened at start for the kinds that the program declares, later
 * for kinds that only a template or the marks of a custom resource name. They select by our label, so
 * that memory is bounded by what we own. What happens to a child is told to the box as the key of its
 * owner.
 *
 * Guarantees: whoever may write a custom resource cannot make the box watch without end: kinds that are
 * opened on demand are limited in number, and one whose first list fails is dropped again.
 */
import { ownerKeyOf } from "../apply/inventory.ts";
import type { Informer, Informers, StoreEvent } from "../kube/informer.ts";
import { MANAGED_LABEL, OWNER_UID_ANNOTATION } from "../kube/marks.ts";
import { ReconcileError } from "../reconcile/error.ts";
import { isExpiring } from "../reconcile/jobs.ts";
import type { ChildKindReference } from "../reconcile/program.ts";
import type { ChildCaches, ObjectCache } from "../reconcile/surroundings.ts";
import { apiVersionOf, type KubeObject, type ResourceType } from "../schema/object.ts";
import type { Clock } from "../std/clock.ts";

export interface BoxChildrenOptions {
  readonly informers: Informers;
  readonly clock: Clock;
  /** The kind of the owners. */
  readonly ownerType: ResourceType;
  /** Kinds that the box cannot do without. */
  readonly declared: readonly ChildKindReference[];
  /** The only namespace that children can be in; absent: they may be anywhere. */
  readonly namespace?: string;
  onChange(ownerKey: string, event: StoreEvent): void;
}

export interface BoxChildren extends ChildCaches, AsyncDisposable {
  readonly informers: readonly Informer[];
  /** Those of the declared kinds: their trouble is the box's, that of others is a custom resource's. */
  readonly declared: readonly Informer[];
  /** Starts the informer without waiting for it. */
  start(type: ResourceType): Informer;
}

/** Kinds that a box follows beside the declared ones. */
const MAX_ON_DEMAND = 32;

/** Owners whose Jobs are remembered: each is asked for at the next look at its custom resource. */
const MAX_EXPIRED = 1_000;

export function openBoxChildren(options: BoxChildrenOptions): BoxChildren {
  const expired = new Map<string, KubeObject[]>();
  const opened = new Map<string, Opened>();
  const idOf = rememberingIds();
  const declared = new Set(options.declared.map(({ apiVersion, kind }) => `${apiVersion}/${kind}`));

  const start = (type: ResourceType): Opened => {
    const id = idOf(type);
    const known = opened.get(id);
    if (known) return known;
    const isDeclared = declared.has(id);
    if (!isDeclared) refuseTooMany(type, [...opened.values()]);
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
      if (key === undefined) return;
      if (event.kind === "deleted" && type.kind === "Job") noteExpired(expired, event.object);
      options.onChange(key, event);
    });
    const fresh: Opened = { informer, isDeclared, isSynced: false, failing: new AbortController() };
    opened.set(id, fresh);
    return fresh;
  };
  /** Whoever waits for its first list learns the reason; the next who needs the kind opens it anew. */
  const drop = async (type: ResourceType, entry: Opened, reason: unknown) => {
    if (entry.isDeclared || opened.get(idOf(type)) !== entry) return;
    opened.delete(idOf(type));
    entry.failing.abort(reason);
    await entry.informer[Symbol.asyncDispose]();
  };

  return {
    get informers() {
      return [...opened.values()].map(({ informer }) => informer);
    },
    get declared() {
      return [...opened.values()].flatMap((each) => (each.isDeclared ? [each.informer] : []));
    },
    start: (type) => start(type).informer,
    get(type) {
      const known = opened.get(idOf(type));
      if (!known) return undefined;
      known.isSynced ||= known.informer.state.kind === "watching";
      return known.isSynced ? known.informer : undefined;
    },
    takeExpired(ownerUid) {
      const jobs = expired.get(ownerUid) ?? [];
      expired.delete(ownerUid);
      return jobs;
    },
    async open(type, signal): Promise<ObjectCache> {
      const entry = start(type);
      try {
        await firstList(entry, { clock: options.clock, signal });
      } catch (error) {
        if (!signal.aborted) await drop(type, entry, error);
        throw error;
      }
      return entry.informer;
    },
    async [Symbol.asyncDispose]() {
      await Promise.all(
        [...opened.values()].map(({ informer }) => informer[Symbol.asyncDispose]()),
      );
      opened.clear();
    },
  };
}

function noteExpired(expired: Map<string, KubeObject[]>, job: KubeObject): void {
  const ownerUid = job.metadata.annotations?.[OWNER_UID_ANNOTATION];
  if (ownerUid === undefined || !isExpiring(job)) return;
  expired.set(ownerUid, [...(expired.get(ownerUid) ?? []), job]);
  const [oldest] = expired.keys();
  if (expired.size > MAX_EXPIRED && oldest !== undefined) expired.delete(oldest);
}

/** A pass asks for its kinds again and again, and a kind is one object. */
function rememberingIds(): (type: ResourceType) => string {
  const ids = new WeakMap<ResourceType, string>();
  return (type) => {
    const known = ids.get(type);
    if (known !== undefined) return known;
    const id = `${apiVersionOf(type)}/${type.kind}`;
    ids.set(type, id);
    return id;
  };
}

function refuseTooMany({ kind }: ResourceType, opened: readonly Opened[]): void {
  const onDemand = opened.filter(({ isDeclared }) => !isDeclared);
  if (onDemand.length < MAX_ON_DEMAND) return;
  throw new ReconcileError(
    "kind",
    `Cannot follow the kind "${kind}": the box follows ${onDemand.length} undeclared kinds, limit is ${MAX_ON_DEMAND}`,
  );
}

const LOOK_MS = 50;

/**
 * Waits for the first list, but not for a permission that somebody has yet to give: one custom resource
 * that needs such a kind fails and comes back, where waiting would hold a worker, and soon all of them.
 */
async function firstList(
  { informer, failing }: Opened,
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
    await informer.synced(AbortSignal.any([signal, failed.signal, failing.signal]));
  } finally {
    cancel();
  }
}

interface Opened {
  readonly informer: Informer;
  readonly isDeclared: boolean;
  /** Aborted when it is dropped. */
  readonly failing: AbortController;
  /** Stays true through later reconnects: what the store holds is stale then, but not empty. */
  isSynced: boolean;
}
