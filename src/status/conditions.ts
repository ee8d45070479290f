/**
 * The list of conditions of a status, as a value: setting one gives a new list. Conditions of others
 * are kept as they are, in their place. Source:
 * https://github.com/kubernetes/community/blob/master/contributors/devel/sig-architecture/api-conventions.md#typical-status-properties.
 */
import { isDeepEqual, isJsonObject, type Json, type JsonObject } from "../std/json.ts";

export interface Condition {
  readonly type: string;
  readonly status: "True" | "False" | "Unknown";
  /** One word in CamelCase, for machines. */
  readonly reason: string;
  /** For people. */
  readonly message: string;
  readonly observedGeneration?: number;
}

/** The API's limit for `message`. */
const MESSAGE_LIMIT = 32_768;

/** `conditions` with this one set. `lastTransitionTime` moves only when `status` does. */
export function setCondition(
  conditions: Json | undefined,
  condition: Condition,
  nowMs: number,
): readonly Json[] {
  const list: readonly Json[] = Array.isArray(conditions) ? conditions : [];
  const index = list.findIndex((item) => isOfType(item, condition.type));
  const before = index < 0 ? undefined : (list[index] as JsonObject);
  const since = before?.["status"] === condition.status ? before["lastTransitionTime"] : undefined;
  const next: JsonObject = {
    ...condition,
    message: condition.message.slice(0, MESSAGE_LIMIT),
    lastTransitionTime: typeof since === "string" ? since : timestamp(nowMs),
  };
  if (before === undefined) return [...list, next];
  return isDeepEqual(before, next) ? list : list.with(index, next);
}

function isOfType(item: Json, type: string): boolean {
  return isJsonObject(item) && item["type"] === type;
}

/** RFC 3339 in whole seconds, as the API prints times. */
function timestamp(nowMs: number): string {
  return `${new Date(nowMs).toISOString().slice(0, -".000Z".length)}Z`;
}
