/** StatefulSets: pods with names, one after the other, each with its claims. */
import type { KubeObject } from "../../schema/object.ts";
import { canonicalJson, isJsonObject, type JsonObject } from "../../std/json.ts";
import { objectIn } from "../kinds/strategies-workload.ts";
import type { Site } from "../site.ts";
import { controlled, controllerKey, create, remove, setStatus } from "./act.ts";
import { isReady } from "./conditions.ts";
import { templateHash } from "./hash.ts";
import type { Controller } from "./loop.ts";
import { podFor } from "./replica-sets.ts";

const STATEFUL_SETS = "statefulsets.apps";
const REVISION_LABEL = "controller-revision-hash";
const INDEX_LABEL = "apps.kubernetes.io/pod-index";
const NAME_LABEL = "statefulset.kubernetes.io/pod-name";

export function statefulSetController(site: Site): Controller {
  return {
    name: "statefulsets",
    affected({ collection, key, object }) {
      if (collection === STATEFUL_SETS) return [key];
      return collection === "pods" ? controllerKey(object, "StatefulSet") : [];
    },
    reconcile(key) {
      const set = site.store.get(STATEFUL_SETS, key);
      if (set === undefined) return undefined;
      if (set.metadata.deletionTimestamp === undefined) step(site, set);
      writeStatus(site, set);
      return undefined;
    },
  };
}

function revisionOf(set: KubeObject): string {
  return `${set.metadata.name}-${templateHash(canonicalJson(objectIn(set.spec, "template")))}`;
}

function podsOf(site: Site, set: KubeObject): Map<number, KubeObject> {
  const prefix = `${set.metadata.name}-`;
  return new Map(
    controlled(site, "pods", set).map((pod) => [
      Number(pod.metadata.name.slice(prefix.length)),
      pod,
    ]),
  );
}

/** The next move: create or await in order, remove surplus from the end, then renew old pods. */
function step(site: Site, set: KubeObject): void {
  const spec = objectIn(set.spec);
  const wanted = Number(spec["replicas"] ?? 1);
  const isParallel = spec["podManagementPolicy"] === "Parallel";
  const pods = podsOf(site, set);
  for (let index = 0; index < wanted; index++) {
    const pod = pods.get(index);
    if (pod === undefined) createPod(site, set, index);
    if (!isParallel && (pod === undefined || !isReady(pod))) return;
  }
  const surplus = [...pods.keys()].filter((index) => index >= wanted).sort((a, b) => b - a);
  const [last] = surplus;
  if (last !== undefined) removePod(site, pods.get(last));
  else if (objectIn(spec["updateStrategy"])["type"] !== "OnDelete") renew(site, set, pods);
}

function removePod(site: Site, pod: KubeObject | undefined): void {
  if (pod !== undefined && pod.metadata.deletionTimestamp === undefined) remove(site, pod);
}

/** From the highest ordinal down, one at a time, as long as all are ready. */
function renew(site: Site, set: KubeObject, pods: ReadonlyMap<number, KubeObject>): void {
  const revision = revisionOf(set);
  const partition = Number(objectIn(set.spec, "updateStrategy", "rollingUpdate")["partition"] ?? 0);
  if ([...pods.values()].some((pod) => !isReady(pod))) return;
  const old = [...pods]
    .filter(
      ([index, { metadata }]) =>
        index >= partition && metadata.labels?.[REVISION_LABEL] !== revision,
    )
    .sort(([left], [right]) => right - left);
  removePod(site, old[0]?.[1]);
}

function createPod(site: Site, set: KubeObject, index: number): void {
  const name = `${set.metadata.name}-${index}`;
  const claims = claimsOf(set);
  for (const claim of claims) ensureClaim(site, { set, claim, pod: name });
  const labels = {
    [REVISION_LABEL]: revisionOf(set),
    [INDEX_LABEL]: String(index),
    [NAME_LABEL]: name,
  };
  const pod = podFor(set, { name, labels });
  const spec = objectIn(pod["spec"]);
  const own = Array.isArray(spec["volumes"]) ? spec["volumes"] : [];
  const volumes = [
    ...own,
    ...claims.map((claim) => {
      const claimed = String(objectIn(claim["metadata"])["name"]);
      return { name: claimed, persistentVolumeClaim: { claimName: `${claimed}-${name}` } };
    }),
  ];
  const extra = {
    hostname: name,
    subdomain: spec["subdomain"] ?? objectIn(set.spec)["serviceName"] ?? "",
  };
  create(site, { ...pod, spec: { ...spec, ...extra, ...(volumes.length > 0 && { volumes }) } });
}

function claimsOf({ spec }: KubeObject): JsonObject[] {
  const templates = objectIn(spec)["volumeClaimTemplates"];
  return Array.isArray(templates) ? templates.filter(isJsonObject) : [];
}

/** Claims outlive their pods, and are bound at once: there is no storage behind them. */
function ensureClaim(
  site: Site,
  {
    set,
    claim,
    pod,
  }: { readonly set: KubeObject; readonly claim: JsonObject; readonly pod: string },
): void {
  const { namespace = "" } = set.metadata;
  const name = `${objectIn(claim["metadata"])["name"]}-${pod}`;
  if (site.store.get("persistentvolumeclaims", `${namespace}/${name}`) !== undefined) return;
  const labels = objectIn(set.spec, "selector", "matchLabels");
  const made = create(site, {
    apiVersion: "v1",
    kind: "PersistentVolumeClaim",
    metadata: { name, namespace, labels },
    spec: objectIn(claim["spec"]),
  });
  const { accessModes = [], resources = {} } = objectIn(made.spec);
  setStatus(site, made, { phase: "Bound", accessModes, capacity: objectIn(resources, "requests") });
}

function writeStatus(site: Site, set: KubeObject): void {
  const pods = [...podsOf(site, set).values()];
  const ready = pods.filter(isReady).length;
  const revision = revisionOf(set);
  const updated = pods.filter(
    ({ metadata }) => metadata.labels?.[REVISION_LABEL] === revision,
  ).length;
  const before = objectIn(set.status)["currentRevision"];
  const isDone = updated === pods.length;
  setStatus(site, set, {
    observedGeneration: set.metadata.generation ?? 0,
    replicas: pods.length,
    readyReplicas: ready,
    availableReplicas: ready,
    currentReplicas: isDone ? updated : pods.length - updated,
    updatedReplicas: updated,
    currentRevision: isDone ? revision : (before ?? revision),
    updateRevision: revision,
    collisionCount: 0,
  });
}
