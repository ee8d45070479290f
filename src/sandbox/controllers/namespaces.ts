/** Namespaces: a default ServiceAccount and CA bundle in each; contents go before it does. */
import type { KubeObject } from "../../schema/object.ts";
import type { JsonObject } from "../../std/json.ts";
import type { ServedKind } from "../kinds/kind.ts";
import { knownKind } from "../kinds/registry.ts";
import { objectIn } from "../kinds/strategies-workload.ts";
import type { Site } from "../site.ts";
import { createObject } from "../write/create.ts";
import { deleteObject } from "../write/delete.ts";
import { internalWrite } from "../write/request.ts";
import type { Controller } from "./loop.ts";

const NAMESPACES = "namespaces";
const SERVICE_ACCOUNTS = "serviceaccounts";
const CLEANUP_POLL_MS = 50;

export function namespaceController(site: Site): Controller {
  return {
    name: "namespaces",
    affected({ collection, key, kind }) {
      if (collection === NAMESPACES) return kind === "deleted" ? [] : [key];
      const isAccountGone = collection === SERVICE_ACCOUNTS && kind === "deleted";
      return isAccountGone ? [key.split("/")[0] ?? ""] : [];
    },
    reconcile(name) {
      const namespace = site.store.get(NAMESPACES, name);
      if (namespace === undefined) return undefined;
      if (namespace.metadata.deletionTimestamp !== undefined) return empty(site, namespace);
      ensureAccount(site, name);
      return undefined;
    },
  };
}

function ensureAccount(site: Site, namespace: string): void {
  if (site.store.get(SERVICE_ACCOUNTS, `${namespace}/default`) !== undefined) return;
  const kind = knownKind(site.registry, "v1", "ServiceAccount");
  createObject(
    site,
    {
      target: { kind, namespace, name: "", subresource: "" },
      body: { apiVersion: "v1", kind: "ServiceAccount", metadata: { name: "default" } },
    },
    internalWrite("kube-controller-manager"),
  );
}

/** Deletes what is in the namespace; when nothing is left, lets it go. */
function empty(site: Site, namespace: KubeObject): number | undefined {
  const { name } = namespace.metadata;
  let left = 0;
  for (const kind of contentKinds(site)) {
    for (const { metadata } of site.store.list(kind.collection, name)) {
      const target = { kind, namespace: name, name: metadata.name, subresource: "" } as const;
      if (metadata.deletionTimestamp === undefined) deleteObject(site, target, { dryRun: false });
      if (site.store.get(kind.collection, `${name}/${metadata.name}`) !== undefined) left++;
    }
  }
  if (left > 0) return CLEANUP_POLL_MS;
  release(site, namespace);
  return undefined;
}

/** One kind per collection: versions share it. */
function contentKinds(site: Site): ServedKind[] {
  const kinds = new Map<string, ServedKind>();
  for (const kind of site.registry.all()) {
    const isStored = kind.resource.verbs.includes("delete");
    if (kind.resource.namespaced && isStored) kinds.set(kind.collection, kind);
  }
  return [...kinds.values()];
}

/** What the `finalize` subresource does: the last finalizer of the spec goes. */
function release(site: Site, namespace: KubeObject): void {
  const { finalizers: _, ...spec } = objectIn(namespace.spec);
  const free = { ...namespace, spec: spec as JsonObject };
  const { name, finalizers = [] } = namespace.metadata;
  if (finalizers.length > 0) site.store.put(NAMESPACES, free);
  else site.store.remove(NAMESPACES, name);
}
