/** A child as the Katalog wants it, and what may be done to get there: the input of `apply`. */
import type { KubeObject, ResourceType } from "../schema/object.ts";
import { objectKey } from "../schema/object.ts";

export interface ChildPolicy {
  /** False for create-only children: ensured, never changed. */
  readonly isUpdated: boolean;
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

/** Kinds whose objects others need before they can be created: each stage is awaited before the next begins. */
const STAGES: readonly ReadonlySet<string>[] = [
  new Set(["Namespace", "CustomResourceDefinition.apiextensions.k8s.io"]),
  // Whoever may not do everything binds a Role only when it is there.
  new Set(["Role.rbac.authorization.k8s.io", "ClusterRole.rbac.authorization.k8s.io"]),
];

/** The children of each stage in their order, the many that need not be awaited last. */
export function inStages<T extends Pick<DesiredChild, "type">>(
  children: readonly T[],
): readonly (readonly T[])[] {
  const stages: T[][] = [...STAGES.map(() => []), []];
  for (const child of children) {
    const key = typeKey(child.type);
    const stage = STAGES.findIndex((kinds) => kinds.has(key));
    stages.at(stage)?.push(child);
  }
  return stages.filter(({ length }) => length > 0);
}
