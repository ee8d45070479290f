/** A child as the Katalog wants it, and what may be done to get there: the input of `apply`. */
import type { KubeObject, ResourceType } from "../schema/object.ts";
import { objectKey } from "../schema/object.ts";

export interface ChildPolicy {
  /** False for create-only children: ensured, never changed. */
  readonly isUpdated: boolean;
  /** Of one that is never changed: what differs from what is declared is told. */
  readonly isDifferenceTold?: boolean;
  /** Take over an object of that name that exists and is not ours. */
  readonly adopt: boolean;
  /** Delete and create anew when a field that cannot change has to. */
  readonly recreate: boolean;
  /** Take back fields that others changed. */
  readonly forceConflict: boolean;
}

export interface DesiredChild {
  /** The entry it comes from, for messages: `onReconcile.deployments[0]`. */
  readonly id: string;
  readonly type: ResourceType;
  /** Complete, with marks; `metadata` holds no uid and no resourceVersion. */
  readonly object: KubeObject;
  /** Place in the order of children, lower first. */
  readonly rank: number;
  readonly policy: ChildPolicy;
}

/** Identity of a kind, whatever version of it is spoken. */
export function typeKey(type: Pick<ResourceType, "group" | "kind">): string {
  return type.group === "" ? type.kind : `${type.kind}.${type.group}`;
}

/** Identity of a child among all children: kind, namespace and name. */
export function childKey(
  type: Pick<ResourceType, "group" | "kind">,
  metadata: { readonly namespace?: string; readonly name: string },
): string {
  return `${typeKey(type)} ${objectKey(metadata)}`;
}

/** How messages name a child: `Deployment "team-a/shop"`. */
export function childTitle(
  type: Pick<ResourceType, "kind">,
  metadata: { readonly namespace?: string; readonly name: string },
): string {
  return `${type.kind} "${objectKey(metadata)}"`;
}

/** By kind: those whose objects others need before they can be created. */
const EARLY: ReadonlyMap<string, { readonly group: string; readonly stage: number }> = new Map([
  ["Namespace", { group: "", stage: 0 }],
  ["CustomResourceDefinition", { group: "apiextensions.k8s.io", stage: 0 }],
  // Whoever may not do everything binds a Role only when it is there.
  ["Role", { group: "rbac.authorization.k8s.io", stage: 1 }],
  ["ClusterRole", { group: "rbac.authorization.k8s.io", stage: 1 }],
]);
const LAST_STAGE = 2;

/**
 * The children of each stage in their order, the many that need not be awaited last: each stage is awaited before
 * the next begins.
 */
export function inStages<T extends Pick<DesiredChild, "type">>(
  children: readonly T[],
): readonly (readonly T[])[] {
  const stages: T[][] = [[], [], []];
  for (const child of children) stages[stageOf(child.type)]?.push(child);
  return stages.filter(({ length }) => length > 0);
}

function stageOf({ group, kind }: DesiredChild["type"]): number {
  const early = EARLY.get(kind);
  return early?.group === group ? early.stage : LAST_STAGE;
}
