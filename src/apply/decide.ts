/**
 * One child as wanted × the same child as seen → what to do about it. Pure: no request, no clock.
 */
import { OWNER_UID_ANNOTATION } from "../kube/marks.ts";
import { type FieldDifference, fieldDifferences } from "../schema/differences.ts";
import type { SchemaNode } from "../schema/node.ts";
import type { KubeObject, OwnerReference } from "../schema/object.ts";
import type { JsonObject } from "../std/json.ts";
import { fingerprint } from "./answers.ts";
import type { FieldChange } from "./changes.ts";
import { type DesiredChild, typeKey } from "./child.ts";
import { isCollectedWith, isOwnedBy, OWNER_ANNOTATION } from "./inventory.ts";
import { isOfNamesake } from "./reclaim.ts";
import { SHAPE_ANNOTATION } from "./shape.ts";

/** So many fields are named. */
const MAX_NAMED = 3;

export type Decision =
  | { readonly kind: "create" }
  | {
      readonly kind: "update";
      readonly uid: string;
      readonly fields: readonly FieldChange[];
      /** Stands for what is corrected and to what; the same again and again is a tug of war. */
      readonly correction: string;
      /** The set of declared fields, or of keys in keyed lists, changed since the last write. */
      readonly isReshaped: boolean;
      /** The child as it is: the server made it so of the same wish before, and is only asked again. */
      readonly again?: KubeObject;
    }
  /** `note`: fields that are not as declared, of one that is never changed. */
  | { readonly kind: "keep"; readonly object: KubeObject; readonly note?: string }
  | { readonly kind: "wait"; readonly reason: string }
  /** Exists, is not ours, and the entry does not say to take it over, or it has a controller that keeps it. */
  | {
      readonly kind: "refuse";
      readonly controller?: OwnerReference;
      /** Another custom resource of ours, in its own namespace: `<Kind>.<group>/<namespace>/<name>`. */
      readonly owner?: string;
      /** It names the very owner of the wanted child, and this uid of it, or none. */
      readonly namesake?: { readonly uid: string | undefined };
    };

export interface DecideOptions {
  readonly ownerUid: string;
  /** It is a child although its marks say otherwise: they were changed. */
  readonly isTampered?: boolean;
  /** Schema of the child's kind; absent for a kind that is not known. */
  readonly schema?: SchemaNode | undefined;
  /** The difference is what the server made of our last apply of this child. Absent: it took all as sent. */
  readonly isExplained?: ((difference: FieldDifference) => boolean) | undefined;
}

export function decideChild(
  desired: DesiredChild,
  observed: KubeObject | undefined,
  options: DecideOptions,
): Decision {
  if (!observed) return { kind: "create" };
  if (observed.metadata.deletionTimestamp !== undefined) {
    return { kind: "wait", reason: "being deleted" };
  }
  const isOurs = isChild(observed, options);
  if (!isOurs && isLeftover(desired, observed)) {
    return { kind: "wait", reason: "left over from a deleted owner of the same name" };
  }
  if (!isOurs) {
    // Both would write it for ever, and it would be collected with whichever goes first.
    const controller = observed.metadata.ownerReferences?.find(
      (owner) => owner.controller === true,
    );
    if (controller) return { kind: "refuse", controller };
    if (!desired.policy.adopt) return refuseUnadopted(desired, observed, options);
  }
  if (isOurs && !desired.policy.isUpdated) return keepAsMade(desired, observed, options);
  const differences = ownedDifferences(desired, observed, options);
  if (isOurs && differences.length === 0) return { kind: "keep", object: observed };
  return {
    kind: "update",
    uid: observed.metadata.uid ?? "",
    fields: differences.map((difference) => fieldChange(desired, difference)),
    correction: fingerprint(differences.map(({ path, after }) => ({ path, after }))),
    isReshaped: shapeOf(desired.object) !== shapeOf(observed) || differences.some(isNewItem),
  };
}

/** Labels and annotations make no other Job. */
function keepAsMade(
  desired: DesiredChild,
  observed: KubeObject,
  options: DecideOptions,
): Extract<Decision, { kind: "keep" }> {
  const keep = { kind: "keep", object: observed } as const;
  if (!desired.policy.isDifferenceTold) return keep;
  const fields = ownedDifferences(desired, observed, options)
    .map(({ path }) => path)
    .filter((path) => path.startsWith("spec."));
  return fields.length === 0 ? keep : { ...keep, note: madeOnce(fields) };
}

/** For `ork why` and the plan, behind the name of the child. */
function madeOnce(fields: readonly string[]): string {
  const named = fields.slice(0, MAX_NAMED).map((path) => `"${path}"`);
  const more = fields.length > MAX_NAMED ? ` and ${fields.length - MAX_NAMED} more` : "";
  return `not as declared (${named.join(", ")}${more}) and left as it is: a Job is made once, set "recreate: true" on the entry or delete the Job to run it anew`;
}

function isChild(observed: KubeObject, { ownerUid, isTampered }: DecideOptions): boolean {
  return isTampered === true || isOwnedBy(observed, ownerUid);
}

function refuseUnadopted(
  desired: DesiredChild,
  observed: KubeObject,
  { ownerUid: uid }: DecideOptions,
): Decision {
  const owner = observed.metadata.annotations?.[OWNER_ANNOTATION];
  if (owner === undefined) return { kind: "refuse" };
  const text = desired.object.metadata.annotations?.[OWNER_ANNOTATION] ?? "";
  if (!isOfNamesake(observed, { text, uid })) return { kind: "refuse", owner };
  const namesake = { uid: observed.metadata.annotations?.[OWNER_UID_ANNOTATION] };
  return { kind: "refuse", owner, namesake };
}

/** An item that a keyed list has not yet: often one whose key changed, so that the old one must go. */
function isNewItem({ path, before }: FieldDifference): boolean {
  return before === undefined && path.endsWith("]");
}

function shapeOf({ metadata }: KubeObject): string | undefined {
  return metadata.annotations?.[SHAPE_ANNOTATION];
}

/** The fields that we declare and that differ, less those that the server rewrites each time. */
function ownedDifferences(
  desired: DesiredChild,
  observed: KubeObject,
  { schema, isExplained }: DecideOptions,
): readonly FieldDifference[] {
  const found = fieldDifferences(asJson(desired.object), asJson(observed), schema);
  if (found.length === 0 || !isExplained) return found;
  return found.filter((difference) => !isExplained(difference));
}

/** The garbage collector is about to take it: its owner reference names a uid that is gone. */
function isLeftover(desired: DesiredChild, observed: KubeObject): boolean {
  const owner = desired.object.metadata.annotations?.[OWNER_ANNOTATION];
  const reference = desired.object.metadata.ownerReferences?.[0];
  return (
    owner !== undefined &&
    observed.metadata.annotations?.[OWNER_ANNOTATION] === owner &&
    reference !== undefined &&
    !isCollectedWith(observed, reference.uid) &&
    (observed.metadata.ownerReferences?.length ?? 0) > 0
  );
}

/** Values of Secrets are never recorded. */
function fieldChange(desired: DesiredChild, { path, before, after }: FieldDifference): FieldChange {
  if (typeKey(desired.type) === "Secret") return { path };
  return {
    path,
    ...(before === undefined ? {} : { before }),
    ...(after === undefined ? {} : { after }),
  };
}

function asJson(object: KubeObject): JsonObject {
  return object as unknown as JsonObject;
}
