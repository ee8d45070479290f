/**
 * Is a child ready? One rule per kind, read from its status alone; a kind without a rule goes by the
 * conventions for conditions
 * (https://github.com/kubernetes/community/blob/master/contributors/devel/sig-architecture/api-conventions.md#typical-status-properties).
 */
import { type KubeObject, parseApiVersion } from "../schema/object.ts";
import { isJsonObject, type JsonObject } from "../std/json.ts";
import { typeKey } from "./child.ts";

export type Readiness =
  | { readonly kind: "ready" }
  /** On its way: `reason` goes on with "is", as in `2 of 3 replicas available`. */
  | { readonly kind: "progressing"; readonly reason: string }
  /** Will not become ready by waiting. */
  | { readonly kind: "failed"; readonly reason: string };

type Rule = (object: KubeObject, status: JsonObject) => Readiness;

const READY: Readiness = { kind: "ready" };

const RULES: Readonly<Record<string, Rule>> = {
  "Deployment.apps": deploymentReadiness,
  "StatefulSet.apps": statefulSetReadiness,
  "DaemonSet.apps": daemonSetReadiness,
  "ReplicaSet.apps": replicaSetReadiness,
  "Job.batch": jobReadiness,
  Pod: podReadiness,
  Service: serviceReadiness,
  PersistentVolumeClaim: (_, { phase }) =>
    phase === "Bound" ? READY : progressing(`phase ${phase ?? "unknown"}`),
  Namespace: (_, { phase }) => (phase === "Terminating" ? progressing("terminating") : READY),
  "CustomResourceDefinition.apiextensions.k8s.io": (_, status) =>
    conditionOf(status, "Established")?.["status"] === "True"
      ? READY
      : progressing("not established"),
};

/** Kinds that are complete as soon as they exist. */
const PASSIVE = new Set(["ConfigMap", "Secret", "ServiceAccount", "Ingress.networking.k8s.io"]);

export function readinessOf(object: KubeObject): Readiness {
  if (object.metadata.deletionTimestamp !== undefined) return progressing("being deleted");
  const key = typeKey({ group: parseApiVersion(object.apiVersion).group, kind: object.kind });
  if (PASSIVE.has(key)) return READY;
  const status = isJsonObject(object.status) ? object.status : {};
  const rule = RULES[key] ?? conventionalReadiness;
  return isBehind(object, status)
    ? progressing("not observed yet by its controller")
    : rule(object, status);
}

/** The controller says which generation it last saw, and that is not this one. */
function isBehind(object: KubeObject, status: JsonObject): boolean {
  const observed = status["observedGeneration"];
  const { generation } = object.metadata;
  return typeof observed === "number" && generation !== undefined && observed < generation;
}

function deploymentReadiness(object: KubeObject, status: JsonObject): Readiness {
  const progress = conditionOf(status, "Progressing");
  if (progress?.["reason"] === "ProgressDeadlineExceeded") {
    return { kind: "failed", reason: "rollout exceeded its deadline" };
  }
  const wanted = wantedReplicas(object);
  const total = count(status, "replicas");
  if (status["observedGeneration"] === undefined)
    return progressing("not observed yet by its controller");
  const updated = count(status, "updatedReplicas");
  if (updated < wanted) return progressing(`${updated} of ${wanted} replicas updated`);
  if (total > updated) return progressing(`${total - updated} old replicas left`);
  return replicasAvailable(count(status, "availableReplicas"), wanted);
}

function statefulSetReadiness(object: KubeObject, status: JsonObject): Readiness {
  const wanted = wantedReplicas(object);
  if (status["observedGeneration"] === undefined)
    return progressing("not observed yet by its controller");
  const updated = count(status, "updatedReplicas");
  const isRolling = status["currentRevision"] !== status["updateRevision"];
  if (isRolling && updated < wanted) return progressing(`${updated} of ${wanted} replicas updated`);
  return replicasAvailable(count(status, "readyReplicas"), wanted);
}

function daemonSetReadiness(_: KubeObject, status: JsonObject): Readiness {
  const wanted = count(status, "desiredNumberScheduled");
  if (status["observedGeneration"] === undefined)
    return progressing("not observed yet by its controller");
  const updated = count(status, "updatedNumberScheduled");
  if (updated < wanted) return progressing(`${updated} of ${wanted} pods updated`);
  return replicasAvailable(count(status, "numberAvailable"), wanted);
}

function replicaSetReadiness(object: KubeObject, status: JsonObject): Readiness {
  if (status["observedGeneration"] === undefined)
    return progressing("not observed yet by its controller");
  return replicasAvailable(count(status, "availableReplicas"), wantedReplicas(object));
}

function jobReadiness(_: KubeObject, status: JsonObject): Readiness {
  if (conditionOf(status, "Complete")?.["status"] === "True") return READY;
  const failed = conditionOf(status, "Failed");
  if (failed?.["status"] === "True") {
    return { kind: "failed", reason: `failed (${failed["reason"] ?? "no reason given"})` };
  }
  return progressing(count(status, "active") > 0 ? "running" : "not started");
}

function podReadiness(_: KubeObject, status: JsonObject): Readiness {
  const phase = status["phase"];
  if (phase === "Succeeded") return READY;
  if (phase === "Failed") return { kind: "failed", reason: "phase Failed" };
  if (conditionOf(status, "Ready")?.["status"] === "True") return READY;
  return progressing(`phase ${phase ?? "unknown"}, not ready`);
}

function serviceReadiness({ spec }: KubeObject, status: JsonObject): Readiness {
  if (!isJsonObject(spec) || spec["type"] !== "LoadBalancer") return READY;
  const balancer = status["loadBalancer"];
  const ingress = isJsonObject(balancer) ? balancer["ingress"] : undefined;
  return Array.isArray(ingress) && ingress.length > 0
    ? READY
    : progressing("waiting for its load balancer");
}

/** `Ready`, else `Available`; a kind that has neither counts as ready. */
function conventionalReadiness(_: KubeObject, status: JsonObject): Readiness {
  const condition = conditionOf(status, "Ready") ?? conditionOf(status, "Available");
  if (!condition || condition["status"] === "True") return READY;
  const reason = condition["reason"];
  return progressing(
    typeof reason === "string" && reason !== "" ? `not ready (${reason})` : "not ready",
  );
}

function replicasAvailable(available: number, wanted: number): Readiness {
  return available >= wanted ? READY : progressing(`${available} of ${wanted} replicas available`);
}

function wantedReplicas({ spec }: KubeObject): number {
  const replicas = isJsonObject(spec) ? spec["replicas"] : undefined;
  return typeof replicas === "number" ? replicas : 1;
}

function count(status: JsonObject, field: string): number {
  const value = status[field];
  return typeof value === "number" ? value : 0;
}

/** One entry of `status.conditions` by its type. */
export function conditionOf(status: JsonObject, type: string): JsonObject | undefined {
  const conditions = status["conditions"];
  if (!Array.isArray(conditions)) return undefined;
  for (const condition of conditions) {
    if (isJsonObject(condition) && condition["type"] === type) return condition;
  }
  return undefined;
}

function progressing(reason: string): Readiness {
  return { kind: "progressing", reason };
}
