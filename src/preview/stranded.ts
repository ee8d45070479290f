/**
 * Custom resources that would be stranded: what runs now manages them and its finalizer is on them, but no
 * entry covers them any more, since it left, was disabled, or selects others now. Nobody would clean up
 * after them, and whoever deletes one waits for ever. They are known by the name of the Katalog, and, of a
 * whole import that left, by the config digest that they share with custom resources that stay.
 *
 * They are found by our label, so the cost is one metadata-only list for each kind that the cluster
 * serves.
 */
import type { ApiResource } from "../kube/api-resource.ts";
import type { KubeClient } from "../kube/client.ts";
import type { Discovery } from "../kube/discovery.ts";
import { isKubeError } from "../kube/error.ts";
import { CONFIG_DIGEST_ANNOTATION, MANAGED_BY_ANNOTATION } from "../kube/marks.ts";
import { hasFinalizer } from "../reconcile/marks.ts";
import type { Program } from "../reconcile/program.ts";
import { findUncovered, hasLeft, isOfType } from "../runtime/uncovered.ts";
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
  /** Of the document that would start. */
  readonly configDigest: string;
  /** Config digests that custom resources of the entries carry. */
  readonly digests: ReadonlySet<string>;
  readonly programs: readonly Program[];
  readonly client: Pick<KubeClient, "list">;
  readonly discovery: Pick<Discovery, "list">;
  readonly signal: AbortSignal;
}

const PARALLEL_LISTS = 8;

export interface Stranded {
  readonly kinds: readonly StrandedKind[];
  /**
   * Those that left the selector of their entry under this very document: the start lets them go, as a running
   * process does.
   */
  readonly left: readonly StrandedKind[];
  /** Kinds that could not be looked through: no right to list them, or their API does not answer. */
  readonly unseen: readonly string[];
}

export async function findStranded(options: StrandedOptions): Promise<Stranded> {
  const served = await options.discovery.list({ signal: options.signal });
  const kinds = preferred(served.filter(({ verbs }) => verbs.includes("list")));
  const unseen: string[] = [];
  const found = await mapParallel(kinds, PARALLEL_LISTS, async (type): Promise<StrandedFound> => {
    try {
      return { type, ...(await strandedOf(type, options)) };
    } catch (error) {
      if (!isKubeError(error) || error.status === 0) throw error;
      unseen.push(resourceName(type));
      return { type, stranded: [], left: [] };
    }
  });
  const kindsOf = (which: "stranded" | "left") =>
    found
      .map(({ type, [which]: keys }): StrandedKind => ({ type, keys }))
      .filter(({ keys }) => keys.length > 0);
  return { kinds: kindsOf("stranded"), left: kindsOf("left"), unseen: unseen.sort() };
}

interface StrandedFound {
  readonly type: ResourceType;
  readonly stranded: readonly string[];
  readonly left: readonly string[];
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

async function strandedOf(
  type: ApiResource,
  { programs, ...options }: StrandedOptions,
): Promise<Pick<StrandedFound, "stranded" | "left">> {
  const crds = programs.map(({ crd }) => crd);
  const uncovered = await findUncovered(type, {
    ...options,
    crds,
    isCandidate: (object) => isOurs(object, options) && hasFinalizer(object),
  });
  const { configDigest } = options;
  const entries = crds.filter((crd) => isOfType(crd, type));
  const isLeaver = (object: KubeObject) =>
    entries.some((crd) => hasLeft(object, { crd, configDigest }));
  return {
    stranded: keysOf(uncovered.filter((object) => !isLeaver(object))),
    left: keysOf(uncovered.filter(isLeaver)),
  };
}

function keysOf(objects: readonly KubeObject[]): readonly string[] {
  return objects.map(({ metadata }) => objectKey(metadata)).sort();
}

function isOurs(
  { metadata }: KubeObject,
  { katalogNames, digests }: Pick<StrandedOptions, "katalogNames" | "digests">,
): boolean {
  const { [MANAGED_BY_ANNOTATION]: manager, [CONFIG_DIGEST_ANNOTATION]: digest } =
    metadata.annotations ?? {};
  return (
    (manager !== undefined && katalogNames.includes(manager)) ||
    (digest !== undefined && digests.has(digest))
  );
}

/** How a message names the kind: `websites.demo.orkestra.dev`. */
export function resourceName(type: ResourceType): string {
  return type.group === ""
    ? `${type.plural} (${apiVersionOf(type)})`
    : `${type.plural}.${type.group}`;
}
