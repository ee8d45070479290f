/** Request paths of the API: https://kubernetes.io/docs/reference/using-api/api-concepts/#resource-uris. */
import type { ResourceType } from "../schema/object.ts";

export interface ResourceAddress {
  /** Absent: all namespaces, or a cluster-scoped kind. */
  readonly namespace?: string | undefined;
  /** Absent: the collection. */
  readonly name?: string | undefined;
  readonly subresource?: string | undefined;
}

export function resourcePath(type: ResourceType, address: ResourceAddress = {}): string {
  const { namespace, name, subresource } = address;
  let path = groupVersionPath(type);
  // A stray namespace on a cluster-scoped object must not make a path that no server knows.
  if (namespace && type.namespaced) path += `/namespaces/${encodeURIComponent(namespace)}`;
  path += `/${type.plural}`;
  if (name) path += `/${encodeURIComponent(name)}`;
  return subresource ? `${path}/${subresource}` : path;
}

export function groupVersionPath(type: Pick<ResourceType, "group" | "version">): string {
  return type.group === "" ? `/api/${type.version}` : `/apis/${type.group}/${type.version}`;
}

/** Appends the parameters that are set. */
export function withQuery(
  path: string,
  parameters: Readonly<Record<string, string | number | boolean | undefined>>,
): string {
  let query = "";
  for (const [key, value] of Object.entries(parameters)) {
    if (value === undefined || value === "") continue;
    query += `${query === "" ? "?" : "&"}${key}=${encodeURIComponent(value)}`;
  }
  return path + query;
}
