/**
 * The layouts of a Katalog as data: where each setting stood in older generations of the language
 * and where it stands now. `normalise.ts` applies the rows in order, before anything is validated.
 *
 * Paths are dotted; those of {@link ENTRY_MOVES} count from one entry of `spec.crds`.
 */

export interface Move {
  readonly from: string;
  readonly to: string;
}

export const API_VERSION = "orkestra.orkspace.io/v1";
export const API_VERSION_ALIASES: readonly string[] = ["orkestra.konductor.io/v1Alpha"];

/** Moves of whole documents. */
export const DOCUMENT_MOVES: readonly Move[] = [{ from: "sources", to: "imports" }];

/** Blocks that hold what runs and how: settings of them may stand in three places. */
const RECONCILE_SETTINGS = [
  "workers",
  "resync",
  "queue",
  "requeue",
  "profile",
  "default",
  "hooks",
  "constructor",
  "remote",
  "imports",
] as const;
const LIFECYCLE = ["onCreate", "onReconcile", "onDelete", "normalize"] as const;
const GATES = ["sentinels", "enqueueGate", "reconcileGate", "external"] as const;
const RUNTIME_SETTINGS = [
  "finalizers",
  "removeFinalizers",
  "deletionProtection",
  "allowedNamespaces",
  "restrictedNamespaces",
  "autoscale",
  "cleanup",
  "ignoreStatusPatch",
  "ignoreObservedGeneration",
] as const;

/** Moves inside one CRD entry, oldest first, so that later rows see what earlier ones made. */
export const ENTRY_MOVES: readonly Move[] = [
  { from: "reconciler", to: "operatorBox" },
  { from: "operatorBox.reconciler", to: "operatorBox.reconcile" },
  ...block("", ["workers", "resync", "queue", "imports", "normalize"], "operatorBox.reconcile"),
  ...block("operatorBox", RECONCILE_SETTINGS, "operatorBox.reconcile"),
  ...block("operatorBox", LIFECYCLE, "operatorBox.reconcile"),
  ...block("operatorBox", ["status"], "operatorBox.emit"),
  ...block("operatorBox", ["cross", "watch"], "operatorBox.observe"),
  ...block("operatorBox", GATES, "operatorBox.preReconcile"),
  ...block(
    "operatorBox.preReconcile",
    ["when", "or", "anyOf"],
    "operatorBox.preReconcile.reconcileGate",
  ),
  ...block("", RUNTIME_SETTINGS, "operatorBox.runtime"),
  ...block("operatorBox", RUNTIME_SETTINGS, "operatorBox.runtime"),
  ...block("", ["validation", "mutation", "conversion", "webhooks"], "admission"),
];

/** A block that was once a bare list: where, and the key that holds the list now. */
export const BARE_LISTS: readonly { readonly path: string; readonly key: string }[] = [
  { path: "admission.validation", key: "rules" },
  { path: "admission.mutation", key: "rules" },
];

/** Keys renamed wherever they occur below the block that `below` names (`""`: anywhere). */
export interface Rename {
  readonly from: string;
  readonly to: string;
  readonly below: string;
}

export const RENAMES: readonly Rename[] = [
  { from: "anyOf", to: "or", below: "" },
  { from: "resources", to: "managedResources", below: "operatorBox.reconcile.hooks" },
  { from: "resources", to: "managedResources", below: "operatorBox.reconcile.constructor" },
  { from: "labels", to: "labelSelector", below: "operatorBox.observe.cross" },
];

/** Keys whose values are the user's own data: no key below them is a setting of the Katalog. */
export const OPAQUE_KEYS: ReadonlySet<string> = new Set([
  "args",
  "annotations",
  "body",
  "data",
  "labels",
  "patch",
  "payload",
  "spec",
  "with",
]);

/** `keys` of the block `from` stand in the block `to` now. */
function block(from: string, keys: readonly string[], to: string): Move[] {
  return keys.map((key) => ({
    from: from === "" ? key : `${from}.${key}`,
    to: `${to}.${key}`,
  }));
}
