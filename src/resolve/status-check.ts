/** A status that no run writes: the kind has no status of its own, by its definition or in Kubernetes. */
import type { ResolvedCrd } from "../katalog/resolved.ts";
import { builtinKind } from "../schema/builtin.ts";
import { versionsOf } from "../schema/evolution.ts";
import { apiVersionOf } from "../schema/object.ts";
import type { EntryScope } from "./entry.ts";

const STATUS = ["operatorBox", "emit", "status"];

export function checkStatus(scope: EntryScope, crd: ResolvedCrd): void {
  const { fields, hasConditions } = crd.box.status;
  if (!(fields.length > 0 || hasConditions) || hasStatus(crd) !== false) return;
  const lost = [
    ...(hasConditions ? ["the condition Ready"] : []),
    ...(fields.length > 0 ? ["the fields of emit.status"] : []),
  ];
  const { kind, version } = crd.type;
  const what = `${kind} has no status subresource in version "${version}"`;
  const message = `${what}: ${lost.join(" and ")} cannot be written`;
  const hint = crd.crd
    ? "Give the version subresources: { status: {} }, or write no status: no fields, and emit.status.conditions: false"
    : "Write no status: no fields, and emit.status.conditions: false";
  const places = [fields.length > 0 ? [...STATUS, "fields"] : [], ["crdFile"], ["apiTypes"]];
  const path = places.find((one) => one.length > 0 && scope.node(one)) ?? [];
  scope.report({ code: "no-status", severity: "warning", message, hint }, path);
}

/** `undefined`: only the cluster knows. */
function hasStatus({ crd, type }: ResolvedCrd): boolean | undefined {
  if (!crd) return builtinKind(apiVersionOf(type), type.kind)?.resource.hasStatus;
  return versionsOf(crd).find(({ name }) => name === type.version)?.hasStatus;
}
