/**
 * CustomResourceDefinitions come to life: names accepted, served at once, conditions set; and when
 * one goes, its objects go first.
 */
import type { KubeObject } from "../../schema/object.ts";
import { isJsonObject, type Json, type JsonObject } from "../../std/json.ts";
import { kindsOfCrd } from "../kinds/crds.ts";
import { collectionName, type ServedKind } from "../kinds/kind.ts";
import { knownKind } from "../kinds/registry.ts";
import { objectIn } from "../kinds/strategies-workload.ts";
import { type Site, timestamp } from "../site.ts";
import { CRD_FINALIZER, deleteObject } from "../write/delete.ts";
import { patchObject } from "../write/patch.ts";
import { internalWrite, type Target } from "../write/request.ts";
import type { Controller } from "./loop.ts";

const DEFINITIONS = "customresourcedefinitions.apiextensions.k8s.io";

/**
 * Starts serving in the write itself, so that a client that saw `Established` finds the kind. The
 * returned function stops following definitions.
 */
export function serveDefinitions(site: Site): () => void {
  return site.store.listenToAll((change) => {
    if (change.collection !== DEFINITIONS) return;
    const { name } = change.object.metadata;
    if (change.kind !== "deleted") return serve(site, change.object);
    site.registry.setCustom(name, []);
    site.store.closeCollection(collectionOf(change.object));
  });
}

function serve(site: Site, definition: KubeObject): void {
  const conflicting = conflictingKind(site, definition);
  if (conflicting !== undefined) return;
  site.store.openCollection(collectionOf(definition));
  site.registry.setCustom(definition.metadata.name, kindsOfCrd(definition));
}

function collectionOf({ spec }: KubeObject): string {
  const { group, names } = objectIn(spec);
  return collectionName(String(group), String(objectIn(names)["plural"]));
}

/** A kind of another definition in the same group that has one of this one's names. */
function conflictingKind(site: Site, { metadata, spec }: KubeObject): ServedKind | undefined {
  const { group, names } = objectIn(spec);
  const { kind, plural } = objectIn(names);
  for (const served of site.registry.all()) {
    if (served.resource.group !== group || served.custom?.crd === metadata.name) continue;
    if (served.resource.kind === kind || served.resource.plural === plural) return served;
  }
  return undefined;
}

export function definitionController(site: Site): Controller {
  const kind = knownKind(site.registry, "apiextensions.k8s.io/v1", "CustomResourceDefinition");
  return {
    name: "definitions",
    affected: ({ collection, key }) => (collection === DEFINITIONS ? [key] : []),
    reconcile(name) {
      const definition = site.store.get(DEFINITIONS, name);
      if (definition === undefined) return undefined;
      const target: Target = { kind, namespace: "", name, subresource: "status" };
      if (definition.metadata.deletionTimestamp !== undefined)
        return finalize(site, definition, target);
      const status = establishedStatus(site, definition);
      const patch = { status: status as JsonObject };
      patchObject(site, { target, type: "merge", patch }, internalWrite("kube-apiserver"));
      return undefined;
    },
  };
}

function establishedStatus(site: Site, definition: KubeObject): JsonObject {
  const spec = objectIn(definition.spec);
  const clash = conflictingKind(site, definition);
  const kinds = clash === undefined ? kindsOfCrd(definition) : [];
  const names = objectIn(spec["names"]);
  const kind = String(names["kind"]);
  const versions = Array.isArray(spec["versions"]) ? spec["versions"].filter(isJsonObject) : [];
  const accepted = {
    ...names,
    singular: names["singular"] ?? kind.toLowerCase(),
    listKind: names["listKind"] ?? `${kind}List`,
  };
  const before = objectIn(definition.status)["conditions"];
  const facts: Fact[] =
    kinds.length > 0 || clash === undefined
      ? [
          {
            type: "NamesAccepted",
            status: "True",
            reason: "NoConflicts",
            message: "no conflicts found",
          },
          {
            type: "Established",
            status: "True",
            reason: "InitialNamesAccepted",
            message: "the initial names have been accepted",
          },
        ]
      : [
          {
            type: "NamesAccepted",
            status: "False",
            reason: "KindConflict",
            message: `${JSON.stringify(kind)} is already in use`,
          },
          {
            type: "Established",
            status: "False",
            reason: "NotAccepted",
            message: "not all names are accepted",
          },
        ];
  return {
    acceptedNames: clash === undefined ? accepted : { plural: "", kind: "" },
    storedVersions: versions
      .filter(({ storage }) => storage === true)
      .map(({ name }) => name ?? ""),
    conditions: facts.map((fact) => withTime(site, fact, before)),
  };
}

interface Fact {
  readonly type: string;
  readonly status: string;
  readonly reason: string;
  readonly message: string;
}

function withTime(site: Site, fact: Fact, before: Json | undefined): JsonObject {
  const known = Array.isArray(before) ? before.filter(isJsonObject) : [];
  const same = known.find(({ type, status }) => type === fact.type && status === fact.status);
  return { lastTransitionTime: same?.["lastTransitionTime"] ?? timestamp(site.clock), ...fact };
}

const CLEANUP_POLL_MS = 50;

/** Deletes the custom objects; those with finalizers hold the definition. */
function finalize(site: Site, definition: KubeObject, target: Target): number | undefined {
  const { finalizers = [], name } = definition.metadata;
  if (!finalizers.includes(CRD_FINALIZER)) return undefined;
  const served = [...site.registry.all()].find(({ custom }) => custom?.crd === name);
  const objects = served === undefined ? [] : site.store.list(served.collection);
  for (const { metadata } of objects) {
    if (served === undefined || metadata.deletionTimestamp !== undefined) continue;
    deleteObject(
      site,
      { kind: served, namespace: metadata.namespace ?? "", name: metadata.name, subresource: "" },
      { dryRun: false },
    );
  }
  if (served !== undefined && site.store.list(served.collection).length > 0) return CLEANUP_POLL_MS;
  const left = finalizers.filter((one) => one !== CRD_FINALIZER);
  patchObject(
    site,
    {
      target: { ...target, subresource: "" },
      type: "merge",
      patch: { metadata: { finalizers: left } },
    },
    internalWrite("kube-apiserver"),
  );
  return undefined;
}
