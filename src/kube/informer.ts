/**
 * What the rest of the program sees of an informer: a store that is kept current by list+watch,
 * and the events that changed it. One informer per (kind, namespace, selectors) is shared by all
 * who ask for it; it stops when the last one lets go.
 */
import type { KubeObject, ResourceType } from "../schema/object.ts";
import type { JsonObject } from "../std/json.ts";

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
 * One change of the store, after it was made. `previous` is what subscribers were told before.
 */
export type StoreEvent =
  | {
      readonly kind: "added";
      readonly object: KubeObject;
      /** Part of the first list, which queues take at a lower priority than live edits. */
      readonly isInitial: boolean;
      readonly isEcho?: boolean;
    }
  | {
      readonly kind: "updated";
      readonly object: KubeObject;
      readonly previous: KubeObject;
      /** The watch tells of our own write, whose answer was remembered: the store had it already. */
      readonly isEcho?: boolean;
      /** Who set which field, as the event had it; the store does not keep it, nor must you. */
      readonly managedFields?: readonly JsonObject[];
    }
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

export interface AuditOptions {
  readonly signal: AbortSignal;
  readonly minIntervalMs?: number;
}

export type AuditReport =
  | { readonly kind: "skipped" }
  /** The first pages of many: the next call goes on. */
  | { readonly kind: "begun"; readonly listed: number }
  /** `repaired` counts objects whose events were lost. */
  | { readonly kind: "done"; readonly compared: number; readonly repaired: number };

/** One holder's grip on a shared informer. Disposing the last one stops it. */
export interface Informer extends AsyncDisposable {
  readonly selection: Selection;
  readonly store: Store;
  readonly state: InformerState;
  /** Lists completed so far: grows each time that the store was filled anew. */
  readonly epoch: number;
  /** Resolves when the first list is complete; rejects when aborted or stopped before. */
  synced(signal: AbortSignal): Promise<void>;
  /**
   * Handlers run synchronously, in the order of events; what they throw is caught and logged. What
   * the store holds already is told at once, as `added` with `isInitial`.
   */
  subscribe(handler: (event: StoreEvent) => void): () => void;
  /**
   * Puts the answer of a write into the store at once, unless the store holds a newer version, so
   * that the next reconcile sees its own writes. No event is sent for it; the one that the watch
   * brings later is marked `isEcho`. The object belongs to the store from now on.
   */
  remember(object: KubeObject): void;
  /**
   * Says that a write to this object begins: what the watch tells of it is held back until the
   * returned function is called, after `remember`. The watch is often faster than the answer, and
   * only so is the echo known as one. Other objects are not held back.
   */
  expectWrite(key: string): () => void;
  /**
   * Compares the store with one list of identities and repairs what differs, each repair with its
   * event: the safety net under the watch. Resolves at once with `skipped` when an audit is under
   * way, was made less than `minIntervalMs` ago, or would cost more than its share of the processor.
   * Rejects when the server cannot be asked.
   */
  audit(options: AuditOptions): Promise<AuditReport>;
}

export interface Informers extends AsyncDisposable {
  open(selection: Selection): Informer;
}
