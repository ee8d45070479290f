/**
 * Why a key is in the queue: what happened since it was last taken. Lives from the event to the reconcile
 * that it causes, and costs nothing for a key that nothing happens to.
 */
import type { StoreEvent } from "../kube/informer.ts";
import type { KubeObject } from "../schema/object.ts";
import { isDeepEqual } from "../std/json.ts";
import { lastManager, type ManagerEntry } from "./field-managers.ts";

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
    if (same >= 0) known[same] = cause;
    else if (known.length < MAX_CAUSES) known.push(cause);
  }

  take(key: string): readonly Cause[] {
    const causes = this.#waiting.get(key);
    this.#waiting.delete(key);
    return causes ?? [];
  }

  clear(): void {
    this.#waiting.clear();
  }
}

function isSame(one: Cause, other: Cause): boolean {
  if (one.kind !== other.kind) return false;
  if (one.kind === "child" && other.kind === "child") {
    const { child, event } = one;
    return (
      event === other.event && child.kind === other.child.kind && child.name === other.child.name
    );
  }
  if (one.kind === "custom resource" && other.kind === "custom resource") {
    return one.event === other.event;
  }
  return true;
}

/** What an update of a custom resource was about. */
export function updateCause(event: Extract<StoreEvent, { readonly kind: "updated" }>): Cause {
  const { object, previous, managedFields = [] } = event;
  const what = whatChanged(object, previous);
  const { generation } = object.metadata;
  const manager = lastManager(managedFields)?.manager;
  return {
    kind: "custom resource",
    event: "updated",
    what,
    ...(what === "spec" && generation !== undefined && { generation }),
    ...(manager !== undefined && { manager }),
  };
}

function whatChanged(object: KubeObject, previous: KubeObject) {
  const { generation, deletionTimestamp } = object.metadata;
  const wasDeleted = previous.metadata.deletionTimestamp !== undefined;
  if (deletionTimestamp !== undefined && !wasDeleted) return "deletion requested";
  if (generation !== previous.metadata.generation) return "spec";
  return isDeepEqual(object.status, previous.status) ? "metadata" : "status";
}

export function childCause(event: StoreEvent): Cause {
  const { kind, metadata } = event.object;
  const { name, namespace } = metadata;
  const child = { kind, name, ...(namespace !== undefined && { namespace }) };
  const by = event.kind === "updated" ? lastManager(event.managedFields ?? []) : undefined;
  return { kind: "child", event: event.kind, child, ...(by && { by }) };
}
