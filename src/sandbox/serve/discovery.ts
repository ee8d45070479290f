/**
 * Discovery documents, aggregated and per group. Source:
 * https://kubernetes.io/docs/concepts/overview/kubernetes-api/#discovery-api.
 */
import type { Json, JsonObject } from "../../std/json.ts";
import type { ServedKind } from "../kinds/kind.ts";
import type { Site } from "../site.ts";

/** Groups in the order in which a real server prefers them; others follow by name. */
const PREFERRED_GROUPS: readonly string[] = [
  "",
  "apps",
  "events.k8s.io",
  "authentication.k8s.io",
  "authorization.k8s.io",
  "autoscaling",
  "batch",
  "networking.k8s.io",
  "policy",
  "rbac.authorization.k8s.io",
  "storage.k8s.io",
  "apiextensions.k8s.io",
  "scheduling.k8s.io",
  "coordination.k8s.io",
  "node.k8s.io",
  "discovery.k8s.io",
];

interface Group {
  readonly name: string;
  /** Version → its kinds, the preferred version first. */
  readonly versions: ReadonlyMap<string, readonly ServedKind[]>;
}

function groupsOf(site: Site): Group[] {
  const groups = new Map<string, Map<string, ServedKind[]>>();
  for (const kind of site.registry.all()) {
    const { group, version } = kind.resource;
    const versions = groups.get(group) ?? new Map<string, ServedKind[]>();
    groups.set(group, versions.set(version, [...(versions.get(version) ?? []), kind]));
  }
  return [...groups]
    .map(([name, versions]) => ({ name, versions: sortVersions(versions) }))
    .sort(byPreference);
}

function byPreference(left: Group, right: Group): number {
  return rankOf(left.name) - rankOf(right.name) || (left.name < right.name ? -1 : 1);
}

function rankOf(group: string): number {
  const index = PREFERRED_GROUPS.indexOf(group);
  return index < 0 ? PREFERRED_GROUPS.length : index;
}

function sortVersions(versions: Map<string, ServedKind[]>): Map<string, ServedKind[]> {
  return new Map([...versions].sort(([left], [right]) => compareVersions(left, right)));
}

/** `v2` before `v1` before `v1beta1`; other names last. Source: the version priority of CRDs. */
function compareVersions(left: string, right: string): number {
  const [a, b] = [versionRank(left), versionRank(right)];
  for (const [index, rank] of a.entries()) if (rank !== b[index]) return (b[index] ?? 0) - rank;
  return left < right ? -1 : left > right ? 1 : 0;
}

function versionRank(version: string): readonly number[] {
  const [, major, stage, minor = "0"] = /^v(\d+)(?:(alpha|beta)(\d+))?$/.exec(version) ?? [];
  if (major === undefined) return [0, 0, 0];
  const STABLE = 3;
  const level = stage === undefined ? STABLE : stage === "beta" ? 2 : 1;
  return [level, Number(major), Number(minor)];
}

const AGGREGATED = /as=APIGroupDiscoveryList/;

/** The Content-Type of the aggregated form, when the client prefers it. */
export function wantsAggregated(accept: string): string | undefined {
  const range = accept
    .split(",")
    .find((part) => AGGREGATED.test(part) && !part.includes("protobuf"));
  if (range === undefined) return undefined;
  if (range.includes("v=v2beta1")) return undefined;
  return "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList";
}

export function aggregatedDiscovery(site: Site, root: "/api" | "/apis"): JsonObject {
  const groups = groupsOf(site).filter(({ name }) => (name === "") === (root === "/api"));
  return {
    kind: "APIGroupDiscoveryList",
    apiVersion: "apidiscovery.k8s.io/v2",
    metadata: {},
    items: groups.map(({ name, versions }) => ({
      metadata: name === "" ? {} : { name },
      versions: [...versions].map(([version, kinds]) => ({
        version,
        resources: kinds.map(aggregatedResource),
        freshness: "Current",
      })),
    })),
  };
}

const SUBRESOURCE_VERBS = ["get", "patch", "update"];
const SCALE_KIND = { group: "autoscaling", version: "v1", kind: "Scale" };

function aggregatedResource({ resource, custom }: ServedKind): JsonObject {
  const { plural, singular, kind, namespaced, verbs, shortNames, categories } = resource;
  // Only those of custom kinds name their group and version here.
  const { group, version } = custom === undefined ? { group: "", version: "" } : resource;
  const subresources = subresourcesOf(resource).map(({ name, type }) => ({
    subresource: name,
    responseKind: type.group === "" ? { group, version, kind } : type,
    verbs: SUBRESOURCE_VERBS,
  }));
  return {
    resource: plural,
    responseKind: { group, version, kind },
    scope: namespaced ? "Namespaced" : "Cluster",
    singularResource: singular,
    verbs,
    ...(shortNames.length > 0 && { shortNames }),
    ...(categories.length > 0 && { categories }),
    ...(subresources.length > 0 && { subresources }),
  };
}

interface Subresource {
  readonly name: string;
  readonly type: { readonly group: string; readonly version: string; readonly kind: string };
}

function subresourcesOf({ hasScale, hasStatus, kind }: ServedKind["resource"]): Subresource[] {
  return [
    ...(hasScale ? [{ name: "scale", type: SCALE_KIND }] : []),
    ...(hasStatus ? [{ name: "status", type: { group: "", version: "", kind } }] : []),
  ];
}

/** `GET /api` */
export function versionsDocument(): JsonObject {
  return { kind: "APIVersions", versions: ["v1"], serverAddressByClientCIDRs: [] };
}

/** `GET /apis` */
export function groupListDocument(site: Site): JsonObject {
  const groups = groupsOf(site).filter(({ name }) => name !== "");
  return { kind: "APIGroupList", apiVersion: "v1", groups: groups.map(groupEntry) };
}

/** `GET /apis/<group>` */
export function groupDocument(site: Site, name: string): JsonObject | undefined {
  const group = groupsOf(site).find((one) => one.name === name && name !== "");
  return group && { kind: "APIGroup", apiVersion: "v1", ...groupEntry(group) };
}

function groupEntry({ name, versions }: Group): JsonObject {
  const entries: Json[] = [...versions.keys()].map((version) => ({
    groupVersion: `${name}/${version}`,
    version,
  }));
  const [preferredVersion] = entries;
  return { name, versions: entries, ...(preferredVersion !== undefined && { preferredVersion }) };
}

/** `GET /api/v1`, `GET /apis/<group>/<version>` */
export function resourceListDocument(
  site: Site,
  group: string,
  version: string,
): JsonObject | undefined {
  const kinds = groupsOf(site)
    .find(({ name }) => name === group)
    ?.versions.get(version);
  if (kinds === undefined) return undefined;
  return {
    kind: "APIResourceList",
    ...(group !== "" && { apiVersion: "v1" }),
    groupVersion: group === "" ? version : `${group}/${version}`,
    resources: kinds.flatMap(resourceEntries),
  };
}

function resourceEntries({ resource }: ServedKind): JsonObject[] {
  const { plural, singular, kind, namespaced, verbs, shortNames, categories } = resource;
  const own = {
    name: plural,
    singularName: singular,
    namespaced,
    kind,
    verbs,
    ...(shortNames.length > 0 && { shortNames }),
    ...(categories.length > 0 && { categories }),
  };
  const below = subresourcesOf(resource).map(({ name, type }) => ({
    name: `${plural}/${name}`,
    singularName: "",
    namespaced,
    ...(type.group !== "" && { group: type.group, version: type.version }),
    kind: type.kind,
    verbs: SUBRESOURCE_VERBS,
  }));
  return [own, ...below];
}
