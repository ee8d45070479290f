/**
 * Garbage collection by owner references: dependents of what is gone (or never was) are deleted;
 * foreground deletions wait for them, orphaning ones let them be. Source:
 * https://kubernetes.io/docs/concepts/architecture/garbage-collection/.
 */
import type { KubeObject, OwnerReference } from "../../schema/object.ts";
import type { ServedKind } from "../kinds/kind.ts";
import { knownOwnerKind } from "../kinds/owners.ts";
import type { Site } from "../site.ts";
import type { Change } from "../store/change.ts";
import {
  deleteObject,
  FOREGROUND_FINALIZER,
  ORPHAN_FINALIZER,
  type Propagation,
} from "../write/delete.ts";
import { patchObject } from "../write/patch.ts";
import { internalWrite, type Target } from "../write/request.ts";
import type { Controller } from "./loop.ts";

const MANAGER = "kube-controller-manager";
const WAIT_MS = 50;

interface Place {
  readonly collection: string;
  readonly key: string;
}

export function garbageController(site: Site): Controller {
  const dependents = new Map<string, Map<string, Place>>();

  function affected(change: Change): string[] {
    const place = `${change.collection} ${change.key}`;
    index(change, place);
    const owned = [...(dependents.get(change.object.metadata.uid ?? "")?.keys() ?? [])];
    if (change.kind === "deleted") return [...owned, ...ownersWaiting(change.object)];
    return needsLook(change.object) ? [place] : [];
  }

  function index(change: Change, place: string): void {
    for (const { uid } of change.previous?.metadata.ownerReferences ?? []) {
      dependents.get(uid)?.delete(place);
      if (dependents.get(uid)?.size === 0) dependents.delete(uid);
    }
    if (change.kind === "deleted") return;
    for (const { uid } of change.object.metadata.ownerReferences ?? []) {
      const known = dependents.get(uid) ?? new Map<string, Place>();
      dependents.set(uid, known.set(place, { collection: change.collection, key: change.key }));
    }
  }

  /** Owners that are being deleted in the foreground wait for this one. */
  function ownersWaiting({ metadata }: KubeObject): string[] {
    return (metadata.ownerReferences ?? []).flatMap((owner) => {
      const found = findOwner(site, owner, metadata.namespace ?? "");
      if (found?.object.metadata.deletionTimestamp === undefined) return [];
      return [`${found.kind.collection} ${keyOf(found.object)}`];
    });
  }

  return {
    name: "garbage",
    affected,
    reconcile(place) {
      const [collection = "", key = ""] = place.split(" ");
      const object = site.store.get(collection, key);
      const kind = site.registry.ofCollection(collection);
      if (object === undefined || kind === undefined) return undefined;
      const below = [...(dependents.get(object.metadata.uid ?? "")?.values() ?? [])];
      if (object.metadata.deletionTimestamp !== undefined)
        return settle(site, { object, kind }, below);
      collect(site, { object, kind });
      return undefined;
    },
  };
}

function needsLook({ metadata }: KubeObject): boolean {
  return (
    (metadata.ownerReferences ?? []).length > 0 ||
    (metadata.deletionTimestamp !== undefined && (metadata.finalizers ?? []).length > 0)
  );
}

interface Found {
  readonly object: KubeObject;
  readonly kind: ServedKind;
}

function keyOf({ metadata }: KubeObject): string {
  return metadata.namespace === undefined
    ? metadata.name
    : `${metadata.namespace}/${metadata.name}`;
}

/** The owner itself, alive or being deleted: same kind, name, scope and uid. */
function findOwner(site: Site, owner: OwnerReference, namespace: string): Found | undefined {
  const kind = knownOwnerKind(site.registry, owner);
  if (kind === undefined) return undefined;
  const key = kind.resource.namespaced ? `${namespace}/${owner.name}` : owner.name;
  const object = site.store.get(kind.collection, key);
  return object?.metadata.uid === owner.uid ? { object, kind } : undefined;
}

/** An object whose owners are all gone goes too; with some left it loses the others' references. */
function collect(site: Site, { object, kind }: Found): void {
  const { ownerReferences = [], namespace = "" } = object.metadata;
  const known = ownerReferences.filter(
    (owner) => knownOwnerKind(site.registry, owner) !== undefined,
  );
  if (known.length < ownerReferences.length || known.length === 0) return;
  const found = ownerReferences.map((owner) => ({ owner, at: findOwner(site, owner, namespace) }));
  const solid = found.filter(({ at }) => at !== undefined && !isForeground(at.object));
  if (solid.length === ownerReferences.length) return;
  if (solid.length > 0) {
    setOwners(
      site,
      { object, kind },
      solid.map(({ owner }) => owner),
    );
    return;
  }
  const isWaitedFor = found.some(({ owner, at }) => at !== undefined && owner.blockOwnerDeletion);
  remove(site, { object, kind }, isWaitedFor ? "Foreground" : "Background");
}

function isForeground({ metadata }: KubeObject): boolean {
  const isDeleted = metadata.deletionTimestamp !== undefined;
  return isDeleted && (metadata.finalizers ?? []).includes(FOREGROUND_FINALIZER);
}

/** What a deletion promised about dependents, then its finalizer goes. */
function settle(site: Site, found: Found, dependents: readonly Place[]): number | undefined {
  const { finalizers = [], uid = "" } = found.object.metadata;
  if (finalizers.includes(ORPHAN_FINALIZER)) {
    for (const place of dependents) orphan(site, place, uid);
    dropFinalizer(site, found, ORPHAN_FINALIZER);
    return undefined;
  }
  if (!finalizers.includes(FOREGROUND_FINALIZER)) return undefined;
  const blocking = dependents.filter((place) => blocks(site, place, uid));
  if (blocking.length === 0) {
    dropFinalizer(site, found, FOREGROUND_FINALIZER);
    return undefined;
  }
  for (const { collection, key } of dependents) {
    const object = site.store.get(collection, key);
    const kind = site.registry.ofCollection(collection);
    const isNew = object !== undefined && object.metadata.deletionTimestamp === undefined;
    if (isNew && kind !== undefined) collect(site, { object, kind });
  }
  return WAIT_MS;
}

function blocks(site: Site, { collection, key }: Place, uid: string): boolean {
  const owners = site.store.get(collection, key)?.metadata.ownerReferences ?? [];
  return owners.some((owner) => owner.uid === uid && owner.blockOwnerDeletion === true);
}

function orphan(site: Site, { collection, key }: Place, uid: string): void {
  const object = site.store.get(collection, key);
  const kind = site.registry.ofCollection(collection);
  if (object === undefined || kind === undefined) return;
  const left = (object.metadata.ownerReferences ?? []).filter((owner) => owner.uid !== uid);
  setOwners(site, { object, kind }, left);
}

function targetOf({ object, kind }: Found): Target {
  const { namespace = "", name } = object.metadata;
  return { kind, namespace, name, subresource: "" };
}

function setOwners(site: Site, found: Found, owners: readonly OwnerReference[]): void {
  const ownerReferences = owners.length > 0 ? owners.map((owner) => ({ ...owner })) : null;
  const patch = { metadata: { ownerReferences } };
  patchObject(site, { target: targetOf(found), type: "merge", patch }, internalWrite(MANAGER));
}

function dropFinalizer(site: Site, found: Found, finalizer: string): void {
  const left = (found.object.metadata.finalizers ?? []).filter((one) => one !== finalizer);
  const patch = { metadata: { finalizers: left } };
  patchObject(site, { target: targetOf(found), type: "merge", patch }, internalWrite(MANAGER));
}

function remove(site: Site, found: Found, propagation: Propagation): void {
  const { uid } = found.object.metadata;
  deleteObject(site, targetOf(found), { dryRun: false, propagation, uid });
}
