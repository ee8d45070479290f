/**
 * Scheduler and kubelet in one: pods are put on the only node, run after a delay, complete when
 * they belong to a Job, and go when they are deleted. No container ever runs.
 */
import type { KubeObject } from "../../schema/object.ts";
import { isJsonObject, type Json, type JsonObject } from "../../std/json.ts";
import { objectIn } from "../kinds/strategies-workload.ts";
import { type Site, timestamp } from "../site.ts";
import { controllerOf, patch, remove, setStatus } from "./act.ts";
import { condition } from "./conditions.ts";
import type { Controller } from "./loop.ts";

export const NODE_NAME = "sandbox";
const NODE_ADDRESS = "10.0.0.1";
const KUBELET = "kubelet";

export function podController(
  site: Site,
  { readyDelayMs }: { readonly readyDelayMs: number },
): Controller {
  return {
    name: "pods",
    affected: ({ collection, kind, key }) =>
      collection === "pods" && kind !== "deleted" ? [key] : [],
    reconcile(key) {
      const pod = site.store.get("pods", key);
      if (pod === undefined) return undefined;
      if (pod.metadata.deletionTimestamp !== undefined) return end(site, pod);
      const phase = objectIn(pod.status)["phase"];
      if (objectIn(pod.spec)["nodeName"] === undefined) return schedule(site, pod);
      if (phase === "Pending") return begin(site, pod, readyDelayMs);
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
  setStatus(site, assigned, {
    ...objectIn(assigned.status),
    conditions: [podCondition(site, assigned, fact)],
  }, "kube-scheduler");
  return undefined;
}

function podCondition(site: Site, pod: KubeObject, fact: Parameters<typeof condition>[2]["fact"]): JsonObject {
  const { generation } = pod.metadata;
  const made = condition(site, pod, { fact });
  return { ...made, lastProbeTime: null, ...(generation !== undefined && { observedGeneration: generation }) };
}

function begin(site: Site, pod: KubeObject, delayMs: number): number | undefined {
  const waitedMs = site.clock.now() - createdAt(pod);
  // The creation time has whole seconds: wait at most the delay, wherever in its second it began.
  const status = objectIn(pod.status);
  if (status["startTime"] === undefined && delayMs > 0 && waitedMs < delayMs + 1000) {
    setStatus(site, pod, { ...status, startTime: timestamp(site.clock), hostIP: NODE_ADDRESS }, KUBELET);
    return delayMs;
  }
  setStatus(site, pod, runningStatus(site, pod), KUBELET);
  return undefined;
}

function createdAt({ metadata }: KubeObject): number {
  return Date.parse(metadata.creationTimestamp ?? "") || 0;
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
    conditions: ["PodReadyToStartContainers", "Initialized", "Ready", "ContainersReady", "PodScheduled"].map(
      (type) => podCondition(site, pod, { type, status: "True" }),
    ),
    containerStatuses: containersOf(pod).map((container) => containerStatus(container, { state: started, isReady: true })),
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
  const reason = "PodCompleted";
  setStatus(site, pod, {
    ...status,
    phase: "Succeeded",
    conditions: ["PodReadyToStartContainers", "Initialized", "Ready", "ContainersReady", "PodScheduled"].map((type) =>
      podCondition(
        site,
        pod,
        type === "Initialized" || type === "PodScheduled"
          ? { type, status: "True", ...(type === "Initialized" && { reason }) }
          : { type, status: "False", ...(type !== "PodReadyToStartContainers" && { reason }) },
      ),
    ),
    containerStatuses: containersOf(pod).map((container) => containerStatus(container, { state, isReady: false })),
  }, KUBELET);
  return undefined;
}
