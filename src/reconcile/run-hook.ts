/**
 * Step 12: the user's code, once in each pass, whatever its outcome: what it made, what it says of the
 * status, when it wants to be called again, and what went wrong.
 */
import type { ChildResult } from "../apply/apply.ts";
import type { Change } from "../apply/changes.ts";
import type { ObservedChild } from "../apply/prune.ts";
import type { Handler } from "../hook/protocol.ts";
import type { HookAnswer } from "../hook/result.ts";
import { packChildren } from "../hook/shared-children.ts";
import type { KubeObject } from "../schema/object.ts";
import type { Condition } from "../status/conditions.ts";
import { isJsonObject, type Json, type JsonObject } from "../std/json.ts";
import type { Scope, TemplateValue } from "../template/template.ts";
import { buildChildren } from "./children-scope.ts";
import type { PassContext } from "./context.ts";
import { ReconcileError } from "./error.ts";
import { createHookKube } from "./hook-kube.ts";
import { blockFault } from "./template-fault.ts";

export interface HookOutcome {
  readonly changes: readonly Change[];
  readonly results: readonly ChildResult[];
  readonly errors: readonly Error[];
  /** To be laid over the status, without its conditions. */
  readonly status: JsonObject;
  readonly conditions: readonly Condition[];
  readonly requeueAfterMs?: number;
  /** What the code says is not there yet. */
  readonly notReady: readonly string[];
  /**
   * `childKey`s of all that the remote wants: what it made besides goes. Absent: it did not say, and all of
   * it stays.
   */
  readonly kept?: ReadonlySet<string>;
}

export interface HookInput {
  readonly object: KubeObject;
  /** What templates see: `args` are evaluated against it. */
  readonly scope: Scope;
  readonly children: readonly ObservedChild[];
}

export const NOTHING: HookOutcome = {
  changes: [],
  results: [],
  errors: [],
  status: {},
  conditions: [],
  notReady: [],
};

/** Does not throw, except when the pass is aborted: what went wrong is part of the outcome. */
export async function runHook(
  handler: Handler,
  input: HookInput,
  context: PassContext,
): Promise<HookOutcome> {
  const { program, surroundings, memory, environment, signal } = context;
  if (!program.hooks || !surroundings.hooks?.has(handler)) return NOTHING;
  // Code looks at the world outside, so every pass asks it again.
  environment.markVolatile();
  const kube = createHookKube(input.object, context);
  try {
    const answer = await surroundings.hooks.call({
      handler,
      context: await callContext(input, context),
      services: { answer: (request) => kube.answer(request), log: logOf(input, context) },
      signal,
    });
    const outcome = outcomeOf(answer, kube);
    memory.hookFailures = 0;
    return outcome;
  } catch (error) {
    if (signal.aborted || !(error instanceof Error)) throw error;
    memory.hookFailures++;
    return { ...NOTHING, changes: kube.changes, results: kube.results, errors: [error] };
  }
}

async function callContext({ object, scope, children }: HookInput, context: PassContext) {
  const { program, memory } = context;
  const args = await renderArgs(scope, context);
  const { managedFields: _, ...metadata } = object.metadata;
  const objects = children.map((child) => child.object as unknown as JsonObject);
  return {
    object: { ...object, metadata, spec: scope["spec"] } as unknown as JsonObject,
    children: packChildren(buildChildren(children, program.declaredKinds), objects),
    args: isJsonObject(args) ? args : {},
    attempt: memory.hookFailures + 1,
  };
}

async function renderArgs(
  scope: Scope,
  { program, environment, evaluations }: PassContext,
): Promise<TemplateValue> {
  try {
    return await evaluations.run(environment, (own) => program.hooks?.args.evaluate(scope, own));
  } catch (error) {
    throw blockFault("hooks.args", error);
  }
}

function logOf({ object }: HookInput, { surroundings }: PassContext) {
  const { name, namespace } = object.metadata;
  const log = surroundings.log.child({ name, ...(namespace !== undefined && { namespace }) });
  return (level: "debug" | "info" | "warn" | "error", message: string, fields: JsonObject) =>
    log[level](message, fields);
}

export function outcomeOf(
  { status = {}, requeueAfterMs, notReady }: HookAnswer,
  { changes, results }: Pick<HookOutcome, "changes" | "results">,
): HookOutcome {
  const { conditions, observedGeneration: _, ...fields } = status;
  return {
    changes,
    results,
    errors: [],
    status: fields,
    conditions: conditionsOf(conditions),
    notReady: notReady === undefined ? [] : [notReady],
    ...(requeueAfterMs !== undefined && { requeueAfterMs }),
  };
}

/** Written by us, whatever the code thinks. */
const RESERVED: ReadonlySet<string> = new Set(["Ready"]);

function conditionsOf(conditions: Json | undefined): readonly Condition[] {
  if (!Array.isArray(conditions)) return [];
  return conditions.filter(isJsonObject).map((condition: JsonObject) => {
    const { type, status, reason = "", message = "" } = condition;
    if (RESERVED.has(String(type))) {
      throw new ReconcileError(
        "value",
        `Cannot set the condition "${String(type)}": it says how the reconcile went, use another type`,
      );
    }
    return {
      type: String(type),
      status: status as Condition["status"],
      // The API asks for a word.
      reason: String(reason) || "Reported",
      message: String(message),
    };
  });
}
