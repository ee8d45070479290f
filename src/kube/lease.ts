/**
 * The Lease by which replicas agree on who works, as an object of the API: read, held, released; and
 * whether it may be taken. Pure; `lease-elector.ts` acts on it.
 *
 * Sources: https://kubernetes.io/docs/reference/kubernetes-api/cluster-resources/lease-v1/, and for the
 * rules client-go's `tools/leaderelection`: who holds a lease is believed as long as it keeps changing
 * before our eyes. Times that others write are for people; no decision rests on two clocks agreeing.
 */
import type { KubeObject, ResourceType } from "../schema/object.ts";
import { isJsonObject } from "../std/json.ts";
import { microTime } from "./event-object.ts";
import { CONFIG_DIGEST_ANNOTATION, ELECTION_LABEL, MANAGED_BY_ANNOTATION } from "./marks.ts";

export const LEASE_RESOURCE: ResourceType = {
  group: "coordination.k8s.io",
  version: "v1",
  kind: "Lease",
  plural: "leases",
  namespaced: true,
};

export interface LeasePlace {
  readonly namespace: string;
  readonly name: string;
}

/** Who wants to hold it. */
export interface Candidate {
  /** One per process: two that share it would both believe to lead. */
  readonly identity: string;
  /** How long others wait for a sign of life. Stored in whole seconds, rounded up. */
  readonly durationMs: number;
  /** Name of the Katalog, and the digest of its resolved form. */
  readonly katalog: string;
  readonly configDigest: string;
}

/** What a Lease says, as far as the election cares. */
export interface LeaseRecord {
  /** Empty: nobody, since it was released. */
  readonly holder: string;
  readonly durationMs: number | undefined;
  /** How often it went from one holder to another. */
  readonly transitions: number;
  /** By the holder's clock, in milliseconds since the Unix epoch. */
  readonly renewedAtMs: number | undefined;
  readonly katalog: string | undefined;
  readonly configDigest: string | undefined;
}

export function readLease(object: KubeObject): LeaseRecord {
  const spec = isJsonObject(object.spec) ? object.spec : {};
  const { holderIdentity, leaseDurationSeconds, leaseTransitions, renewTime } = spec;
  const seconds = Number(leaseDurationSeconds);
  const renewedAtMs = Date.parse(String(renewTime));
  const { annotations } = object.metadata;
  return {
    holder: typeof holderIdentity === "string" ? holderIdentity : "",
    durationMs: seconds > 0 ? seconds * 1000 : undefined,
    transitions: Number(leaseTransitions) || 0,
    renewedAtMs: Number.isNaN(renewedAtMs) ? undefined : renewedAtMs,
    katalog: annotations?.[MANAGED_BY_ANNOTATION],
    configDigest: annotations?.[CONFIG_DIGEST_ANNOTATION],
  };
}

/** Held by the candidate from now on; `base` as it was read, absent when there is none yet. */
export function heldLease(
  base: KubeObject | undefined,
  candidate: Candidate,
  { place, nowMs }: { readonly place: LeasePlace; readonly nowMs: number },
): KubeObject {
  const before = base && readLease(base);
  const spec = isJsonObject(base?.spec) ? base.spec : {};
  const isOwn = before?.holder === candidate.identity;
  const now = microTime(nowMs);
  const metadata: KubeObject["metadata"] = base?.metadata ?? place;
  return {
    apiVersion: "coordination.k8s.io/v1",
    kind: "Lease",
    metadata: {
      ...metadata,
      labels: { ...metadata.labels, [ELECTION_LABEL]: "true" },
      annotations: {
        ...metadata.annotations,
        [MANAGED_BY_ANNOTATION]: candidate.katalog,
        [CONFIG_DIGEST_ANNOTATION]: candidate.configDigest,
      },
    },
    spec: {
      ...spec,
      holderIdentity: candidate.identity,
      leaseDurationSeconds: Math.ceil(candidate.durationMs / 1000),
      acquireTime: isOwn ? (spec["acquireTime"] ?? now) : now,
      renewTime: now,
      leaseTransitions: (before?.transitions ?? -1) + (isOwn ? 0 : 1),
    },
  };
}

/** Free for whoever comes. Who held it last, with which configuration, stays to be read. */
export function releasedLease(base: KubeObject, nowMs: number): KubeObject {
  const spec = isJsonObject(base.spec) ? base.spec : {};
  return {
    ...base,
    spec: { ...spec, holderIdentity: "", leaseDurationSeconds: 1, renewTime: microTime(nowMs) },
  };
}

export type LeaseDecision =
  | { readonly kind: "take" }
  /** Worth another look after so long, if nothing changes before. */
  | { readonly kind: "wait"; readonly forMs: number };

export interface Observation {
  /** `undefined`: there is no Lease. */
  readonly record: LeaseRecord | undefined;
  /** How long it has not changed before our own eyes. */
  readonly quietMs: number;
  readonly nowMs: number;
}

/** A replica with the configuration of the one that left lets another one go first for so long. */
const MAX_HEAD_START_MS = 500;

/**
 * Nobody takes what another one holds. Of what is free, the order is such that a rollout is one hand-over
 * and a crash none: after a release, which is how a rollout ends a leader, another configuration goes first;
 * after a crash, the one that was running.
 */
export function decideLease(
  { record, quietMs, nowMs }: Observation,
  { candidate, retryMs }: { readonly candidate: Candidate; readonly retryMs: number },
): LeaseDecision {
  if (record === undefined || record.holder === candidate.identity) return { kind: "take" };
  const isSame = record.configDigest === candidate.configDigest;
  if (record.holder === "") {
    // Released long ago: this is a start, and no rollout.
    const isFresh = nowMs - (record.renewedAtMs ?? 0) < 2 * retryMs;
    return after(isSame && isFresh ? Math.min(MAX_HEAD_START_MS, retryMs / 2) : 0, quietMs);
  }
  const graceMs = isSame ? 0 : retryMs;
  return after((record.durationMs ?? candidate.durationMs) + graceMs, quietMs);
}

function after(neededMs: number, quietMs: number): LeaseDecision {
  return quietMs >= neededMs ? { kind: "take" } : { kind: "wait", forMs: neededMs - quietMs };
}
