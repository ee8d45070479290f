/** Jobs: pods until enough of them succeeded. */
import type { KubeObject } from "../../schema/object.ts";
import type { Json, JsonObject } from "../../std/json.ts";
import { objectIn } from "../kinds/strategies-workload.ts";
import { type Site, timestamp } from "../site.ts";
import { controlled, controllerKey, create, remove, setStatus } from "./act.ts";
import { condition, conditionOf, isReady } from "./conditions.ts";
import type { Controller } from "./loop.ts";
import { activePods, podFor } from "./replica-sets.ts";

const JOBS = "jobs.batch";

export function jobController(site: Site): Controller {
  return {
    name: "jobs",
    affected({ collection, key, object }) {
      if (collection === JOBS) return [key];
      return collection === "pods" ? controllerKey(object, "Job") : [];
    },
    reconcile(key) {
      const job = site.store.get(JOBS, key);
      if (job === undefined || job.metadata.deletionTimestamp !== undefined) return undefined;
      if (conditionOf(job, "Complete")?.["status"] === "True") return expire(site, job);
      const isSuspended = objectIn(job.spec)["suspend"] === true;
      if (isSuspended) for (const pod of activePods(site, job)) remove(site, pod);
      else startPods(site, job);
      writeStatus(site, job, isSuspended);
      return undefined;
    },
  };
}

function succeeded(site: Site, job: KubeObject): number {
  return controlled(site, "pods", job).filter(
    ({ status }) => objectIn(status)["phase"] === "Succeeded",
  ).length;
}

function startPods(site: Site, job: KubeObject): void {
  const spec = objectIn(job.spec);
  const parallelism = Number(spec["parallelism"] ?? 1);
  const completions = Number(spec["completions"] ?? parallelism);
  const active = activePods(site, job).length;
  const missing = Math.min(parallelism, completions - succeeded(site, job)) - active;
  for (let count = 0; count < missing; count++) create(site, podFor(job));
}

function writeStatus(site: Site, job: KubeObject, isSuspended: boolean): void {
  const spec = objectIn(job.spec);
  const before = objectIn(job.status);
  const active = activePods(site, job);
  const done = succeeded(site, job);
  const completions = Number(spec["completions"] ?? spec["parallelism"] ?? 1);
  const isComplete = done >= completions && !isSuspended;
  const now = timestamp(site.clock);
  setStatus(site, job, {
    ...(!isSuspended && { startTime: before["startTime"] ?? now }),
    active: active.length,
    ready: active.filter(isReady).length,
    terminating: 0,
    succeeded: done,
    uncountedTerminatedPods: {},
    ...(isComplete && { completionTime: now }),
    ...conditionsOf(site, job, { isSuspended, isComplete }),
  });
}

function conditionsOf(
  site: Site,
  job: KubeObject,
  { isSuspended, isComplete }: { readonly isSuspended: boolean; readonly isComplete: boolean },
): { readonly conditions?: Json } {
  const timed = ["lastProbeTime"];
  const make = (type: string, reason: string, message: string): JsonObject =>
    condition(site, job, { fact: { type, status: "True", reason, message }, timed });
  if (isComplete) {
    const reason = "CompletionsReached";
    const message = "Reached expected number of succeeded pods";
    return {
      conditions: [make("SuccessCriteriaMet", reason, message), make("Complete", reason, message)],
    };
  }
  return isSuspended ? { conditions: [make("Suspended", "JobSuspended", "Job suspended")] } : {};
}

/** https://kubernetes.io/docs/concepts/workloads/controllers/ttlafterfinished/ */
function expire(site: Site, job: KubeObject): number | undefined {
  const ttl = objectIn(job.spec)["ttlSecondsAfterFinished"];
  if (typeof ttl !== "number") return undefined;
  const finished = Date.parse(String(objectIn(job.status)["completionTime"] ?? ""));
  const leftMs = finished + ttl * 1000 - site.clock.now();
  if (leftMs > 0) return leftMs;
  remove(site, job);
  return undefined;
}
