/** Columns of pods and of the kinds that make them. */
import type { KubeObject } from "../../schema/object.ts";
import type { Json, JsonObject } from "../../std/json.ts";
import { objectIn } from "../kinds/strategies-workload.ts";
import {
  age,
  type Column,
  column,
  containers,
  INTEGER,
  itemsOf,
  nameColumn,
  printLabels,
  printSelector,
  selector,
  WIDE,
} from "./column.ts";
import { ageOf, humanDuration } from "./duration.ts";

const spec = (object: KubeObject): JsonObject => objectIn(object.spec);
const status = (object: KubeObject): JsonObject => objectIn(object.status);
const count = (value: Json | undefined): number => (typeof value === "number" ? value : 0);

export const WORKLOAD_COLUMNS: Readonly<Record<string, readonly Column[]>> = {
  "v1 Pod": [
    nameColumn,
    column("Ready", (pod) => `${readyContainers(pod)}/${itemsOf(spec(pod)["containers"]).length}`),
    column("Status", podStatus),
    column("Restarts", (pod) => String(restarts(pod))),
    age,
    column("IP", (pod) => status(pod)["podIP"] ?? "<none>", WIDE),
    column("Node", (pod) => spec(pod)["nodeName"] ?? "<none>", WIDE),
    column("Nominated Node", (pod) => status(pod)["nominatedNodeName"] ?? "<none>", WIDE),
    column("Readiness Gates", (pod) => readinessGates(pod), WIDE),
  ],
  "apps/v1 Deployment": [
    nameColumn,
    column(
      "Ready",
      (one) => `${count(status(one)["readyReplicas"])}/${count(spec(one)["replicas"])}`,
    ),
    column("Up-to-date", (one) => count(status(one)["updatedReplicas"])),
    column("Available", (one) => count(status(one)["availableReplicas"])),
    age,
    ...containers,
    selector,
  ],
  "apps/v1 ReplicaSet": replicaColumns(),
  "v1 ReplicationController": replicaColumns(),
  "apps/v1 StatefulSet": [
    nameColumn,
    column(
      "Ready",
      (one) => `${count(status(one)["readyReplicas"])}/${count(spec(one)["replicas"])}`,
    ),
    age,
    ...containers,
  ],
  "apps/v1 DaemonSet": [
    nameColumn,
    column("Desired", (one) => count(status(one)["desiredNumberScheduled"]), INTEGER),
    column("Current", (one) => count(status(one)["currentNumberScheduled"]), INTEGER),
    column("Ready", (one) => count(status(one)["numberReady"]), INTEGER),
    column("Up-to-date", (one) => count(status(one)["updatedNumberScheduled"]), INTEGER),
    column("Available", (one) => count(status(one)["numberAvailable"]), INTEGER),
    column("Node Selector", (one) =>
      printLabels(objectIn(spec(one), "template", "spec")["nodeSelector"]),
    ),
    age,
    ...containers,
    selector,
  ],
  "apps/v1 ControllerRevision": [
    nameColumn,
    column("Controller", ({ metadata }) => {
      const owner = metadata.ownerReferences?.find(({ controller }) => controller);
      return owner === undefined
        ? "<none>"
        : `${owner.kind.toLowerCase()}.${owner.apiVersion.split("/")[0]}/${owner.name}`;
    }),
    column("Revision", (one) => Number(one["revision"] ?? 0)),
    age,
  ],
  "batch/v1 Job": [
    nameColumn,
    column("Status", jobStatus),
    column("Completions", completions),
    column("Duration", jobDuration),
    age,
    ...containers,
    selector,
  ],
  "batch/v1 CronJob": [
    nameColumn,
    column("Schedule", (one) => spec(one)["schedule"] ?? ""),
    column("Timezone", (one) => spec(one)["timeZone"] ?? "<none>"),
    column("Suspend", (one) => (spec(one)["suspend"] === true ? "True" : "False"), {
      type: "boolean",
    }),
    column("Active", (one) => itemsOf(status(one)["active"]).length, INTEGER),
    column("Last Schedule", (one, now) => {
      const last = status(one)["lastScheduleTime"];
      return last === undefined ? "<none>" : ageOf(last, now);
    }),
    age,
    ...containers,
    column(
      "Selector",
      (one) => printSelector(objectIn(spec(one), "jobTemplate", "spec")["selector"]),
      WIDE,
    ),
  ],
};

function replicaColumns(): readonly Column[] {
  return [
    nameColumn,
    column("Desired", (one) => count(spec(one)["replicas"]), INTEGER),
    column("Current", (one) => count(status(one)["replicas"]), INTEGER),
    column("Ready", (one) => count(status(one)["readyReplicas"]), INTEGER),
    age,
    ...containers,
    selector,
  ];
}

function statusesOf(pod: KubeObject): JsonObject[] {
  return itemsOf(status(pod)["containerStatuses"]);
}

function readyContainers(pod: KubeObject): number {
  return statusesOf(pod).filter(
    ({ ready, state }) => ready === true && objectIn(state)["running"] !== undefined,
  ).length;
}

function restarts(pod: KubeObject): number {
  return statusesOf(pod).reduce((sum, { restartCount }) => sum + count(restartCount), 0);
}

/** The reason of a container that waits or ended says more than the pod's phase. */
function podStatus(pod: KubeObject): string {
  const own = status(pod);
  let reason = String(own["reason"] ?? own["phase"] ?? "");
  for (const { state } of statusesOf(pod)) {
    const waiting = objectIn(state, "waiting")["reason"];
    const ended = objectIn(state, "terminated")["reason"];
    if (waiting || ended) reason = String(waiting ?? ended);
  }
  return pod.metadata.deletionTimestamp === undefined ? reason : "Terminating";
}

function readinessGates(pod: KubeObject): string {
  const gates = itemsOf(spec(pod)["readinessGates"]);
  if (gates.length === 0) return "<none>";
  const conditions = itemsOf(status(pod)["conditions"]);
  const isTrue = ({ conditionType }: JsonObject) =>
    conditions.some(({ type, status: value }) => type === conditionType && value === "True");
  return `${gates.filter(isTrue).length}/${gates.length}`;
}

function jobStatus(job: KubeObject): string {
  const isTrue = (wanted: string) =>
    itemsOf(status(job)["conditions"]).some(
      ({ type, status: value }) => type === wanted && value === "True",
    );
  if (isTrue("Complete")) return "Complete";
  if (isTrue("Failed")) return "Failed";
  if (job.metadata.deletionTimestamp !== undefined) return "Terminating";
  if (isTrue("Suspended")) return "Suspended";
  return isTrue("FailureTarget")
    ? "FailureTarget"
    : isTrue("SuccessCriteriaMet")
      ? "SuccessCriteriaMet"
      : "Running";
}

function completions(job: KubeObject): string {
  const { completions: wanted, parallelism } = spec(job);
  const done = count(status(job)["succeeded"]);
  if (typeof wanted === "number") return `${done}/${wanted}`;
  return count(parallelism) > 1 ? `${done}/1 of ${parallelism}` : `${done}/1`;
}

function jobDuration(job: KubeObject, now: number): string {
  const { startTime, completionTime } = status(job);
  if (typeof startTime !== "string") return "";
  const end = typeof completionTime === "string" ? Date.parse(completionTime) : now;
  return humanDuration(end - Date.parse(startTime));
}
