/**
 * Why a key is in the queue: what happened since it was last taken. Lives from the event to the reconcile
 * that it causes, and costs nothing for a key that nothing happens to.
 */

import { lastManager, type ManagerEntry } from "../kube/field-managers.ts";
import type { StoreEvent } from "../kube/informer.ts";
import type { KubeObject } from "../schema/object.ts";
import { isDeepEqual } from "../std/json.ts";

export type Cause =
  /** The workers began: with the process, with the leadership, or after a dependency or the CRD came. */
  | { readonly kind: "start"; readonly detail: "process" | "leadership" | "dependency" | "crd" }
  /** Something happened to the custom resource itself. */
  | {
      readonly kind: "custom resource";
      readonly event: "added" | "deleted";
    }
  | {
      readonly kind: "custom resource";
      readonly event: "updated";
      /** What of it: the spec, or what else. */
      readonly what: "spec" | "deletion requested" | "status" | "metadata";
      readonly generation?: number;
      readonly manager?: string;
    }
  /** Something happened to a child. */
  | {
      readonly kind: "child";
      readonly event: "added" | "updated" | "deleted";
      readonly child: ChildName;
      /** Who changed it, and at which fields; not for a deletion, which leaves no trace. */
      readonly by?: ManagerEntry;
    }
  /** The interval is over. */
  | { readonly kind: "resync" }
  /** What the last pass asked for is due. */
  | { readonly kind: "retry" | "requeue" | "waited" };

export interface ChildName {
  readonly kind: string;
  readonly namespace?: string;
  readonly name: string;
}

/** Enough to see what goes on; a child that flaps is named once. */
const MAX_CAUSES = 5;

export class Causes {
  readonly #waiting = new Map<string, Cause[]>();

  add(key: string, cause: Cause): void {
    const known = this.#waiting.get(key);
    if (known === undefined) {
      this.#waiting.set(key, [cause]);
      return;
    }
    const same = known.findIndex((other) => isSame(other, cause));
    // The latest last: who holds a field may change.
    if (same >= 0) known.splice(same, 1);
    else if (known.length >= MAX_CAUSES && !isAside(cause)) {
      const least = known.findIndex(isAside);
      if (least >= 0) known.splice(least, 1);
    }
    if (known.length < MAX_CAUSES) known.push(cause);
  }

  /** Those that may have touched what we set come first. */
  take(key: string): readonly Cause[] {
    const causes = this.#waiting.get(key) ?? [];
    this.#waiting.delete(key);
    return causes.length > 1 && causes.some(isAside)
      ? [...causes.filter((one) => !isAside(one)), ...causes.filter(isAside)]
      : causes;
  }

  clear(): void {
    this.#waiting.clear();
  }
}

/** A status, a scale: a controller writes it right after somebody's edit, and it is seldom what we set. */
function isAside(cause: Cause): boolean {
  return cause.kind === "child" && cause.by?.subresource !== undefined;
}

/** Each writer of a child is a cause of its own: a drift is not forgotten over the status that follows. */
function isSame(one: Cause, other: Cause): boolean {
  if (one.kind !== other.kind) return false;
  if (one.kind === "child" && other.kind === "child") {
    return (
      one.event === other.event &&
      isSameChild(one.child, other.child) &&
      one.by?.manager === other.by?.manager &&
      one.by?.subresource === other.by?.subresource
    );
  }
  if (one.kind === "custom resource" && other.kind === "custom resource") {
    return one.event === other.event;
  }
  return true;
}

function isSameChild(one: ChildName, other: ChildName): boolean {
  return one.kind === other.kind && one.name === other.name && one.namespace === other.namespace;
}

/** What an update of a custom resource was about. */
export function updateCause(event: Extract<StoreEvent, { readonly kind: "updated" }>): Cause {
  const { object, previous, managedFields = [] } = event;
  const what = whatChanged(object, previous);
  const { generation } = object.metadata;
  // Who deletes leaves no trace: the others are those who wrote before.
  const isDeletion = what === "deletion requested";
  const manager = isDeletion ? undefined : lastManager(managedFields, event)?.manager;
  return {
    kind: "custom resource",
    event: "updated",
    what,
    ...(what === "spec" && generation !== undefined && { generation }),
    ...(manager !== undefined && { manager }),
  };
}

function whatChanged(object: KubeObject, previous: KubeObject) {
  const { generation } = object.metadata;
  if (isDeletionRequest(object, previous)) return "deletion requested";
  if (generation !== previous.metadata.generation) return "spec";
  return isDeepEqual(object.status, previous.status) ? "metadata" : "status";
}

function isDeletionRequest(object: KubeObject, previous: KubeObject): boolean {
  const { deletionTimestamp } = object.metadata;
  return deletionTimestamp !== undefined && previous.metadata.deletionTimestamp === undefined;
}

/** Who is known; a deletion, and its request, leave no trace. */
function writerOf(event: StoreEvent): ManagerEntry | undefined {
  if (event.kind !== "updated") return undefined;
  const { object, previous, managedFields = [] } = event;
  return isDeletionRequest(object, previous) ? undefined : lastManager(managedFields, event);
}

export function childCause(event: StoreEvent): Cause {
  const { kind, metadata } = event.object;
  const { name, namespace } = metadata;
  const child = { kind, name, ...(namespace !== undefined && { namespace }) };
  const by = writerOf(event);
  return { kind: "child", event: event.kind, child, ...(by && { by }) };
}
