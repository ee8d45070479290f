/**
 * The `Ready` condition as people should read it. A condition is about one generation: `True` of an earlier one says
 * nothing of what is declared now. Source of `observedGeneration`:
 * https://github.com/kubernetes/community/blob/master/contributors/devel/sig-architecture/api-conventions.md#typical-status-properties.
 */
import { conditionOf } from "../apply/readiness.ts";
import type { KubeObject } from "../schema/object.ts";
import { isJsonObject } from "../std/json.ts";

export interface StoredReady {
  /** `Unknown` also where it is `True` of an earlier generation, with the reason `NotObserved`. */
  readonly status: string;
  readonly reason: string;
  readonly message: string;
}

/** `undefined`: the object has no such condition. Pure. */
export function storedReady({ metadata, status }: KubeObject): StoredReady | undefined {
  const condition = isJsonObject(status) ? conditionOf(status, "Ready") : undefined;
  if (!isJsonObject(status) || !condition) return undefined;
  const observed = condition["observedGeneration"] ?? status["observedGeneration"];
  const { generation } = metadata;
  const isBehind =
    typeof observed === "number" && generation !== undefined && observed < generation;
  if (isBehind && condition["status"] === "True") {
    return {
      status: "Unknown",
      reason: "NotObserved",
      message: `Generation ${generation} is not reconciled yet, ${observed} was ready`,
    };
  }
  return {
    status: textOf(condition["status"]),
    reason: textOf(condition["reason"]),
    message: textOf(condition["message"]),
  };
}

function textOf(value: unknown): string {
  return typeof value === "string" ? value : "";
}
