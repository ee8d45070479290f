/** Deployments: one ReplicaSet per template, rolled from the old one to the new one. */
import type { KubeObject } from "../../schema/object.ts";
import { canonicalJson, isDeepEqual, type Json, type JsonObject } from "../../std/json.ts";
import { objectIn } from "../kinds/strategies-workload.ts";
import type { Site } from "../site.ts";
import {
  controlled,
  controllerKey,
  controllerReference,
  create,
  patch,
  remove,
  setStatus,
} from "./act.ts";
import { condition, conditionOf, type Fact, knownConditions } from "./conditions.ts";
import { templateHash } from "./hash.ts";
import type { Controller } from "./loop.ts";
import { REPLICA_SETS } from "./replica-sets.ts";
import { limits, rollingStep } from "./rollout.ts";

const DEPLOYMENTS = "deployments.apps";
const HASH_LABEL = "pod-template-hash";
const REVISION = "deployment.kubernetes.io/revision";

export function deploymentController(site: Site): Controller {
  return {
    name: "deployments",
    affected({ collection, key, object }) {
      if (collection === DEPLOYMENTS) return [key];
      return collection === REPLICA_SETS ? controllerKey(object, "Deployment") : [];
    },
    reconcile(key) {
      const deployment = site.store.get(DEPLOYMENTS, key);
      if (deployment === undefined || deployment.metadata.deletionTimestamp !== undefined) {
        return undefined;
      }
      const current = currentSet(site, deployment);
      const old = setsOf(site, deployment).filter(
        ({ metadata }) => metadata.uid !== current.metadata.uid,
      );
      scale(site, { deployment, current, old });
      dropOldSets(site, deployment, old);
      const annotated = keepRevision(site, deployment, revisionOf(current));
      writeStatus(site, annotated, current);
      return undefined;
    },
  };
}

function setsOf(site: Site, deployment: KubeObject): KubeObject[] {
  return controlled(site, REPLICA_SETS, deployment).filter(
    ({ metadata }) => metadata.deletionTimestamp === undefined,
  );
}

/** The set of the present template, made when there is none. */
function currentSet(site: Site, deployment: KubeObject): KubeObject {
  const template = objectIn(deployment.spec, "template");
  const sets = setsOf(site, deployment);
  const found = sets.find((set) => isDeepEqual(bareTemplate(set), template));
  const last = Math.max(0, ...sets.map(revisionOf));
  if (found === undefined) {
    const replicas = firstCount(deployment, sets);
    return create(site, newSet(deployment, { revision: String(last + 1), replicas }));
  }
  if (revisionOf(found) === last) return found;
  return patch(site, found, { metadata: { annotations: { [REVISION]: String(last + 1) } } });
}

function revisionOf({ metadata }: KubeObject): number {
  return Number(metadata.annotations?.[REVISION] ?? 0);
}

function bareTemplate(set: KubeObject): JsonObject {
  const template = objectIn(set.spec, "template");
  const metadata = objectIn(template["metadata"]);
  const { [HASH_LABEL]: _, ...labels } = objectIn(metadata["labels"]);
  return { ...template, metadata: { ...metadata, labels } };
}

/** As many pods as a new set may have beside the old ones. */
function firstCount(deployment: KubeObject, old: readonly KubeObject[]): number {
  const spec = objectIn(deployment.spec);
  if (spec["paused"] === true) return 0;
  return rollingStep({
    wanted: Number(spec["replicas"] ?? 1),
    strategy: objectIn(spec["strategy"]),
    current: { wanted: 0, present: 0, available: 0 },
    old: old.map(countsOf),
  }).current;
}

function newSet(
  deployment: KubeObject,
  { revision, replicas }: { readonly revision: string; readonly replicas: number },
): JsonObject & { metadata: JsonObject } {
  const spec = objectIn(deployment.spec);
  const template = objectIn(spec["template"]);
  const metadata = objectIn(template["metadata"]);
  const { name, namespace = "" } = deployment.metadata;
  const hash = templateHash(canonicalJson(template));
  const labels = { ...objectIn(metadata["labels"]), [HASH_LABEL]: hash };
  const matchLabels = { ...objectIn(spec["selector"], "matchLabels"), [HASH_LABEL]: hash };
  return {
    apiVersion: "apps/v1",
    kind: "ReplicaSet",
    metadata: {
      name: `${name}-${hash}`,
      namespace,
      labels,
      annotations: {
        ...publicAnnotations(deployment),
        "deployment.kubernetes.io/desired-replicas": String(spec["replicas"] ?? 1),
        "deployment.kubernetes.io/max-replicas": String(Number(spec["replicas"] ?? 1) + 1),
        [REVISION]: revision,
      },
      ownerReferences: [controllerReference(deployment)],
    },
    spec: {
      replicas,
      selector: { ...objectIn(spec["selector"]), matchLabels },
      template: { ...template, metadata: { ...metadata, labels } },
    },
  };
}

const LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration";

function publicAnnotations({ metadata }: KubeObject): Readonly<Record<string, string>> {
  const { [LAST_APPLIED]: _applied, [REVISION]: _revision, ...rest } = metadata.annotations ?? {};
  return rest;
}

interface Rollout {
  readonly deployment: KubeObject;
  readonly current: KubeObject;
  readonly old: readonly KubeObject[];
}

function scale(site: Site, { deployment, current, old }: Rollout): void {
  const spec = objectIn(deployment.spec);
  if (spec["paused"] === true) return;
  const step = rollingStep({
    wanted: Number(spec["replicas"] ?? 1),
    strategy: objectIn(spec["strategy"]),
    current: countsOf(current),
    old: old.map(countsOf),
  });
  setReplicas(site, current, step.current);
  for (const [index, set] of old.entries()) setReplicas(site, set, step.old[index] ?? 0);
}

function countsOf({ spec, status }: KubeObject) {
  const { replicas = 0, availableReplicas = 0 } = objectIn(status);
  return {
    wanted: Number(objectIn(spec)["replicas"] ?? 1),
    present: Number(replicas),
    available: Number(availableReplicas),
  };
}

function setReplicas(site: Site, set: KubeObject, replicas: number): void {
  if (objectIn(set.spec)["replicas"] !== replicas) patch(site, set, { spec: { replicas } });
}

function dropOldSets(site: Site, deployment: KubeObject, old: readonly KubeObject[]): void {
  const limit = Number(objectIn(deployment.spec)["revisionHistoryLimit"] ?? old.length);
  const idle = old.filter((set) => countsOf(set).wanted === 0 && countsOf(set).present === 0);
  const oldest = [...idle].sort((left, right) => revisionOf(left) - revisionOf(right));
  for (const set of oldest.slice(0, Math.max(0, idle.length - limit))) remove(site, set);
}

function keepRevision(site: Site, deployment: KubeObject, revision: number): KubeObject {
  const text = String(revision);
  if (deployment.metadata.annotations?.[REVISION] === text) return deployment;
  return patch(site, deployment, { metadata: { annotations: { [REVISION]: text } } });
}

function writeStatus(site: Site, deployment: KubeObject, current: KubeObject): void {
  const fresh = setsOf(site, deployment);
  const updated = fresh.find(({ metadata }) => metadata.uid === current.metadata.uid) ?? current;
  const counts = fresh.map(countsOf);
  const sum = (pick: (one: ReturnType<typeof countsOf>) => number) =>
    counts.reduce((total, one) => total + pick(one), 0);
  const wanted = Number(objectIn(deployment.spec)["replicas"] ?? 1);
  const available = sum((one) => one.available);
  const replicas = sum((one) => one.present);
  const isDone =
    countsOf(updated).present === wanted && replicas === wanted && available === wanted;
  setStatus(site, deployment, {
    observedGeneration: deployment.metadata.generation ?? 0,
    replicas,
    updatedReplicas: countsOf(updated).present,
    readyReplicas: available,
    availableReplicas: available,
    unavailableReplicas: Math.max(0, Math.max(wanted, replicas) - available),
    terminatingReplicas: 0,
    conditions: conditionsOf(site, deployment, { set: updated.metadata.name, available, isDone }),
  });
}

interface Progress {
  readonly set: string;
  readonly available: number;
  readonly isDone: boolean;
}

function conditionsOf(
  site: Site,
  deployment: KubeObject,
  { set, available, isDone }: Progress,
): Json {
  const timed = ["lastUpdateTime"];
  const needed = neededAvailable(deployment);
  const isAvailable = available >= needed;
  const availableFact = {
    type: "Available",
    status: isAvailable ? "True" : "False",
    reason: isAvailable ? "MinimumReplicasAvailable" : "MinimumReplicasUnavailable",
    message: isAvailable
      ? "Deployment has minimum availability."
      : "Deployment does not have minimum availability.",
  } as const;
  // Scaling a set that was rolled out before is no new rollout.
  const wasDone = conditionOf(deployment, "Progressing")?.["message"] === doneMessage(set);
  const progressFact: Fact = {
    type: "Progressing",
    status: "True",
    reason: isDone || wasDone ? "NewReplicaSetAvailable" : "ReplicaSetUpdated",
    message:
      isDone || wasDone ? doneMessage(set) : `ReplicaSet ${JSON.stringify(set)} is progressing.`,
  };
  return inOrder(deployment, [availableFact, progressFact]).map((fact) =>
    condition(site, deployment, { fact, timed }),
  );
}

function doneMessage(set: string): string {
  return `ReplicaSet ${JSON.stringify(set)} has successfully progressed.`;
}

/** Conditions keep their place; one that changed goes to the end. */
function inOrder(deployment: KubeObject, facts: readonly Fact[]): readonly Fact[] {
  const before = knownConditions(deployment);
  const place = ({ type, status, reason }: Fact) =>
    before.findIndex(
      (known) => known["type"] === type && known["status"] === status && known["reason"] === reason,
    );
  const rank = (fact: Fact) => (place(fact) < 0 ? before.length : place(fact));
  return [...facts].sort((left, right) => rank(left) - rank(right));
}

function neededAvailable(deployment: KubeObject): number {
  const spec = objectIn(deployment.spec);
  const wanted = Number(spec["replicas"] ?? 1);
  const rolling = objectIn(spec["strategy"], "rollingUpdate");
  const { maxUnavailable } = limits(rolling, wanted);
  return objectIn(spec["strategy"])["type"] === "Recreate" ? wanted : wanted - maxUnavailable;
}
