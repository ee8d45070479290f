/**
 * Step 12 over HTTP: a service is asked once in each pass what should be, and what it says is made so, in
 * the same way as what hooks make.
 *
 * Guarantees: nothing of an answer is applied unless all of it may be; what the remote made before goes
 * only when an answer `ok` lists its resources without it; nothing is written that changes nothing.
 */
import { applyChildren } from "../apply/apply.ts";
import { childKey, type DesiredChild } from "../apply/child.ts";
import type { Handler } from "../hook/protocol.ts";
import { checkAnswer, type RemoteAnswer } from "../hook/remote-answer.ts";
import { type RemoteRequest, withoutCredential } from "../hook/remote-call.ts";
import { RemoteError } from "../hook/remote-error.ts";
import type { KubeObject } from "../schema/object.ts";
import { formatDuration } from "../std/duration.ts";
import { isJsonObject, type Json } from "../std/json.ts";
import { applyContext } from "./apply-context.ts";
import type { PassContext } from "./context.ts";
import { recallJobs, rememberEnded } from "./job-memory.ts";
import { isComplete } from "./jobs.ts";
import { observe } from "./observe.ts";
import { childrenOfAnswer, refuseForeign } from "./remote-children.ts";
import { remoteRequest } from "./remote-request.ts";
import { type HookInput, type HookOutcome, NOTHING, outcomeOf } from "./run-hook.ts";

/** When a remote that is not done yet names no time. */
const REQUEUE_MS = 10_000;

/** Does not throw, except when the pass is aborted: what went wrong is part of the outcome. */
export async function runRemote(
  handler: Handler,
  input: HookInput,
  context: PassContext,
): Promise<HookOutcome> {
  const { program, surroundings, environment, signal } = context;
  if (!program.remote || !surroundings.remote) return NOTHING;
  // It looks at the world outside, so every pass asks it again.
  environment.markVolatile();
  try {
    const request = await remoteRequest(program.remote, input, context);
    const said = await surroundings.remote.ask(request);
    const answer = checkAnswer(withoutEcho(said, request));
    return await follow(handler, { answer, object: input.object }, context);
  } catch (error) {
    if (signal.aborted || !(error instanceof Error)) throw error;
    return failed(error);
  }
}

/** An answer `error` may say something of the status, too. */
function failed(error: Error): HookOutcome {
  const status = error instanceof RemoteError ? error.status : undefined;
  if (!status) return { ...NOTHING, errors: [error] };
  try {
    return { ...outcomeOf({ status }, NOTHING), errors: [error] };
  } catch (misfit) {
    if (!(misfit instanceof Error)) throw misfit;
    return { ...NOTHING, errors: [error, misfit] };
  }
}

/** What it reports may repeat what it was sent. */
function withoutEcho(answer: Json, { credential }: RemoteRequest): Json {
  if (!isJsonObject(answer) || typeof answer["error"] !== "string") return answer;
  return { ...answer, error: withoutCredential(answer["error"], credential) };
}

interface Answered {
  readonly answer: RemoteAnswer;
  readonly object: KubeObject;
}

async function follow(
  handler: Handler,
  { answer, object }: Answered,
  context: PassContext,
): Promise<HookOutcome> {
  const isDone = answer.result === "ok";
  // The custom resource goes, and everything with it: there is nothing left to make.
  if (handler === "onDelete" && isDone && answer.notReady === undefined) return NOTHING;
  const said = isDone ? answer : undone(answer);
  // Before anything is made: a status that cannot be is an error, too.
  const outcome = outcomeOf(said, NOTHING);
  if (!answer.resources) return outcome;
  const children = await childrenOfAnswer(answer.resources, context);
  const observed = await observe(context);
  refuseForeign(children, observed, context);
  const isOver = handler === "onDelete" ? isComplete : undefined;
  const jobs = recallJobs(object, context, isOver);
  const wanted = children.filter(
    ({ type, object: { metadata } }) =>
      observed.find(type, metadata) !== undefined || !jobs.hasFinished(type, metadata),
  );
  const results = await applyChildren(wanted, applyContext(object, observed, context));
  rememberEnded(jobs, { object, wanted, results, observed, isOver }, context.memory);
  const heldUp = results.filter((one) => one.kind === "waiting").map(({ reason }) => reason);
  const { requeueAfterMs = REQUEUE_MS } = outcome;
  return {
    ...outcome,
    // A child of that name is on its way out, say: a look later it is not.
    ...(heldUp.length > 0 && { requeueAfterMs: Math.min(requeueAfterMs, REQUEUE_MS) }),
    notReady: [...outcome.notReady, ...heldUp],
    results,
    changes: results.flatMap((one) => (one.kind === "done" ? [one.change] : [])),
    errors: results.flatMap((one) => (one.kind === "failed" ? [one.error] : [])),
    ...(isDone && { kept: keysOf(children) }),
  };
}

function undone(answer: RemoteAnswer): RemoteAnswer {
  const { requeueAfterMs = REQUEUE_MS } = answer;
  const again = `the remote is not done yet, asked again in ${formatDuration(requeueAfterMs)}`;
  return { ...answer, requeueAfterMs, notReady: answer.notReady ?? again };
}

function keysOf(children: readonly DesiredChild[]): ReadonlySet<string> {
  return new Set(children.map(({ type, object }) => childKey(type, object.metadata)));
}
