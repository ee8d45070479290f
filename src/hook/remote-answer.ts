/**
 * The answer of a remote, held against its form: `{result, requeueAfter?, error?, status?, resources?}`.
 * Pure. Whatever does not fit is an error of that custom resource, and nothing of the answer is used.
 */
import { canonicalKindKey, isChildKey, LANGUAGE_KINDS } from "../katalog/child-keys.ts";
import type { ChildKey } from "../katalog/resolved.ts";
import { isJsonObject, type Json, type JsonObject } from "../std/json.ts";
import { suggest } from "../std/suggest.ts";
import { HookError } from "./error.ts";
import { describeValue } from "./error-data.ts";
import { plainWords } from "./plain-words.ts";
import { RemoteError } from "./remote-error.ts";
import { checkResult, type HookAnswer } from "./result.ts";

export type RemoteResource =
  /** A shorthand, as `onReconcile` of a Katalog has it; nothing in it is a template. */
  | {
      readonly kind: "shorthand";
      readonly key: Exclude<ChildKey, "custom">;
      readonly fields: JsonObject;
      readonly forceConflict: boolean;
    }
  | { readonly kind: "object"; readonly object: JsonObject; readonly forceConflict: boolean };

export interface RemoteAnswer extends HookAnswer {
  readonly result: "ok" | "requeue";
  /** Absent: it says nothing of them, what it made stays. */
  readonly resources?: readonly RemoteResource[];
}

const KEYS = ["result", "requeueAfter", "error", "status", "notReady", "resources"];
const RESULTS = ["ok", "requeue", "error"];
const SHORTHAND_KEYS = ["type", "fields", "forceConflict"];

/** Throws a `RemoteError` "nonsense", or "said" when the answer is an error. */
export function checkAnswer(answer: Json): RemoteAnswer {
  if (!isJsonObject(answer)) throw nonsense(`it is ${describeValue(answer)}, expected an object`);
  refuseUnknown(answer, KEYS);
  const { result, error, resources } = answer;
  if (typeof result !== "string" || !RESULTS.includes(result)) {
    throw nonsense(`its result is ${describeValue(result)}, expected ok, requeue or error`);
  }
  if (error !== undefined && error !== null && typeof error !== "string") {
    throw nonsense(`its error is ${describeValue(error)}, expected text`);
  }
  const common = commonOf(answer);
  if (result === "error") {
    if (common.notReady !== undefined) {
      throw nonsense("it has notReady beside an error, expected one of them");
    }
    const why = plainWords(error ?? "") || "it gave no reason";
    throw new RemoteError("said", `The remote reports an error: ${why}`, {
      retryAfterMs: common.requeueAfterMs,
      status: common.status,
    });
  }
  const listed = resources === undefined || resources === null ? undefined : listOf(resources);
  return {
    ...common,
    result: result as "ok" | "requeue",
    ...(listed && { resources: listed }),
  };
}

/** `status`, `requeueAfter` and `notReady` mean what they mean for hooks. */
function commonOf({ status, requeueAfter, notReady }: JsonObject): HookAnswer {
  try {
    return checkResult({
      ...(notReady !== undefined && { notReady }),
      ...(status !== undefined && { status }),
      ...(requeueAfter !== undefined && { requeueAfter }),
    });
  } catch (error) {
    if (error instanceof HookError) throw nonsense(error.message);
    throw error;
  }
}

function listOf(resources: Json): readonly RemoteResource[] {
  if (!Array.isArray(resources)) {
    throw nonsense(`its resources are ${describeValue(resources)}, expected a list`);
  }
  return resources.map((one: Json, index) => resourceOf(one, `resources[${index}]`));
}

function resourceOf(resource: Json, place: string): RemoteResource {
  if (!isJsonObject(resource)) {
    throw nonsense(`its ${place} is ${describeValue(resource)}, expected an object`);
  }
  if (resource["type"] === undefined || resource["apiVersion"] !== undefined) {
    return { kind: "object", object: resource, forceConflict: true };
  }
  refuseUnknown(resource, SHORTHAND_KEYS, place);
  const { type, fields, forceConflict = true } = resource;
  if (!isJsonObject(fields)) {
    throw nonsense(`its ${place}.fields is ${describeValue(fields)}, expected an object`);
  }
  if (typeof forceConflict !== "boolean") {
    throw nonsense(
      `its ${place}.forceConflict is ${describeValue(forceConflict)}, expected a bool`,
    );
  }
  const key = keyOf(type, place);
  if (key === "custom") return { kind: "object", object: fields, forceConflict };
  return { kind: "shorthand", key, fields, forceConflict };
}

/** `deployments`, in any case, or the kind that it makes, `Deployment`. */
function keyOf(type: Json | undefined, place: string): ChildKey {
  const text = typeof type === "string" ? type : "";
  const byKind = Object.keys(LANGUAGE_KINDS).find((key) => LANGUAGE_KINDS[key] === text);
  const key = canonicalKindKey(text) ?? (text === "" ? undefined : byKind);
  if (key !== undefined && isChildKey(key)) return key;
  const why = key ? "this build has no shorthand for it" : "there is no shorthand of that name";
  throw nonsense(`its ${place}.type is ${describeValue(type)}: ${why}, send the whole object`);
}

function refuseUnknown(value: JsonObject, known: readonly string[], place?: string): void {
  for (const key of Object.keys(value)) {
    if (known.includes(key)) continue;
    const near = suggest(key, known);
    const hint = near ? `did you mean "${near}"?` : `expected ${known.join(", ")}`;
    throw nonsense(`its ${place ? `${place} has` : "keys hold"} an unknown "${key}", ${hint}`);
  }
}

function nonsense(why: string): RemoteError {
  return new RemoteError("nonsense", `Cannot use the answer of the remote: ${why}`);
}
