/** What a handler gave back → what it means; anything else is an error of that custom resource. */
import { parseDuration } from "../std/duration.ts";
import { isJsonObject, type Json, type JsonObject } from "../std/json.ts";
import { suggest } from "../std/suggest.ts";
import { HookError } from "./error.ts";
import { describeValue } from "./error-data.ts";

export interface HookAnswer {
  readonly status?: JsonObject;
  readonly requeueAfterMs?: number;
}

const KEYS = ["status", "requeueAfter"];

/** Throws a `HookError` "nonsense". */
export function checkResult(result: Json): HookAnswer {
  if (result === null) return {};
  if (!isJsonObject(result)) {
    throw nonsense(`it returned ${describeValue(result)}, expected an object or nothing`);
  }
  for (const key of Object.keys(result)) {
    if (KEYS.includes(key)) continue;
    const near = suggest(key, KEYS);
    const hint = near ? `did you mean "${near}"?` : `expected ${KEYS.join(" or ")}`;
    throw nonsense(`it returned an unknown "${key}", ${hint}`);
  }
  const { status, requeueAfter } = result;
  const requeueAfterMs = requeueAfter === undefined ? undefined : delayOf(requeueAfter);
  return {
    ...(status !== undefined && status !== null && { status: statusOf(status) }),
    ...(requeueAfterMs !== undefined && { requeueAfterMs }),
  };
}

function statusOf(status: Json): JsonObject {
  if (!isJsonObject(status)) {
    throw nonsense(`its status is ${describeValue(status)}, expected an object`);
  }
  const { conditions } = status;
  if (conditions === undefined) return status;
  if (!Array.isArray(conditions) || !conditions.every(isCondition)) {
    throw nonsense(
      'its status.conditions are no conditions, expected a list of {type, status: "True" | "False" | "Unknown", reason, message}',
    );
  }
  return status;
}

function isCondition(value: Json): boolean {
  return (
    isJsonObject(value) &&
    typeof value["type"] === "string" &&
    ["True", "False", "Unknown"].includes(String(value["status"])) &&
    [value["reason"], value["message"]].every(
      (text) => text === undefined || typeof text === "string",
    )
  );
}

/** Milliseconds; none for nothing and for zero. */
function delayOf(value: Json): number | undefined {
  if (value === null || value === "" || value === 0) return undefined;
  if (typeof value === "number" && value > 0) return value;
  const parsed = typeof value === "string" ? parseDuration(value) : undefined;
  if (parsed?.kind === "duration" && parsed.ms >= 0) return parsed.ms > 0 ? parsed.ms : undefined;
  throw nonsense(
    `its requeueAfter is ${describeValue(value)}, expected a duration such as 30s, or milliseconds`,
  );
}

function nonsense(message: string): HookError {
  return new HookError("nonsense", message);
}
