/**
 * What the rest of the program sees of an informer: a store that is kept current by list+watch,
 * and the events that changed it. One informer per (kind, namespace, selectors) is shared by all
 * who ask for it; it stops when the last one lets go.
 */
import type { KubeObject, ResourceType } from "../schema/object.ts";

/** What an informer follows. Equal selections share one informer. */
export interface Selection {
  readonly type: ResourceType;
  /** Absent: all namespaces. */
  readonly namespace?: string;
  readonly labelSelector?: string;
  readonly fieldSelector?: string;
  /** Which parts of an object the store keeps; a name, so that selections compare as text. */
  readonly keep?: "all" | "child";
}

/**
 * One change of the store, after it was made. `initial` marks what the first list brought, which
 * queues take at a lower priority than live edits. `previous` is what the store held before.
 */
export type StoreEvent =
  | { readonly kind: "added"; readonly object: KubeObject; readonly isInitial: boolean }
  | { readonly kind: "updated"; readonly object: KubeObject; readonly previous: KubeObject }
  | { readonly kind: "deleted"; readonly object: KubeObject };

/** Read-only view of what the informer knows. Keys are `namespace/name`, or `name`. */
export interface Store {
  readonly size: number;
  get(key: string): KubeObject | undefined;
  values(): Iterable<KubeObject>;
  /** Objects whose controller owner reference, or owner annotation, names this uid. */
  byOwner(uid: string): readonly KubeObject[];
}

export type InformerState =
  | { readonly kind: "listing" }
  | { readonly kind: "watching" }
  | { readonly kind: "retrying"; readonly error: Error; readonly attempts: number }
  | { readonly kind: "stopped" };

/** One holder's grip on a shared informer. Disposing the last one stops it. */
export interface Informer extends AsyncDisposable {
  readonly selection: Selection;
  readonly store: Store;
  readonly state: InformerState;
  /** Resolves when the first list is complete; rejects when aborted or stopped before. */
  synced(signal: AbortSignal): Promise<void>;
  /** Handlers run synchronously, in the order of events; what they throw is caught and logged. */
  subscribe(handler: (event: StoreEvent) => void): () => void;
  /**
   * Puts the answer of a write into the store at once, unless the store holds a newer version, so
   * that the next reconcile sees its own writes. No event is sent for it.
   */
  remember(object: KubeObject): void;
}

export interface Informers extends AsyncDisposable {
  open(selection: Selection): Informer;
}
