/**
 * Paths of the resolved document → as the Katalog says them: `crds[web].box.children[onReconcile.services[0]]…` is
 * nothing that an author ever wrote. Pure.
 */

/** What stands elsewhere in a Katalog, or under another name; the first that fits. */
const PLACES: readonly (readonly [resolved: string, written: string])[] = [
  ["isEnabled", "enabled"],
  ["resyncMs", "operatorBox.reconcile.resync"],
  ["workers", "operatorBox.reconcile.workers"],
  ["queue.retryBackoffMs", "operatorBox.reconcile.queue.retryBackoff"],
  ["queue", "operatorBox.reconcile.queue"],
  ["allowedNamespaces", "operatorBox.runtime.allowedNamespaces"],
  ["customResources", "crFiles"],
  ["crd", "crdFile"],
  ["type", "apiTypes"],
  ["box.onDelete.timeoutMs", "operatorBox.reconcile.onDelete.timeout"],
  ["box.onDelete", "operatorBox.reconcile.onDelete"],
  ["box.status.hasConditions", "operatorBox.emit.status.conditions"],
  ["box.status", "operatorBox.emit.status"],
  ["box.normalize", "operatorBox.reconcile.normalize.spec"],
  ["box.hooks", "operatorBox.reconcile.hooks"],
  ["box", "operatorBox.reconcile"],
];

/** `spec.crds.web.operatorBox.reconcile.onReconcile.services[0].port`. */
export function documentPlace(path: string): string {
  const [, name, rest] = /^crds\[([^\]]*)\]\.?(.*)$/s.exec(path) ?? [];
  if (name === undefined || rest === undefined) return path;
  const entry = `spec.crds.${name}`;
  return rest === "" ? entry : `${entry}.${childPlace(rest) ?? settingPlace(rest)}`;
}

/** The name of a child in the document is its path there: `onReconcile.deployments[0]`. */
function childPlace(path: string): string | undefined {
  const [, id, rest = ""] = /^box\.children\[((?:[^[\]]|\[[^\]]*\])*)\](.*)$/s.exec(path) ?? [];
  if (id === undefined) return undefined;
  const field = rest.replace(/^\.fields(?=[.[]|$)/, "");
  return `operatorBox.reconcile.${id}${field}`;
}

function settingPlace(path: string): string {
  for (const [resolved, written] of PLACES) {
    const isWhole = path === resolved;
    if (isWhole || path.startsWith(`${resolved}.`) || path.startsWith(`${resolved}[`)) {
      return `${written}${path.slice(resolved.length)}`;
    }
  }
  return path;
}
