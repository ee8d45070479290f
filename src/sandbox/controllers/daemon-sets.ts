/** DaemonSets: a pod on every node, of which there is one. */
import type { KubeObject } from "../../schema/object.ts";
import { canonicalJson } from "../../std/json.ts";
import { objectIn } from "../kinds/strategies-workload.ts";
import type { Site } from "../site.ts";
import { controllerKey, create, remove, setStatus } from "./act.ts";
import { isReady } from "./conditions.ts";
import { templateHash } from "./hash.ts";
import type { Controller } from "./loop.ts";
import { activePods, podFor } from "./replica-sets.ts";

const DAEMON_SETS = "daemonsets.apps";
const REVISION_LABEL = "controller-revision-hash";

export function daemonSetController(site: Site): Controller {
  return {
    name: "daemonsets",
    affected({ collection, key, object }) {
      if (collection === DAEMON_SETS) return [key];
      return collection === "pods" ? controllerKey(object, "DaemonSet") : [];
    },
    reconcile(key) {
      const set = site.store.get(DAEMON_SETS, key);
      if (set === undefined) return undefined;
      if (set.metadata.deletionTimestamp === undefined) keepOne(site, set);
      writeStatus(site, set);
      return undefined;
    },
  };
}

function revisionOf(set: KubeObject): string {
  return templateHash(canonicalJson(objectIn(set.spec, "template")));
}

function keepOne(site: Site, set: KubeObject): void {
  const labels = { [REVISION_LABEL]: revisionOf(set) };
  const [pod, ...surplus] = activePods(site, set);
  for (const one of surplus) remove(site, one);
  if (pod === undefined) create(site, podFor(set, { labels }));
  else if (isOld(set, pod)) remove(site, pod);
}

function isOld(set: KubeObject, { metadata }: KubeObject): boolean {
  const isRolling = objectIn(set.spec, "updateStrategy")["type"] !== "OnDelete";
  return isRolling && metadata.labels?.[REVISION_LABEL] !== revisionOf(set);
}

function writeStatus(site: Site, set: KubeObject): void {
  const pods = activePods(site, set);
  const ready = pods.filter(isReady).length;
  const wanted = set.metadata.deletionTimestamp === undefined ? 1 : 0;
  setStatus(site, set, {
    observedGeneration: set.metadata.generation ?? 0,
    currentNumberScheduled: pods.length,
    desiredNumberScheduled: wanted,
    numberMisscheduled: 0,
    numberReady: ready,
    numberAvailable: ready,
    numberUnavailable: Math.max(0, wanted - ready),
    updatedNumberScheduled: pods.filter((pod) => !isOld(set, pod)).length,
  });
}
