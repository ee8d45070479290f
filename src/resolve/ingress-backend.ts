/**
 * Where an entry of `ingresses` leads that does not say so: to the Service of the default name where the box declares
 * that, else to the only Service that it declares; and to the first port of what it leads to. What none of this
 * answers, the kind's own defaults do. Pure.
 */
import { services } from "../katalog/children/services.ts";
import type { ChildEntry } from "../katalog/resolved.ts";
import { isJsonObject, type Json } from "../std/json.ts";
import { typeOfEntry } from "./child-type.ts";
import { isSameName } from "./same-name.ts";

/** The children with the backends of their Ingresses written out. */
export function withBackends(children: readonly ChildEntry[]): readonly ChildEntry[] {
  const declared = children.filter(isService);
  if (declared.length === 0) return children;
  return children.map((child) =>
    child.key === "ingresses" ? withBackend(child, declared) : child,
  );
}

function withBackend(ingress: ChildEntry, declared: readonly ChildEntry[]): ChildEntry {
  const near = declared.filter((service) => isAlongside(service, ingress));
  const named = near.find((service) => isSameName(serviceName(service), backendName(ingress)));
  const only =
    declared.length === 1 && !isSaid(ingress.fields["serviceName"]) ? near[0] : undefined;
  const service = named ?? only;
  if (!service) return ingress;
  const port = portsOf(service)?.[0]?.number;
  const { serviceName: name, servicePort } = ingress.fields;
  const fields = {
    ...ingress.fields,
    ...(!isSaid(name) && !named && { serviceName: serviceName(service) }),
    ...(!isSaid(servicePort) &&
      port !== undefined &&
      String(port) !== "80" && { servicePort: port }),
  };
  return { ...ingress, fields };
}

/** Fields of it that {@link withBackends} may have written. */
export function addedFields({ key, fields }: ChildEntry): readonly string[] {
  if (key !== "ingresses") return [];
  return ["serviceName", "servicePort"].filter((name) => fields[name] !== undefined);
}

/** In its namespace, and there is one for each element of the same list, or one for all. */
function isAlongside({ namespace, forEach }: ChildEntry, ingress: ChildEntry): boolean {
  if (namespace !== ingress.namespace) return false;
  return (
    !forEach || (forEach.field === ingress.forEach?.field && forEach.as === ingress.forEach.as)
  );
}

/** A Service, of the shorthand or as a whole object. */
export function isService(entry: ChildEntry): boolean {
  const { apiVersion, kind } = typeOfEntry(entry);
  return apiVersion === services.apiVersion && kind === services.kind;
}

/** As it is written. */
export function serviceName({ name }: ChildEntry): string {
  return name ?? services.defaultName("{{ .metadata.name }}");
}

/** Of an entry of `ingresses`. */
export function backendName({ fields: { serviceName } }: ChildEntry): string {
  return isSaid(serviceName) ? String(serviceName) : services.defaultName("{{ .metadata.name }}");
}

export interface WrittenPort {
  readonly number: Json;
  readonly name?: Json | undefined;
}

/** As they are written; `undefined`: not known before the Service is rendered. */
export function portsOf({ key, fields, patch }: ChildEntry): readonly WrittenPort[] | undefined {
  const patched = isJsonObject(patch?.["spec"]) ? patch["spec"]["ports"] : undefined;
  const spec = isJsonObject(fields["spec"]) ? fields["spec"] : {};
  if (patched === undefined && key !== "custom") {
    return isSaid(fields["port"]) ? [{ number: fields["port"] }] : [];
  }
  const ports = patched ?? spec["ports"];
  if (!Array.isArray(ports)) return undefined;
  const read = ports.flatMap((each: Json) => {
    if (!isJsonObject(each) || each["port"] === undefined) return [];
    return [{ number: each["port"], name: each["name"] }];
  });
  return read.length === ports.length ? read : undefined;
}

export function isSaid(value: Json | undefined): value is Json {
  return value !== undefined && value !== null && value !== "";
}
