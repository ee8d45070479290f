/**
 * Scheduler and kubelet in one: pods are put on the only node, run after a delay, complete when
 * they belong to a Job, and go when they are deleted. No container ever runs.
 */
import type { KubeObject } from "../../schema/object.ts";
import { isJsonObject, type Json, type JsonObject } from "../../std/json.ts";
import { objectIn } from "../kinds/strategies-workload.ts";
import { type Site, timestamp } from "../site.ts";
import { controllerOf, patch, remove, setStatusAs } from "./act.ts";
import { condition, type Fact } from "./conditions.ts";
import type { Controller } from "./loop.ts";

export const NODE_NAME = "sandbox";
const NODE_ADDRESS = "10.0.0.1";
const KUBELET = "kubelet";
const CONDITIONS: readonly string[] = [
  "PodReadyToStartContainers",
  "Initialized",
  "Ready",
  "ContainersReady",
  "PodScheduled",
];

export function podController(
  site: Site,
  { readyDelayMs }: { readonly readyDelayMs: number },
): Controller {
  const starts = new Map<string, number>();
  return {
    name: "pods",
    affected: ({ collection, kind, key }) =>
      collection === "pods" && kind !== "deleted" ? [key] : [],
    reconcile(key) {
      const pod = site.store.get("pods", key);
      if (pod === undefined) return undefined;
      if (pod.metadata.deletionTimestamp !== undefined) {
        starts.delete(pod.metadata.uid ?? "");
        return end(site, pod);
      }
      const phase = objectIn(pod.status)["phase"];
      if (objectIn(pod.spec)["nodeName"] === undefined) return schedule(site, pod);
      if (phase === "Pending") return begin(site, pod, { delayMs: readyDelayMs, starts });
      return phase === "Running" && isTask(pod) ? finish(site, pod, readyDelayMs) : undefined;
    },
  };
}

/** Its finalizers, if any, hold it until their owners are done. */
function end(site: Site, pod: KubeObject): undefined {
  if ((pod.metadata.deletionGracePeriodSeconds ?? 0) > 0) remove(site, pod, 0);
  return undefined;
}

function schedule(site: Site, pod: KubeObject): undefined {
  const assigned = patch(site, pod, { spec: { nodeName: NODE_NAME } });
  const fact = { type: "PodScheduled", status: "True" } as const;
  const conditions = [podCondition(site, assigned, fact)];
  const status = { ...objectIn(assigned.status), conditions };
  setStatusAs(site, assigned, { status, manager: "kube-scheduler" });
  return undefined;
}

function podCondition(site: Site, pod: KubeObject, fact: Fact): JsonObject {
  const { generation } = pod.metadata;
  const made = condition(site, pod, { fact });
  return {
    ...made,
    lastProbeTime: null,
    ...(generation !== undefined && { observedGeneration: generation }),
  };
}

/** Starts the pod's wait at first sight; afterwards tells how much of it is left. */
function begin(site: Site, pod: KubeObject, { delayMs, starts }: Starting): number | undefined {
  const uid = pod.metadata.uid ?? "";
  const nowMs = site.clock.monotonicMs();
  const startedMs = starts.get(uid);
  if (startedMs === undefined && delayMs > 0) {
    starts.set(uid, nowMs);
    const start = { startTime: timestamp(site.clock), hostIP: NODE_ADDRESS };
    setStatusAs(site, pod, { status: { ...objectIn(pod.status), ...start }, manager: KUBELET });
    return delayMs;
  }
  const leftMs = delayMs - (nowMs - (startedMs ?? Number.NEGATIVE_INFINITY));
  if (leftMs > 0) return leftMs;
  starts.delete(uid);
  setStatusAs(site, pod, { status: runningStatus(site, pod), manager: KUBELET });
  return undefined;
}

interface Starting {
  readonly delayMs: number;
  /** Monotonic time at which the wait of each starting pod began, by uid. */
  readonly starts: Map<string, number>;
}

function runningStatus(site: Site, pod: KubeObject): JsonObject {
  const before = objectIn(pod.status);
  const now = timestamp(site.clock);
  const started = { running: { startedAt: now } };
  return {
    ...before,
    phase: "Running",
    hostIP: NODE_ADDRESS,
    hostIPs: [{ ip: NODE_ADDRESS }],
    podIP: before["podIP"] ?? freeAddress(site),
    podIPs: before["podIPs"] ?? [{ ip: before["podIP"] ?? freeAddress(site) }],
    startTime: before["startTime"] ?? now,
    conditions: CONDITIONS.map((type) => podCondition(site, pod, { type, status: "True" })),
    containerStatuses: containersOf(pod).map((container) =>
      containerStatus(container, { state: started, isReady: true }),
    ),
  };
}

function containersOf({ spec }: KubeObject): JsonObject[] {
  const containers = objectIn(spec)["containers"];
  return Array.isArray(containers) ? containers.filter(isJsonObject) : [];
}

function containerStatus(
  { name = "", image = "" }: JsonObject,
  { state, isReady }: { readonly state: Json; readonly isReady: boolean },
): JsonObject {
  return { name, image, imageID: "", ready: isReady, started: isReady, restartCount: 0, state };
}

const FIRST_POD_ADDRESS = 2;

function freeAddress(site: Site): string {
  const taken = new Set(site.store.list("pods").map(({ status }) => objectIn(status)["podIP"]));
  for (let number = FIRST_POD_ADDRESS; ; number++) {
    const address = `10.244.${number >> 8}.${number & 255}`;
    if (!taken.has(address)) return address;
  }
}

/** A pod of a Job does its work and ends well. */
function isTask(pod: KubeObject): boolean {
  return controllerOf(pod)?.kind === "Job";
}

function finish(site: Site, pod: KubeObject, delayMs: number): number | undefined {
  const status = objectIn(pod.status);
  const [first] = Array.isArray(status["containerStatuses"]) ? status["containerStatuses"] : [];
  const startedAt = String(objectIn(first, "state", "running")["startedAt"] ?? "");
  const ranMs = site.clock.now() - Date.parse(startedAt);
  if (ranMs < delayMs) return delayMs - ranMs;
  const finishedAt = timestamp(site.clock);
  const state = { terminated: { exitCode: 0, reason: "Completed", startedAt, finishedAt } };
  const ended = {
    ...status,
    phase: "Succeeded",
    conditions: CONDITIONS.map((type) => podCondition(site, pod, endedFact(type))),
    containerStatuses: containersOf(pod).map((container) =>
      containerStatus(container, { state, isReady: false }),
    ),
  };
  setStatusAs(site, pod, { status: ended, manager: KUBELET });
  return undefined;
}

/** What a kubelet says of a pod whose containers are done. */
function endedFact(type: string): Fact {
  const reason = "PodCompleted";
  switch (type) {
    case "PodScheduled":
      return { type, status: "True" };
    case "Initialized":
      return { type, status: "True", reason };
    case "PodReadyToStartContainers":
      return { type, status: "False" };
    default:
      return { type, status: "False", reason };
  }
}
