/** What a request to an API server asks for, read from its method and URL; and rules that pick some. */

export interface KubeRequest {
  readonly verb: Verb;
  readonly method: string;
  /** `configmaps`, `websites/status`; of paths that are no resources the path itself. */
  readonly resource: string;
  /** Empty for cluster-scoped resources, and for lists over all namespaces. */
  readonly namespace: string;
  readonly name: string;
  /** Path and query. */
  readonly url: string;
}

export type Verb = "get" | "list" | "watch" | "create" | "update" | "patch" | "delete" | "other";

/** Absent fields match everything. */
export interface RequestMatch {
  readonly verb?: Verb | readonly Verb[];
  readonly resource?: string | readonly string[];
  /** Resources that do not match. */
  readonly except?: readonly string[];
  readonly namespace?: string;
  readonly name?: string;
}

export const WRITES: readonly Verb[] = ["create", "update", "patch", "delete"];

const VERBS: Readonly<Record<string, Verb>> = {
  POST: "create",
  PUT: "update",
  PATCH: "patch",
  DELETE: "delete",
};

export function readKubeRequest(method: string, url: string): KubeRequest {
  const { pathname, searchParams } = new URL(url, "http://server");
  const parts = pathname.split("/").filter((part) => part !== "");
  const inGroup = parts[0] === "api" ? parts.slice(2) : parts.slice(3);
  const isResource = (parts[0] === "api" || parts[0] === "apis") && inGroup.length > 0;
  if (!isResource) {
    return { verb: "other", method, resource: pathname, namespace: "", name: "", url };
  }
  const isNamespaced = inGroup[0] === "namespaces" && inGroup.length > 2;
  const namespace = isNamespaced ? (inGroup[1] ?? "") : "";
  const [plural = "", name = "", part] = isNamespaced ? inGroup.slice(2) : inGroup;
  const resource = part === undefined ? plural : `${plural}/${part}`;
  const isWatch = ["true", "1"].includes(searchParams.get("watch") ?? "");
  const read: Verb = isWatch ? "watch" : name === "" ? "list" : "get";
  return { verb: VERBS[method] ?? read, method, resource, namespace, name, url };
}

export function matchesRequest(request: KubeRequest, match: RequestMatch): boolean {
  const { verb, resource, except, namespace, name } = match;
  if (verb !== undefined && ![verb].flat().includes(request.verb)) return false;
  if (resource !== undefined && ![resource].flat().includes(request.resource)) return false;
  if (except?.includes(request.resource)) return false;
  if (namespace !== undefined && namespace !== request.namespace) return false;
  return name === undefined || name === request.name;
}
