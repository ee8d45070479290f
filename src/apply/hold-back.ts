/**
 * Which undeclared children have to wait, because what may take their place does not stand yet. A child that was
 * renamed is one that goes and one that comes: were the old one deleted while the new one is refused, or while it
 * starts, nothing would do the work. No mark says which child replaces which, so it goes by what both are:
 *
 * - a successor is of the same kind, and has the same namespace or, of a child that moved, the same name. It comes
 *   when the other one leaves the Katalog: what was refused before that, or is there for longer, is none
 * - while a successor is not there, or is not ready, the old one stays. Jobs end by themselves and replace nothing.
 *   A workload also stays while a Service beside it is not written, which may still select its pods
 * - while a workload stays, so does everything else: its pods may need the Secret that left the Katalog with it
 * - a child whose entry is there under its name, with a condition that is false, has no successor and goes at once.
 *   But a workload that a Service still leads to stays until the one is ready that its condition yields to, and
 *   what its condition revoked with it
 *
 * Children that are made together are of the same second, in which times tell no order. So a declared one that was not
 * there yet when the other one was found undeclared counts as younger, whatever their times say.
 *
 * Pure. The deletion of the custom resource asks nothing of this.
 */
import type { KubeObject } from "../schema/object.ts";
import { isJsonObject, type Json, type JsonObject } from "../std/json.ts";
import { childKey, childTitle, typeKey } from "./child.ts";
import type { ObservedChild } from "./prune.ts";
import { readinessOf } from "./readiness.ts";

/** A child that is declared and that is not as declared in the cluster: refused, or it has to wait. */
export interface Unwritten extends Pick<ObservedChild, "type"> {
  readonly name: string;
  readonly namespace?: string;
  /** As it is there, and ours; absent where it has yet to come. */
  readonly present?: KubeObject | undefined;
}

export interface Standing {
  readonly unwritten: readonly Unwritten[];
  /** Declared ones, as the cluster holds them now. */
  readonly written: readonly ObservedChild[];
  /** By uid of an undeclared child: {@link childKey}s of those that were not there yet when it was found undeclared. */
  readonly successors: ReadonlyMap<string, ReadonlySet<string>>;
  /** By uid of an undeclared child: {@link childKey}s of those that could not be written while it was declared. */
  readonly strangers: ReadonlyMap<string, ReadonlySet<string>>;
  /** {@link childKey}s of children whose entry is there, with a condition that is false. */
  readonly revoked: ReadonlySet<string>;
}

export interface HeldBack {
  readonly child: ObservedChild;
  /** Goes on with "is": `kept until Deployment "team-a/web" can be written`. */
  readonly reason: string;
}

export interface Sorted {
  readonly goes: readonly ObservedChild[];
  readonly stays: readonly HeldBack[];
}

/** Kinds with pods, which use what else is declared. */
const WORKLOADS: ReadonlySet<string> = new Set([
  "Deployment.apps",
  "StatefulSet.apps",
  "DaemonSet.apps",
  "ReplicaSet.apps",
  "Job.batch",
  "CronJob.batch",
  "Pod",
]);

export function holdBack(doomed: readonly ObservedChild[], standing: Standing): Sorted {
  const goes: ObservedChild[] = [];
  const stays: HeldBack[] = [];
  for (const child of doomed) {
    const reason = reasonToStay(child, standing);
    if (reason === undefined) goes.push(child);
    else stays.push({ child, reason });
  }
  const users = stays.flatMap(({ child }) => (isWorkload(child) ? [child] : []));
  if (users.length === 0) return { goes, stays };
  const revokedUser = users.find((user) => isRevoked(user, standing));
  const free: ObservedChild[] = [];
  for (const child of goes) {
    const user = isRevoked(child, standing) ? revokedUser : users[0];
    if (!user) free.push(child);
    else {
      const title = childTitle(user.type, user.object.metadata);
      stays.push({ child, reason: `kept until ${title} is gone` });
    }
  }
  return { goes: free, stays };
}

function reasonToStay(child: ObservedChild, standing: Standing): string | undefined {
  if (isRevoked(child, standing) && !isHandedOver(child, standing)) return undefined;
  return reasonOfSuccessor(child, standing) ?? reasonOfService(child, standing);
}

/** A Service leads to this workload, and will lead to another one that came when its condition turned false. */
function isHandedOver(child: ObservedChild, standing: Standing): boolean {
  if (!isWorkload(child) || !isLedTo(child, standing)) return false;
  const { written, successors } = standing;
  const isNext = (other: ObservedChild) =>
    mayReplace(other, other.object.metadata, child) && isSuccessor(other, child, successors);
  return written.some(isNext) || reasonOfSuccessor(child, standing) !== undefined;
}

function reasonOfSuccessor(
  child: ObservedChild,
  { unwritten, written, successors, strangers }: Standing,
): string | undefined {
  const unable = strangers.get(child.object.metadata.uid ?? "");
  const coming = unwritten.find(
    (other) =>
      mayReplace(other, other, child) &&
      (other.present
        ? isStarting({ type: other.type, object: other.present }, child, successors)
        : !unable?.has(childKey(other.type, other))),
  );
  if (coming) return `kept until ${childTitle(coming.type, coming)} can be written`;
  if (typeKey(child.type) === "Job.batch") return undefined;
  const starting = written.find(
    (other) =>
      mayReplace(other, other.object.metadata, child) && isStarting(other, child, successors),
  );
  if (!starting) return undefined;
  return `kept until ${childTitle(starting.type, starting.object.metadata)} is ready`;
}

/** It may still select the pods of a workload that is to go. */
function reasonOfService(child: ObservedChild, { unwritten }: Standing): string | undefined {
  if (!isWorkload(child)) return undefined;
  const { namespace } = child.object.metadata;
  const service = unwritten.find(
    ({ type, ...place }) => typeKey(type) === "Service" && place.namespace === namespace,
  );
  return service && `kept until ${childTitle(service.type, service)} can be written`;
}

function mayReplace(
  { type }: Pick<ObservedChild, "type">,
  { name, namespace }: { readonly name: string; readonly namespace?: string },
  child: ObservedChild,
): boolean {
  const { metadata } = child.object;
  if (typeKey(type) !== typeKey(child.type)) return false;
  return metadata.namespace === namespace || metadata.name === name;
}

function isStarting(
  other: ObservedChild,
  child: ObservedChild,
  successors: Standing["successors"],
): boolean {
  return isSuccessor(other, child, successors) && readinessOf(other.object).kind !== "ready";
}

function isWorkload({ type }: ObservedChild): boolean {
  return WORKLOADS.has(typeKey(type));
}

function isRevoked({ type, object }: ObservedChild, { revoked }: Standing): boolean {
  return revoked.has(childKey(type, object.metadata));
}

/** A declared Service has its pods behind it, as the cluster holds that Service. */
function isLedTo({ object }: ObservedChild, { written, unwritten }: Standing): boolean {
  const present = unwritten.flatMap(({ type, present }) =>
    present ? [{ type, object: present }] : [],
  );
  return [...written, ...present].some(({ type, object: service }) => {
    if (typeKey(type) !== "Service") return false;
    if (service.metadata.namespace !== object.metadata.namespace) return false;
    const selector = selectorOf(service);
    return selector !== undefined && isSelected(object, selector);
  });
}

/** Labels that pods have to carry. */
export type Selector = Readonly<Record<string, string>>;

/** Of a Service; absent where it selects nothing. */
export function selectorOf(service: KubeObject | undefined): Selector | undefined {
  const selector = isJsonObject(service?.spec) ? service.spec["selector"] : undefined;
  const isUsed = isJsonObject(selector) && Object.keys(selector).length > 0;
  return isUsed ? (selector as Selector) : undefined;
}

/** The pods of this workload carry all labels of the selector. */
export function isSelected({ spec }: KubeObject, selector: Selector): boolean {
  const labels = memberOf(memberOf(memberOf(spec, "template"), "metadata"), "labels");
  return Object.entries(selector).every(([name, value]) => labels[name] === value);
}

function memberOf(value: Json | undefined, name: string): JsonObject {
  const member = isJsonObject(value) ? value[name] : undefined;
  return isJsonObject(member) ? member : {};
}

/** Came after `child` went out of the Katalog, as far as is known. */
export function isSuccessor(
  other: ObservedChild,
  child: ObservedChild,
  successors: Standing["successors"] | undefined,
): boolean {
  const known = successors?.get(child.object.metadata.uid ?? "");
  return known?.has(childKey(other.type, other.object.metadata)) || isYounger(other, child);
}

/** Times of the API are RFC 3339 in UTC and whole seconds, which sort as text. */
function isYounger({ object: one }: ObservedChild, { object: other }: ObservedChild): boolean {
  const [born, before] = [one.metadata.creationTimestamp, other.metadata.creationTimestamp];
  return typeof born === "string" && typeof before === "string" && born > before;
}
