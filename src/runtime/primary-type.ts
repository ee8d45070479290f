/**
 * Which resource of the cluster an entry means: group, version and plural decide, never the kind alone.
 * Two CRDs of one group may claim one kind; the one that lost is not served, and the other is not ours.
 */
import type { ResolvedCrd } from "../katalog/resolved.ts";
import type { ApiResource } from "../kube/api-resource.ts";
import type { Discovery } from "../kube/discovery.ts";

/** `undefined` when the cluster does not serve it (yet). */
export async function findPrimaryType(
  { type, crd }: Pick<ResolvedCrd, "type" | "crd">,
  discovery: Pick<Discovery, "findKind" | "findPlural">,
  signal: AbortSignal,
): Promise<ApiResource | undefined> {
  const { group, version, kind, plural } = type;
  const found = await discovery.findPlural({ group, version, plural }, { signal });
  // Without a CRD at hand the plural may be a guess.
  if (found || crd) return found;
  return discovery.findKind({ group, version, kind }, { signal });
}
