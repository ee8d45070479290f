/** Ingresses that lead to a Service, or to a port of one, that no entry makes: all is green, and nothing answers. */
import type { ChildEntry, ResolvedCrd } from "../katalog/resolved.ts";
import type { Json } from "../std/json.ts";
import { suggest } from "../std/suggest.ts";
import { entryPath } from "./child-path.ts";
import { typeOfEntry } from "./child-type.ts";
import type { EntryScope } from "./entry.ts";
import { backendName, isSaid, isService, portsOf, serviceName } from "./ingress-backend.ts";
import { mayBeSame } from "./same-name.ts";

const PHASES = ["onCreate", "onReconcile"];

/** Only what the text says for certain; where the box makes no Service, or code does, it may be anybody's. */
export function checkIngresses(scope: EntryScope, { box }: ResolvedCrd): void {
  const declared = box.children.filter(isService);
  const isOpen = box.children.some((child) => typeOfEntry(child).kind.includes("{{"));
  const isPartial = PHASES.some((phase) =>
    scope.isRefused(["operatorBox", "reconcile", phase, "services"]),
  );
  if (declared.length === 0 || isOpen || isPartial || box.hooks || box.remote) return;
  for (const child of box.children) {
    if (child.key !== "ingresses" || scope.isRefused(entryPath(child.id))) continue;
    checkBackend(scope, child, declared);
  }
}

function checkBackend(
  scope: EntryScope,
  ingress: ChildEntry,
  declared: readonly ChildEntry[],
): void {
  const name = backendName(ingress);
  const meant = declared.filter((service) => mayBeSame(serviceName(service), name));
  if (meant.length > 0) {
    checkPort(scope, ingress, meant);
    return;
  }
  const names = [...new Set(declared.map(serviceName))];
  const near = names.length === 1 ? names[0] : suggest(name, names);
  const message = `${ingress.id} leads to the Service "${name}", but no declared Service is called that`;
  const hint =
    near === undefined ? `The entries make: ${names.join(", ")}` : `Did you mean "${near}"?`;
  report(scope, ingress, { code: "unmade-service", message, hint, key: "serviceName" });
}

function checkPort(scope: EntryScope, ingress: ChildEntry, meant: readonly ChildEntry[]): void {
  const { servicePort } = ingress.fields;
  const port = String(isSaid(servicePort) ? servicePort : 80);
  const lists = meant.map(portsOf);
  const ports = lists.flatMap((list) => list ?? []);
  const known = ports.flatMap(({ number, name }) => [number, name].filter(isSaid).map(String));
  const isOpen = lists.includes(undefined) || [port, ...known].some((each) => each.includes("{{"));
  if (isOpen || known.includes(port)) return;
  const message = `${ingress.id} leads to port ${port} of the Service "${backendName(ingress)}", which has no such port`;
  const numbers: readonly Json[] = ports.map(({ number }) => number);
  const hint = numbers.length > 0 ? `It has ${numbers.join(", ")}` : "It has no ports at all";
  report(scope, ingress, { code: "unmade-service", message, hint, key: "servicePort" });
}

function report(
  scope: EntryScope,
  { id }: ChildEntry,
  { key, ...issue }: { readonly code: string; message: string; hint: string; key: string },
): void {
  const own = [...entryPath(id), key];
  scope.report({ ...issue, severity: "warning" }, scope.node(own) ? own : entryPath(id));
}
