/**
 * Objects that name this custom resource as their owner, with the uid of another one. Where no owner reference is
 * allowed, that uid is all that tells a child from what an earlier custom resource of the name left behind.
 *
 * - somebody else wrote, or removed, the uid on what we made since this custom resource is there: it is our child
 * - we wrote it, or the object is older: it was left behind. That holds for a restore from a backup, too, which
 *   gives custom resources new uids and keeps `managedFields`
 *
 * Pure.
 */
import { holdsField } from "../kube/field-managers.ts";
import { FIELD_MANAGER } from "../kube/kube-client.ts";
import { MANAGED_LABEL, OWNER_UID_ANNOTATION } from "../kube/marks.ts";
import type { KubeObject } from "../schema/object.ts";
import { isJsonObject } from "../std/json.ts";
import { isOwnedBy, OWNER_ANNOTATION } from "./inventory.ts";

/** The custom resource that is named. */
export interface Namesake {
  /** As the annotation has it. */
  readonly text: string;
  readonly uid: string;
  /** `creationTimestamp`. */
  readonly bornAt?: string | undefined;
}

/** Carries our label, names this owner, and is not marked as its child. */
export function isOfNamesake(
  child: KubeObject,
  { text, uid }: Pick<Namesake, "text" | "uid">,
): boolean {
  const { labels, annotations, ownerReferences = [] } = child.metadata;
  return (
    labels?.[MANAGED_LABEL] === "true" &&
    annotations?.[OWNER_ANNOTATION] === text &&
    // The garbage collector sees to those.
    ownerReferences.length === 0 &&
    !isOwnedBy(child, uid)
  );
}

/** `live`: as the server told it, with `managedFields`. Ours all the same: somebody changed the uid that we wrote. */
export function isTampered(live: KubeObject, namesake: Namesake): boolean {
  if (!isOfNamesake(live, namesake)) return false;
  const born = live.metadata.creationTimestamp;
  const { bornAt } = namesake;
  // Of the API, in whole seconds of UTC, which sort as text.
  if (typeof born === "string" && bornAt !== undefined && born < bornAt) return false;
  return isHeldByUs(live, OWNER_ANNOTATION) && !isHeldByUs(live, OWNER_UID_ANNOTATION);
}

function isHeldByUs({ metadata }: KubeObject, annotation: string): boolean {
  return (metadata.managedFields ?? []).some(
    ({ manager, fieldsV1 }) =>
      manager === FIELD_MANAGER &&
      isJsonObject(fieldsV1) &&
      holdsField({ manager, fields: fieldsV1 }, `metadata.annotations[${annotation}]`),
  );
}

/** Goes on with "it was": `left behind by an earlier "Box.example.com/team-a/b1" (uid …) that is gone`. */
export function leftBehindText({ owner, ownerUid }: LeftBehind): string {
  const uid = ownerUid === undefined ? "" : ` (uid ${ownerUid})`;
  return `left behind by an earlier "${owner}"${uid} that is gone`;
}

export interface LeftBehind {
  /** As the annotations have both. */
  readonly owner: string;
  readonly ownerUid?: string | undefined;
}
