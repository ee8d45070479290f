/**
 * The inventory: which objects of the cluster belong to which custom resource. It is kept as marks
 * on the children themselves, never as a stored list, so that it cannot disagree with the cluster.
 *
 * Labels are for selecting, annotations for accounting, owner references for the garbage collector
 * wherever Kubernetes allows them: in the owner's namespace, or when the owner has none
 * (https://kubernetes.io/docs/concepts/overview/working-with-objects/owners-dependents/).
 */
import { createHash } from "node:crypto";
import {
  MANAGED_BY_LABEL,
  MANAGED_BY_VALUE,
  MANAGED_LABEL,
  OWNER_LABEL,
  OWNER_UID_ANNOTATION,
} from "../kube/marks.ts";
import {
  apiVersionOf,
  type KubeObject,
  type OwnerReference,
  objectKey,
  type ResourceType,
} from "../schema/object.ts";

/** On a child: `<Kind>.<group>/<namespace>/<name>` of its owner. */
export const OWNER_ANNOTATION = "orkestra.orkspace.io/owner";

/** The custom resource that children belong to. */
export interface Owner {
  readonly type: ResourceType;
  readonly name: string;
  readonly namespace?: string;
  readonly uid: string;
}

const LABEL_LIMIT = 63;
const HASH_LENGTH = 10;

/** A label value that stands for `text`: itself, or, over 63 characters, its start and a hash. */
export function labelValue(text: string): string {
  if (text.length <= LABEL_LIMIT) return text;
  const hash = createHash("sha256").update(text).digest("hex").slice(0, HASH_LENGTH);
  // A value must end in a letter or digit in front of our dash as well as behind it.
  const start = text.slice(0, LABEL_LIMIT - HASH_LENGTH - 1).replace(/[^A-Za-z0-9]+$/, "");
  return `${start}-${hash}`;
}

export function markLabels(owner: Pick<Owner, "name">): Record<string, string> {
  return {
    [MANAGED_LABEL]: "true",
    [OWNER_LABEL]: labelValue(owner.name),
    [MANAGED_BY_LABEL]: MANAGED_BY_VALUE,
  };
}

export function markAnnotations(owner: Owner): Record<string, string> {
  return { [OWNER_ANNOTATION]: ownerText(owner), [OWNER_UID_ANNOTATION]: owner.uid };
}

/** The reference that lets the cluster collect the child, or `undefined` where it is not legal. */
export function ownerReference(
  owner: Owner,
  child: { readonly namespace?: string | undefined },
): OwnerReference | undefined {
  if (owner.namespace !== undefined && owner.namespace !== child.namespace) return undefined;
  return {
    apiVersion: apiVersionOf(owner.type),
    kind: owner.type.kind,
    name: owner.name,
    uid: owner.uid,
    controller: true,
    blockOwnerDeletion: true,
  };
}

/** Does the cluster's garbage collector remove this child together with its owner? */
export function isCollectedWith(child: KubeObject, ownerUid: string): boolean {
  return child.metadata.ownerReferences?.some(({ uid }) => uid === ownerUid) ?? false;
}

export function isOwnedBy(child: KubeObject, ownerUid: string): boolean {
  return (
    isCollectedWith(child, ownerUid) ||
    child.metadata.annotations?.[OWNER_UID_ANNOTATION] === ownerUid
  );
}

/**
 * The queue key of the owner when it is of this kind: which custom resource an event of a child
 * concerns. The annotation comes first; the owner reference serves when somebody removed it.
 */
export function ownerKeyOf(child: KubeObject, ownerType: ResourceType): string | undefined {
  const text = child.metadata.annotations?.[OWNER_ANNOTATION];
  const prefix = `${kindText(ownerType)}/`;
  if (text?.startsWith(prefix)) return text.slice(prefix.length);
  const reference = child.metadata.ownerReferences?.find(
    ({ apiVersion, kind, controller }) =>
      controller === true &&
      kind === ownerType.kind &&
      apiVersion.split("/")[0] === (ownerType.group === "" ? ownerType.version : ownerType.group),
  );
  if (!reference) return undefined;
  const { namespace } = child.metadata;
  return ownerType.namespaced && namespace
    ? objectKey({ namespace, name: reference.name })
    : reference.name;
}

/** As {@link OWNER_ANNOTATION} has it. */
export function ownerText(owner: Owner): string {
  const { namespace, name } = owner;
  return `${kindText(owner.type)}/${objectKey(namespace === undefined ? { name } : { namespace, name })}`;
}

function kindText(type: ResourceType): string {
  return type.group === "" ? type.kind : `${type.kind}.${type.group}`;
}
