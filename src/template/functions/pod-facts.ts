/**
 * What the functions know of a pod. Enrichment attaches pods under `_pods`, either as the API
 * serves them or already summarised; both are read.
 */
import { getPath, isJsonObject, type Json, type JsonObject } from "../../std/json.ts";
import { hasTrueCondition, listAt, numberAt, textAt } from "./objects.ts";

export interface PodFacts {
  readonly name: string;
  readonly ip: string;
  readonly phase: string;
  readonly ready: boolean;
  readonly node: string;
  readonly restartCount: number;
  /** The number at the end of a StatefulSet pod's name, -1 for other pods. */
  readonly ordinal: number;
  /** Why its containers wait or have ended: `CrashLoopBackOff`, `OOMKilled`. */
  readonly reasons: readonly string[];
  /** Exit codes of the containers that have ended. */
  readonly exitCodes: readonly number[];
}

/** The facts of every pod attached to the object, or of the object when it is a Pod itself. */
export function podsOf(object: JsonObject): readonly PodFacts[] {
  if (object["kind"] === "Pod") return [podFacts(object)];
  return listAt(object, "_pods").flatMap((pod) => (isJsonObject(pod) ? [podFacts(pod)] : []));
}

function podFacts(pod: JsonObject): PodFacts {
  const name = textAt(pod, "name") || textAt(pod, "metadata", "name");
  const containers = [...listAt(pod, "containers"), ...listAt(pod, "status", "containerStatuses")];
  return {
    name,
    ip: textAt(pod, "ip") || textAt(pod, "status", "podIP"),
    phase: textAt(pod, "phase") || textAt(pod, "status", "phase"),
    ready: pod["ready"] === true || pod["ready"] === "true" || hasTrueCondition(pod, "Ready"),
    node: textAt(pod, "node") || textAt(pod, "spec", "nodeName"),
    restartCount: Math.max(
      numberAt(pod, "restartCount"),
      ...containers.map((container) => numberAt(container, "restartCount")),
    ),
    ordinal: ordinalOf(pod, name),
    reasons: containers.flatMap(reasonsOf),
    exitCodes: containers.flatMap(exitCodesOf),
  };
}

function ordinalOf(pod: JsonObject, name: string): number {
  if (typeof pod["ordinal"] === "number") return pod["ordinal"];
  const match = /-(\d+)$/.exec(name);
  return match ? Number(match[1]) : -1;
}

function reasonsOf(container: Json): readonly string[] {
  return [
    textAt(container, "reason"),
    textAt(container, "state", "waiting", "reason"),
    textAt(container, "state", "terminated", "reason"),
  ].filter((reason) => reason !== "");
}

function exitCodesOf(container: Json): readonly number[] {
  return [
    getPath(container, ["exitCode"]),
    getPath(container, ["state", "terminated", "exitCode"]),
  ].filter((code) => typeof code === "number");
}
