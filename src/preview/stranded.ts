/**
 * Custom resources that would be stranded: what runs now manages them and its finalizer is on them, but no
 * entry covers them any more, since it left, was disabled, or selects others now. Nobody would clean up
 * after them, and whoever deletes one waits for ever. They are known by the name of the Katalog, and, of a
 * whole import that left, by the config digest that they share with custom resources that stay.
 *
 * They are found by our label, so the cost is one metadata-only list for each kind that the cluster
 * serves.
 */
import type { ResolvedCrd } from "../katalog/resolved.ts";
import type { ApiResource } from "../kube/api-resource.ts";
import type { KubeClient } from "../kube/client.ts";
import type { Discovery } from "../kube/discovery.ts";
import { isKubeError } from "../kube/error.ts";
import { CONFIG_DIGEST_ANNOTATION, MANAGED_BY_ANNOTATION, MANAGED_LABEL } from "../kube/marks.ts";
import { hasFinalizer } from "../reconcile/marks.ts";
import type { Program } from "../reconcile/program.ts";
import { apiVersionOf, type KubeObject, objectKey, type ResourceType } from "../schema/object.ts";
import { mapParallel } from "../std/parallel.ts";

export interface StrandedKind {
  readonly type: ResourceType;
  /** Of the custom resources, sorted. */
  readonly keys: readonly string[];
}

export interface StrandedOptions {
  /** Of the Katalog and of all that it imports. */
  readonly katalogNames: readonly string[];
  /** Config digests that custom resources of the entries carry. */
  readonly digests: ReadonlySet<string>;
  readonly programs: readonly Program[];
  readonly client: Pick<KubeClient, "list">;
  readonly discovery: Pick<Discovery, "list">;
  readonly signal: AbortSignal;
}

const PARALLEL_LISTS = 8;
const PAGE = 500;

export interface Stranded {
  readonly kinds: readonly StrandedKind[];
  /** Kinds that could not be looked through: no right to list them, or their API does not answer. */
  readonly unseen: readonly string[];
}

export async function findStranded(options: StrandedOptions): Promise<Stranded> {
  const served = await options.discovery.list({ signal: options.signal });
  const kinds = preferred(served.filter(({ verbs }) => verbs.includes("list")));
  const unseen: string[] = [];
  const found = await mapParallel(kinds, PARALLEL_LISTS, async (type): Promise<StrandedKind> => {
    try {
      return { type, keys: await strandedOf(type, options) };
    } catch (error) {
      if (!isKubeError(error) || error.status === 0) throw error;
      unseen.push(resourceName(type));
      return { type, keys: [] };
    }
  });
  return { kinds: found.filter(({ keys }) => keys.length > 0), unseen: unseen.sort() };
}

/** Each kind in one version only. */
function preferred(resources: readonly ApiResource[]): readonly ApiResource[] {
  const first = new Map<string, ApiResource>();
  for (const resource of resources) {
    const key = `${resource.group}/${resource.plural}`;
    if (!first.has(key)) first.set(key, resource);
  }
  return [...first.values()];
}

async function strandedOf(type: ApiResource, options: StrandedOptions): Promise<readonly string[]> {
  const covering = options.programs
    .map(({ crd }) => crd)
    .filter((crd) => crd.type.group === type.group && crd.type.plural === type.plural);
  if (covering.some(coversAll)) return [];
  const managed = await list(type, {}, options);
  const candidates = managed.filter((object) => isOurs(object, options) && hasFinalizer(object));
  if (candidates.length === 0) return [];
  const covered = new Set<string>();
  for (const crd of covering) {
    const { namespace, labelSelector, fieldSelector } = crd;
    const scope = {
      ...(namespace !== undefined && { namespace }),
      ...(labelSelector !== undefined && { labelSelector }),
      ...(fieldSelector !== undefined && { fieldSelector }),
    };
    for (const object of await list(type, scope, options)) covered.add(uidOf(object));
  }
  return candidates
    .filter((object) => !covered.has(uidOf(object)))
    .map(({ metadata }) => objectKey(metadata))
    .sort();
}

function isOurs({ metadata }: KubeObject, { katalogNames, digests }: StrandedOptions): boolean {
  const { [MANAGED_BY_ANNOTATION]: manager, [CONFIG_DIGEST_ANNOTATION]: digest } =
    metadata.annotations ?? {};
  return (
    (manager !== undefined && katalogNames.includes(manager)) ||
    (digest !== undefined && digests.has(digest))
  );
}

function coversAll({ namespace, labelSelector, fieldSelector }: ResolvedCrd): boolean {
  return namespace === undefined && labelSelector === undefined && fieldSelector === undefined;
}

interface ListScope {
  readonly namespace?: string;
  readonly labelSelector?: string;
  readonly fieldSelector?: string;
}

async function list(
  type: ResourceType,
  { labelSelector, ...scope }: ListScope,
  { client, signal }: StrandedOptions,
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
    items.push(...page.items);
    continueToken = page.continueToken;
  } while (continueToken !== undefined);
  return items;
}

function uidOf({ metadata }: KubeObject): string {
  return metadata.uid ?? "";
}

/** How a message names the kind: `websites.demo.orkestra.dev`. */
export function resourceName(type: ResourceType): string {
  return type.group === ""
    ? `${type.plural} (${apiVersionOf(type)})`
    : `${type.plural}.${type.group}`;
}
