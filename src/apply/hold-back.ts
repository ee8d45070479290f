/**
 * Which undeclared children have to wait, because what may take their place does not stand yet. A child that was
 * renamed is one that goes and one that comes: were the old one deleted while the new one is refused, or while it
 * starts, nothing would do the work. Nobody can tell which child replaces which, so it goes by kind:
 *
 * - while a declared child of a kind is not written, nothing of that kind goes; nor a workload while a Service is not
 * - while one that is younger than the undeclared one is not ready, that one stays. Only a younger one can be its
 *   replacement: an older sibling that is not ready has another reason. Jobs end by themselves and replace nothing
 * - while a workload stays, so does everything else: its pods may need the Secret that left the Katalog with it
 *
 * Children that are made together are of the same second, in which times tell no order. So a declared one that was not
 * there yet when the other one was found undeclared counts as younger, whatever their times say.
 *
 * Pure. The deletion of the custom resource asks nothing of this.
 */
import { childKey, childTitle, typeKey } from "./child.ts";
import type { ObservedChild } from "./prune.ts";
import { readinessOf } from "./readiness.ts";

/** A child that is declared and that is not as declared in the cluster: refused, or it has to wait. */
export interface Unwritten extends Pick<ObservedChild, "type"> {
  readonly name: string;
  readonly namespace?: string;
}

export interface Standing {
  readonly unwritten: readonly Unwritten[];
  /** Declared ones, as the cluster holds them now. */
  readonly written: readonly ObservedChild[];
  /** By uid of an undeclared child: {@link childKey}s of those that were not there yet when it was found undeclared. */
  readonly successors: ReadonlyMap<string, ReadonlySet<string>>;
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
  const user = stays.find(({ child }) => WORKLOADS.has(typeKey(child.type)))?.child;
  if (!user) return { goes, stays };
  const reason = `kept until ${childTitle(user.type, user.object.metadata)} is gone`;
  return { goes: [], stays: [...stays, ...goes.map((child) => ({ child, reason }))] };
}

function reasonToStay(child: ObservedChild, standing: Standing): string | undefined {
  const { unwritten, written, successors } = standing;
  const kind = typeKey(child.type);
  const missing = unwritten.find(({ type }) => isInTheWay(typeKey(type), kind));
  if (missing) return `kept until ${childTitle(missing.type, missing)} can be written`;
  if (kind === "Job.batch") return undefined;
  const starting = written.find(
    (other) =>
      typeKey(other.type) === kind &&
      isSuccessor(other, child, successors) &&
      readinessOf(other.object).kind !== "ready",
  );
  if (!starting) return undefined;
  return `kept until ${childTitle(starting.type, starting.object.metadata)} is ready`;
}

/** Of its kind, or a Service, which may still select the pods of a workload that is to go. */
function isInTheWay(unwritten: string, kind: string): boolean {
  return unwritten === kind || (unwritten === "Service" && WORKLOADS.has(kind));
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
