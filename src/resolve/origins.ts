/**
 * Where the values of a resolved entry came from: a walk over what was resolved, beside the tree
 * that it was resolved from. Kept apart from the document, whose digest must not depend on lines.
 */
import { COMMON_CHILD_FIELDS } from "../katalog/child-entry.ts";
import type { ResolvedCrd } from "../katalog/resolved.ts";
import type { PathSegment } from "../std/json.ts";
import { entryPath } from "./child-check.ts";
import { type EntryScope, escapePointer } from "./entry.ts";

const STATUS = ["operatorBox", "emit", "status", "fields"];
const RECONCILE = ["operatorBox", "reconcile"];

/** Settings of an entry: where they stand in the resolved one, and in the document. */
const SETTINGS: readonly (readonly [pointer: string, path: readonly string[]])[] = [
  ["/isEnabled", ["enabled"]],
  ["/description", ["description"]],
  ["/crd", ["crdFile"]],
  ["/customResources", ["crFiles"]],
  ["/namespace", ["namespace"]],
  ["/labels", ["labels"]],
  ["/labelSelector", ["labelSelector"]],
  ["/fieldSelector", ["fieldSelector"]],
  ["/dependsOn", ["dependsOn"]],
  ["/workers", [...RECONCILE, "workers"]],
  ["/resyncMs", [...RECONCILE, "resync"]],
  ["/queue/maxDepth", [...RECONCILE, "queue", "maxDepth"]],
  ["/queue/failureThreshold", [...RECONCILE, "queue", "failureThreshold"]],
  ["/queue/retryBackoffMs", [...RECONCILE, "queue", "retryBackoff"]],
  ["/allowedNamespaces", ["operatorBox", "runtime", "allowedNamespaces"]],
  ["/box/finalizers", ["operatorBox", "runtime", "finalizers"]],
  ["/box/status/hasConditions", ["operatorBox", "emit", "status", "conditions"]],
];

/** A JSON pointer (RFC 6901), the form of the keys of origins. */
export function toPointer(path: readonly PathSegment[]): string {
  return path.map((step) => `/${escapePointer(String(step))}`).join("");
}

export function recordOrigins(scope: EntryScope, { box }: ResolvedCrd): void {
  scope.originOf("", []);
  scope.originOf("/type", scope.node(["apiTypes"]) ? ["apiTypes"] : ["crdFile"]);
  for (const [pointer, path] of SETTINGS) scope.origin(pointer, path);
  for (const [index, { id }] of box.children.entries()) {
    recordChild(scope, `/box/children/${index}`, entryPath(id));
  }
  for (const [group, { steps }] of box.onDelete.groups.entries()) {
    for (const [index, step] of steps.entries()) {
      const pointer = `/box/onDelete/groups/${group}/steps/${index}`;
      if (step.kind === "run") recordChild(scope, `${pointer}/entry`, entryPath(step.entry.id));
      else scope.origin(pointer, entryPath(step.id));
    }
  }
  for (const index of box.status.fields.keys()) {
    scope.origin(`/box/status/fields/${index}`, [...STATUS, index]);
  }
  scope.origin("/box/requeue", [...RECONCILE, "requeue"]);
  scope.origin("/box/hooks", [...RECONCILE, box.hooks?.role ?? "hooks"]);
  scope.origin("/box/remote", [...RECONCILE, "remote"]);
  recordNormalize(scope);
}

/** Own fields of the kind stand below `fields` in the resolved entry. */
function recordChild(scope: EntryScope, pointer: string, path: readonly PathSegment[]): void {
  const node = scope.node(path);
  if (node?.kind !== "map") return;
  scope.originOf(pointer, path);
  const isCommon = (key: string) => COMMON_CHILD_FIELDS.includes(key);
  for (const key of node.entries.keys()) {
    const place = isCommon(key) ? pointer : `${pointer}/fields`;
    scope.origin(`${place}/${escapePointer(key)}`, [...path, key]);
  }
  // The metadata of a whole object is lifted to the entry.
  for (const key of ["name", "namespace", "labels", "annotations"]) {
    scope.origin(`${pointer}/${key}`, [...path, "metadata", key]);
  }
}

function recordNormalize(scope: EntryScope): void {
  const path = [...RECONCILE, "normalize", "spec"];
  const node = scope.node(path);
  if (node?.kind !== "map") return;
  for (const key of node.entries.keys()) {
    const own = key.replace(/^spec\./, "");
    scope.origin(`/box/normalize/${escapePointer(own)}`, [...path, key]);
  }
}
