/**
 * What entries of children must not do to each other or to other tenants: render one name twice,
 * and put children where the CR's own data says.
 */
import { deleteStepsOf } from "../katalog/box-entries.ts";
import type { ChildEntry, ResolvedCrd } from "../katalog/resolved.ts";
import { formatPosition } from "../std/issue.ts";
import type { PathSegment } from "../std/json.ts";
import { compileTemplate } from "../template/compile.ts";
import type { Dialect } from "../template/template.ts";
import { entryPath } from "./child-path.ts";
import { typeOfEntry } from "./child-type.ts";
import type { EntryScope } from "./entry.ts";
import { FOR_EACH_ROOTS } from "./template-places.ts";

export function checkChildNames(scope: EntryScope, crd: ResolvedCrd, dialect: Dialect): void {
  refuseSameNames(scope, crd.box.children);
  if (crd.type.namespaced === false) return;
  const placed = [...crd.box.children, ...deletions(crd)];
  for (const child of placed) checkNamespace(scope, { child, crd, dialect });
}

/** What the namespace rule needs to know of a child that is made or deleted. */
type PlacedChild = Pick<ChildEntry, "id" | "namespace" | "forEach">;

function deletions({ box }: ResolvedCrd): readonly PlacedChild[] {
  return deleteStepsOf(box).map((step) => (step.kind === "run" ? step.entry : step));
}

/** Conditions and loops can keep two entries apart; without them the clash is certain. */
function refuseSameNames(scope: EntryScope, children: readonly ChildEntry[]): void {
  const byIdentity = new Map<string, ChildEntry>();
  for (const entry of children) {
    if (entry.when || entry.or || entry.forEach) continue;
    const { group, kind } = typeOf(entry);
    const identity = JSON.stringify([group, kind, entry.namespace ?? null, entry.name ?? null]);
    const first = byIdentity.get(identity);
    if (!first) {
      byIdentity.set(identity, entry);
      continue;
    }
    const name = entry.name === undefined ? "the default name" : `the name "${entry.name}"`;
    const also = formatPosition(scope.position(entryPath(first.id)));
    const message = `${entry.id} and ${first.id} both make a ${kind} of ${name}: also at ${also}`;
    scope.report(
      { code: "same-child", message, hint: "Give one of them another name" },
      entryPath(entry.id),
    );
  }
}

/** Two versions of a group are the same objects, two groups with a kind of one name are not. */
function typeOf(entry: ChildEntry): { readonly group: string; readonly kind: string } {
  const { apiVersion, kind } = typeOfEntry(entry);
  return { group: apiVersion.includes("/") ? (apiVersion.split("/")[0] ?? "") : "", kind };
}

interface NamespaceCheck {
  readonly child: PlacedChild;
  readonly crd: ResolvedCrd;
  readonly dialect: Dialect;
}

/** Only the CR's own namespace may be taken from the CR without further word. */
function checkNamespace(scope: EntryScope, { child, crd, dialect }: NamespaceCheck): void {
  const { id, namespace } = child;
  if (namespace === undefined || !readsData(namespace, child, dialect)) return;
  if (crd.allowedNamespaces.length > 0 || saysCrossNamespace(scope, id)) return;
  const severity = scope.settings.allowCrossNamespace ? "warning" : "error";
  const message = `${id} takes its namespace from the data of the CR: any tenant could reach into any namespace`;
  const hint = `Add "allowedNamespaces: [ … ]" to the CRD entry "${crd.name}", or "crossNamespace: true" to ${id}`;
  scope.report({ code: "cross-namespace", severity, message, hint }, namespacePath(scope, id));
}

/** The entry's own word; the setting for the whole run does not count as one. */
function saysCrossNamespace(scope: EntryScope, id: string): boolean {
  const node = scope.node([...entryPath(id), "crossNamespace"]);
  return node?.kind === "scalar" && node.text.toLowerCase() === "true";
}

/** Whether a namespace depends on anything but the CR's own namespace. */
function readsData(namespace: string, child: PlacedChild, dialect: Dialect): boolean {
  if (!namespace.includes("{{")) return false;
  const extraRoots = child.forEach ? [...FOR_EACH_ROOTS, child.forEach.as] : [];
  const result = compileTemplate(namespace, { dialect, extraRoots });
  // One that does not compile is reported where all templates are.
  if (result.kind === "failed") return false;
  return result.template.references.some(({ path }) => path.join(".") !== "metadata.namespace");
}

function namespacePath(scope: EntryScope, id: string): readonly PathSegment[] {
  const own = [...entryPath(id), "namespace"];
  return scope.node(own) ? own : [...entryPath(id), "metadata", "namespace"];
}
