/**
 * Objects of a kind that carry our label and that no entry covers: the server itself is asked which ones the
 * selectors of the entries match, since a field selector cannot be held against metadata. One metadata-only
 * list of all that carry the label and, when there is somebody to look for, one for each entry of the kind.
 */
import type { ResolvedCrd } from "../katalog/resolved.ts";
import type { KubeClient } from "../kube/client.ts";
import { CONFIG_DIGEST_ANNOTATION, MANAGED_BY_ANNOTATION, MANAGED_LABEL } from "../kube/marks.ts";
import { hasFinalizer } from "../reconcile/marks.ts";
import type { KubeObject, ResourceType } from "../schema/object.ts";

export interface UncoveredOptions {
  /** All entries that would run; of any kind. */
  readonly crds: readonly ResolvedCrd[];
  readonly client: Pick<KubeClient, "list">;
  /** Look in this namespace only. */
  readonly namespace?: string | undefined;
  readonly signal: AbortSignal;
  isCandidate(object: KubeObject): boolean;
}

const PAGE = 500;

export async function findUncovered(
  type: ResourceType,
  options: UncoveredOptions,
): Promise<readonly KubeObject[]> {
  const covering = options.crds.filter((crd) => isOfType(crd, type));
  if (covering.some(coversAll)) return [];
  const { namespace } = options;
  const managed = await list(type, namespace === undefined ? {} : { namespace }, options);
  const candidates = managed.filter(options.isCandidate);
  if (candidates.length === 0) return [];
  const covered = new Set<string>();
  for (const crd of covering) {
    for (const object of await list(type, scopeOf(crd), options)) covered.add(uidOf(object));
  }
  return candidates.filter((object) => !covered.has(uidOf(object)));
}

/**
 * Was it this entry's, by this very document, so that it left by a change of its own? Where the Katalog is
 * another one since, it may be the selector that changed, and nobody decided what is to become of it.
 */
export function hasLeft(
  { metadata }: KubeObject,
  { crd, configDigest }: { readonly crd: ResolvedCrd; readonly configDigest: string },
): boolean {
  const { annotations = {}, namespace } = metadata;
  return (
    canLeave(crd) &&
    (crd.namespace === undefined || crd.namespace === namespace) &&
    annotations[MANAGED_BY_ANNOTATION] === crd.katalog &&
    annotations[CONFIG_DIGEST_ANNOTATION] === configDigest
  );
}

/** Does the entry select by what may change of an object? */
export function canLeave({ labelSelector, fieldSelector }: ResolvedCrd): boolean {
  return labelSelector !== undefined || fieldSelector !== undefined;
}

/** Ours to clean up, and somebody who deletes it would wait for that. */
export function isHeldFor(object: KubeObject, katalogName: string): boolean {
  const manager = object.metadata.annotations?.[MANAGED_BY_ANNOTATION];
  return manager === katalogName && hasFinalizer(object);
}

export function isOfType(crd: ResolvedCrd, { group, plural }: ResourceType): boolean {
  return crd.type.group === group && crd.type.plural === plural;
}

function coversAll(crd: ResolvedCrd): boolean {
  return crd.namespace === undefined && !canLeave(crd);
}

interface ListScope {
  readonly namespace?: string;
  readonly labelSelector?: string;
  readonly fieldSelector?: string;
}

function scopeOf({ namespace, labelSelector, fieldSelector }: ResolvedCrd): ListScope {
  return {
    ...(namespace !== undefined && { namespace }),
    ...(labelSelector !== undefined && { labelSelector }),
    ...(fieldSelector !== undefined && { fieldSelector }),
  };
}

async function list(
  type: ResourceType,
  { labelSelector, ...scope }: ListScope,
  { client, signal }: UncoveredOptions,
): Promise<readonly KubeObject[]> {
  const items: KubeObject[] = [];
  const selector = [`${MANAGED_LABEL}=true`, labelSelector].filter(Boolean).join(",");
  let continueToken: string | undefined;
  do {
    const page = await client.list(type, {
      ...scope,
      labelSelector: selector,
      limit: PAGE,
      metadataOnly: true,
      signal,
      ...(continueToken !== undefined && { continueToken }),
    });
    for (const item of page.items) items.push(item);
    continueToken = page.continueToken;
  } while (continueToken !== undefined);
  return items;
}

function uidOf({ metadata }: KubeObject): string {
  return metadata.uid ?? "";
}
