/** ReplicaSets: as many pods as asked for. */
import type { KubeObject } from "../../schema/object.ts";
import { isJsonObject, type JsonObject } from "../../std/json.ts";
import { objectIn } from "../kinds/strategies-workload.ts";
import type { Site } from "../site.ts";
import {
  controlled,
  controllerKey,
  controllerReference,
  create,
  remove,
  setStatus,
} from "./act.ts";
import { isReady, knownConditions } from "./conditions.ts";
import type { Controller } from "./loop.ts";

export const REPLICA_SETS = "replicasets.apps";

export function replicaSetController(site: Site): Controller {
  return {
    name: "replicasets",
    affected({ collection, key, object }) {
      if (collection === REPLICA_SETS) return [key];
      return collection === "pods" ? controllerKey(object, "ReplicaSet") : [];
    },
    reconcile(key) {
      const set = site.store.get(REPLICA_SETS, key);
      if (set === undefined) return undefined;
      if (set.metadata.deletionTimestamp === undefined) matchCount(site, set);
      writeStatus(site, set);
      return undefined;
    },
  };
}

function matchCount(site: Site, set: KubeObject): void {
  const pods = activePods(site, set);
  const wanted = Number(objectIn(set.spec)["replicas"] ?? 1);
  for (let missing = wanted - pods.length; missing > 0; missing--) create(site, podFor(set));
  if (pods.length <= wanted) return;
  const victims = [...pods].sort(byWorth).slice(0, pods.length - wanted);
  for (const pod of victims) remove(site, pod);
}

/** Pods that are not ready go first, then the youngest. */
function byWorth(left: KubeObject, right: KubeObject): number {
  return Number(isReady(left)) - Number(isReady(right)) || ageOf(right) - ageOf(left);
}

function ageOf({ metadata }: KubeObject): number {
  return Number(metadata.resourceVersion);
}

export function activePods(site: Site, owner: KubeObject): KubeObject[] {
  return controlled(site, "pods", owner).filter(({ metadata, status }) => {
    const phase = objectIn(status)["phase"];
    return metadata.deletionTimestamp === undefined && phase !== "Succeeded" && phase !== "Failed";
  });
}

/** A pod from the owner's template. `name` is for those whose pods have identities. */
export function podFor(
  owner: KubeObject,
  options: {
    readonly name?: string;
    readonly labels?: JsonObject;
    readonly template?: JsonObject;
  } = {},
): JsonObject & { readonly metadata: JsonObject } {
  const template = options.template ?? objectIn(owner.spec, "template");
  const { labels, annotations, finalizers } = objectIn(template["metadata"]);
  const { namespace = "", name } = owner.metadata;
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: {
      ...(options.name === undefined ? { generateName: `${name}-` } : { name: options.name }),
      namespace,
      labels: { ...(isJsonObject(labels) ? labels : {}), ...options.labels },
      ...(annotations !== undefined && { annotations }),
      ...(finalizers !== undefined && { finalizers }),
      ownerReferences: [controllerReference(owner)],
    },
    spec: objectIn(template["spec"]),
  };
}

function writeStatus(site: Site, set: KubeObject): void {
  const pods = activePods(site, set);
  const ready = pods.filter(isReady).length;
  const terminating = controlled(site, "pods", set).filter(
    ({ metadata }) => metadata.deletionTimestamp !== undefined,
  ).length;
  const conditions = knownConditions(set);
  setStatus(site, set, {
    replicas: pods.length,
    fullyLabeledReplicas: pods.length,
    readyReplicas: ready,
    availableReplicas: ready,
    terminatingReplicas: terminating,
    observedGeneration: set.metadata.generation ?? 0,
    ...(conditions.length > 0 && { conditions }),
  });
}
