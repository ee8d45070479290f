/** What a handler gave back → what it means; anything else is an error of that custom resource. */
import { parseDuration } from "../std/duration.ts";
import { isJsonObject, type Json, type JsonObject } from "../std/json.ts";
import { suggest } from "../std/suggest.ts";
import { HookError } from "./error.ts";
import { describeValue } from "./error-data.ts";
import { plainWords } from "./plain-words.ts";

export interface HookAnswer {
  readonly status?: JsonObject;
  readonly requeueAfterMs?: number;
  /** What is not there yet, in one line. */
  readonly notReady?: string;
}

const KEYS = ["status", "requeueAfter", "notReady"];

/** Throws a `HookError` "nonsense". */
export function checkResult(result: Json): HookAnswer {
  if (result === null) return {};
  if (!isJsonObject(result)) {
    throw nonsense(`it returned ${describeValue(result)}, expected an object or nothing`);
  }
  for (const key of Object.keys(result)) {
    if (KEYS.includes(key)) continue;
    const near = suggest(key, KEYS);
    const hint = near
      ? `did you mean "${near}"?`
      : `expected ${KEYS.slice(0, -1).join(", ")} or ${KEYS.at(-1)}`;
    throw nonsense(`it returned an unknown "${key}", ${hint}`);
  }
  const { status, requeueAfter, notReady } = result;
  const requeueAfterMs = requeueAfter === undefined ? undefined : delayOf(requeueAfter);
  const missing = notReady === undefined ? "" : missingOf(notReady);
  return {
    ...(status !== undefined && status !== null && { status: statusOf(status) }),
    ...(requeueAfterMs !== undefined && { requeueAfterMs }),
    ...(missing !== "" && { notReady: missing }),
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

/** Empty when it is ready. */
function missingOf(value: Json): string {
  if (value === null || value === false) return "";
  if (typeof value === "string") return plainWords(value);
  throw nonsense(
    `its notReady is ${describeValue(value)}, expected a text that says what is not there yet`,
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
