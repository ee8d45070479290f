/**
 * The first step of a deletion: the calls of `onDelete.external`, one after the other.
 *
 * Guarantees: each call whose conditions hold is made at least once before anything is deleted; the first that
 * fails ends the pass, so that the finalizer stays and it is made again, unless it says `continueOnError`;
 * one that is over is not repeated in this process. A restart forgets that: services must bear a second call.
 * In a plan none is made.
 */
import { RemoteError } from "../hook/remote-error.ts";
import type { KubeObject } from "../schema/object.ts";
import type { JsonObject } from "../std/json.ts";
import type { Scope } from "../template/template.ts";
import { announceOnce } from "./announce.ts";
import type { PassContext } from "./context.ts";
import { ReconcileError } from "./error.ts";
import type { CallProgram } from "./external-program.ts";
import { callRequest } from "./external-request.ts";
import { failedResult, NOT_CALLED, resultOf } from "./external-result.ts";

/** What `.external` is: filled in as calls are made. `undefined` where the box has none. */
export function openResults({
  program,
  memory,
}: PassContext): Record<string, JsonObject> | undefined {
  const { external } = program.onDelete;
  if (external.length === 0) return undefined;
  const known = external.map(({ call: { name } }) => [
    name,
    memory.calls?.results.get(name) ?? NOT_CALLED,
  ]);
  return Object.fromEntries(known) as Record<string, JsonObject>;
}

interface Deleted {
  readonly object: KubeObject;
  readonly scope: Scope;
}

/** `results` is the `.external` of the scope. Throws what made a call fail. */
export async function callServices(
  deleted: Deleted,
  results: Record<string, JsonObject> | undefined,
  context: PassContext,
): Promise<void> {
  const { scope } = deleted;
  const { program, surroundings, memory } = context;
  if (!results || surroundings.isPlan) return;
  const { conditions, external } = program.onDelete;
  if (!(await holds({ conditions, what: "onDelete holds" }, scope, context))) return;
  memory.calls ??= { results: new Map(), failures: new Map() };
  for (const one of external) {
    const { name } = one.call;
    if (memory.calls.results.has(name)) continue;
    if (!(await holds({ ...one, what: `to call "${name}"` }, scope, context))) continue;
    const result = await call(one, deleted, context);
    memory.calls.results.set(name, result);
    results[name] = result;
  }
}

/** One that cannot be decided must not let the custom resource go. */
async function holds(
  { conditions, what }: Pick<CallProgram, "conditions"> & { readonly what: string },
  scope: Scope,
  { evaluations, environment }: PassContext,
): Promise<boolean> {
  const verdict = await evaluations.run(environment, (own) => conditions.evaluate(scope, own));
  if (verdict.kind !== "unknown") return verdict.kind === "true";
  const message = `Cannot decide whether ${what}: ${verdict.because}`;
  throw new ReconcileError("cleanup", message);
}

async function call(
  program: CallProgram,
  { object, scope }: Deleted,
  context: PassContext,
): Promise<JsonObject> {
  const { call: plan } = program;
  const { surroundings, memory, signal } = context;
  const access = surroundings.external;
  if (!access) {
    throw new ReconcileError("cleanup", `Cannot call "${plan.name}": nothing may be called here`);
  }
  try {
    const answer = await access.call(await callRequest(program, scope, context));
    if (!answer.error) return resultOf(answer);
    if (!plan.continueOnError) throw answer.error;
    tellSkipped(answer.error, object, context);
    return resultOf(answer);
  } catch (error) {
    if (signal.aborted || !(error instanceof RemoteError)) throw error;
    if (plan.continueOnError) {
      tellSkipped(error, object, context);
      return failedResult(error);
    }
    const failures = (memory.calls?.failures.get(plan.name) ?? 0) + 1;
    memory.calls?.failures.set(plan.name, failures);
    throw delayed(error, plan.retryBackoffMs[failures - 1] ?? 0);
  }
}

/** The longer of what the service and the Katalog ask for. */
function delayed(error: RemoteError, waitMs: number): RemoteError {
  const retryAfterMs = Math.max(waitMs, error.retryAfterMs ?? 0);
  if (retryAfterMs === 0) return error;
  return new RemoteError(error.code, error.message, { cause: error.cause, retryAfterMs });
}

function tellSkipped(error: RemoteError, object: KubeObject, context: PassContext): void {
  const message = `Cleanup goes on: ${error.message}`;
  const isNews = announceOnce(object, { reason: `${object.kind}DeleteError`, message }, context);
  if (isNews) context.surroundings.log.warn(message, { name: object.metadata.name });
}
