/** The kind that an owner reference names. */
import { type OwnerReference, parseApiVersion } from "../../schema/object.ts";
import type { ServedKind } from "./kind.ts";
import type { KindRegistry } from "./registry.ts";

/** Any served version of the owner's kind: references outlive versions. */
export function knownOwnerKind(
  registry: KindRegistry,
  { apiVersion, kind }: OwnerReference,
): ServedKind | undefined {
  const exact = registry.findKind(apiVersion, kind);
  if (exact !== undefined) return exact;
  const { group } = parseApiVersion(apiVersion);
  for (const served of registry.all()) {
    if (served.resource.group === group && served.resource.kind === kind) return served;
  }
  return undefined;
}
