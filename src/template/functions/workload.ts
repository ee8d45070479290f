/** Where workloads of different kinds keep their containers and replica counts. */
import { getPath, isJsonObject, type JsonObject } from "../../std/json.ts";
import { listAt, numberAt } from "./objects.ts";

const CONTAINER_PATHS = [
  ["spec", "template", "spec", "containers"],
  ["spec", "jobTemplate", "spec", "template", "spec", "containers"],
  ["spec", "containers"],
];

/** The containers of a workload, a CronJob or a Pod. */
export function containersOf(object: JsonObject): readonly JsonObject[] {
  for (const path of CONTAINER_PATHS) {
    const containers = listAt(object, ...path).filter((item) => isJsonObject(item));
    if (containers.length > 0) return containers;
  }
  return [];
}

/**
 * How many pods a workload should have: `spec.replicas`, 1 where that is left out, and for a
 * DaemonSet the number of nodes that it is to run on.
 */
export function desiredReplicasOf(object: JsonObject): number {
  if (getPath(object, ["status", "desiredNumberScheduled"]) !== undefined) {
    return numberAt(object, "status", "desiredNumberScheduled");
  }
  return getPath(object, ["spec", "replicas"]) === undefined
    ? 1
    : numberAt(object, "spec", "replicas");
}

/** A replica count of the status, under its DaemonSet name where there is one. */
export function replicaCountOf(object: JsonObject, field: string, daemonSetField: string): number {
  return numberAt(object, "status", field) || numberAt(object, "status", daemonSetField);
}

/** The controller has seen the spec as it is now; objects without generations count as seen. */
export function isObserved(object: JsonObject): boolean {
  const observed = getPath(object, ["status", "observedGeneration"]);
  return observed === undefined || numberAt(object, "metadata", "generation") <= Number(observed);
}
