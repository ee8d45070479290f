/**
 * Reads what an API server serves: the aggregated form, two requests for everything
 * (https://kubernetes.io/docs/concepts/overview/kubernetes-api/#aggregated-discovery), or the older
 * form, one request per group and version, where the server does not know the first.
 */
import type { JsonObject } from "../std/json.ts";
import { mapParallel } from "../std/parallel.ts";
import type { ApiResource } from "./api-resource.ts";
import { isKubeError } from "./error.ts";
import { groupVersionPath } from "./resource-path.ts";
import type { Transport } from "./transport.ts";

export interface DiscoveryDocument {
  readonly resources: readonly ApiResource[];
  /** `group/version`. */
  readonly staleGroups: readonly string[];
}

const AGGREGATED_TYPE =
  "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,application/json";
/** Requests at once for the older form; a cluster has some 30 groups. */
const PARALLEL_READS = 8;

export async function readDiscovery(transport: Transport): Promise<DiscoveryDocument> {
  const documents = await Promise.all(["/api", "/apis"].map((path) => readRoot(transport, path)));
  return {
    resources: documents.flatMap(({ resources }) => resources),
    staleGroups: documents.flatMap(({ staleGroups }) => staleGroups),
  };
}

async function readRoot(transport: Transport, path: string): Promise<DiscoveryDocument> {
  const answer = await transport.request({ method: "GET", path, accept: AGGREGATED_TYPE });
  return answer["kind"] === "APIGroupDiscoveryList"
    ? fromAggregated(answer)
    : readEachGroup(transport, answer);
}

interface GroupDiscovery {
  readonly metadata?: { readonly name?: string };
  readonly versions?: readonly {
    readonly version: string;
    readonly freshness?: string;
    readonly resources?: readonly ResourceDiscovery[];
  }[];
}

interface ResourceDiscovery {
  readonly resource: string;
  readonly responseKind?: { readonly group?: string; readonly version?: string; kind?: string };
  readonly scope?: string;
  readonly singularResource?: string;
  readonly verbs?: readonly string[];
  readonly shortNames?: readonly string[];
  readonly categories?: readonly string[];
  readonly subresources?: readonly { readonly subresource: string }[];
}

function fromAggregated(answer: JsonObject): DiscoveryDocument {
  const { items } = answer as { items?: readonly GroupDiscovery[] };
  const resources: ApiResource[] = [];
  const staleGroups: string[] = [];
  for (const { metadata, versions } of items ?? []) {
    const group = metadata?.name ?? "";
    for (const { version, freshness, resources: found } of versions ?? []) {
      if (freshness === "Stale") staleGroups.push(`${group}/${version}`);
      for (const item of found ?? []) resources.push(fromDiscovery({ group, version }, item));
    }
  }
  return { resources, staleGroups };
}

function fromDiscovery(
  { group, version }: { readonly group: string; readonly version: string },
  item: ResourceDiscovery,
): ApiResource {
  const subresources = (item.subresources ?? []).map(({ subresource }) => subresource);
  return {
    group,
    version,
    kind: item.responseKind?.kind ?? "",
    plural: item.resource,
    namespaced: item.scope === "Namespaced",
    singular: item.singularResource ?? "",
    shortNames: item.shortNames ?? [],
    categories: item.categories ?? [],
    verbs: item.verbs ?? [],
    subresources,
    hasStatus: subresources.includes("status"),
    hasScale: subresources.includes("scale"),
  };
}

interface GroupVersion {
  readonly group: string;
  readonly version: string;
}

async function readEachGroup(transport: Transport, answer: JsonObject): Promise<DiscoveryDocument> {
  const staleGroups: string[] = [];
  const found = await mapParallel(groupVersionsOf(answer), PARALLEL_READS, async (type) => {
    try {
      const path = groupVersionPath(type);
      return fromResourceList(type, await transport.request({ method: "GET", path }));
    } catch (error) {
      // 503 of a dead aggregated API, 404 of one that was removed between the two requests.
      if (!isKubeError(error) || error.status === 0) throw error;
      staleGroups.push(`${type.group}/${type.version}`);
      return [];
    }
  });
  return { resources: found.flat(), staleGroups };
}

/** From an APIVersions (`/api`) or an APIGroupList (`/apis`), preferred versions first. */
function groupVersionsOf(answer: JsonObject): readonly GroupVersion[] {
  const { versions, groups } = answer as {
    versions?: readonly string[];
    groups?: readonly {
      readonly name: string;
      readonly versions: readonly { readonly version: string }[];
      readonly preferredVersion?: { readonly version: string };
    }[];
  };
  if (versions !== undefined) return versions.map((version) => ({ group: "", version }));
  return (groups ?? []).flatMap(({ name: group, versions: all, preferredVersion }) => {
    const others = all.filter(({ version }) => version !== preferredVersion?.version);
    const ordered = preferredVersion === undefined ? others : [preferredVersion, ...others];
    return ordered.map(({ version }) => ({ group, version }));
  });
}

interface ResourceEntry {
  readonly name: string;
  readonly singularName?: string;
  readonly namespaced: boolean;
  readonly kind: string;
  readonly verbs?: readonly string[];
  readonly shortNames?: readonly string[];
  readonly categories?: readonly string[];
}

/** From an APIResourceList, in which subresources are entries named `deployments/status`. */
function fromResourceList(type: GroupVersion, answer: JsonObject): readonly ApiResource[] {
  const { resources = [] } = answer as { resources?: readonly ResourceEntry[] };
  return resources
    .filter(({ name }) => !name.includes("/"))
    .map((item) => {
      const prefix = `${item.name}/`;
      const subresources = resources
        .filter(({ name }) => name.startsWith(prefix))
        .map(({ name }) => ({ subresource: name.slice(prefix.length) }));
      return fromDiscovery(type, {
        resource: item.name,
        responseKind: { kind: item.kind },
        scope: item.namespaced ? "Namespaced" : "Cluster",
        singularResource: item.singularName ?? "",
        verbs: item.verbs ?? [],
        shortNames: item.shortNames ?? [],
        categories: item.categories ?? [],
        subresources,
      });
    });
}
