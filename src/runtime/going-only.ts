/**
 * What a box does while it waits for its dependencies: nothing, but for custom resources that are being
 * deleted. Their cleanup waits for nobody, or a dependency that never comes would hold them for good.
 *
 * Guarantees: a custom resource that lives is not reconciled, not even one that took the name of one
 * that went while its turn was waiting.
 */
import type { Reconciler } from "../reconcile/reconcile.ts";
import type { KubeObject } from "../schema/object.ts";

/** `all`: as ever. `going`: only custom resources that are being deleted, or are gone. */
export type WorkScope = "all" | "going";

type Find = (key: string) => KubeObject | undefined;

export function isInScope(scope: WorkScope, object: KubeObject | undefined): boolean {
  return scope === "all" || !object || object.metadata.deletionTimestamp !== undefined;
}

/** Where the object lives, its turn is over before it began: the box starts with all of them later. */
export function withinScope(inner: Reconciler, scope: WorkScope, find: Find): Reconciler {
  if (scope === "all") return inner;
  return {
    ...inner,
    async reconcile(key, options) {
      if (!isInScope(scope, find(key))) return { kind: "settled", changes: [] };
      return inner.reconcile(key, options);
    },
  };
}
