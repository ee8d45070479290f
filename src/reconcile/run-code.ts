/** Step 12: all code of the user's that a box has, hooks and then the remote, as one outcome. */
import type { Handler } from "../hook/protocol.ts";
import type { PassContext } from "./context.ts";
import { type HookInput, type HookOutcome, runHook } from "./run-hook.ts";
import { runRemote } from "./run-remote.ts";

/** Does not throw, except when the pass is aborted. One that fails does not keep the other from its work. */
export async function runCode(
  handler: Handler,
  input: HookInput,
  context: PassContext,
): Promise<HookOutcome> {
  const hook = await runHook(handler, input, context);
  if (!context.program.remote) return hook;
  const remote = await runRemote(handler, input, context);
  const delays = [hook.requeueAfterMs, remote.requeueAfterMs].filter((ms) => ms !== undefined);
  return {
    changes: [...hook.changes, ...remote.changes],
    results: [...hook.results, ...remote.results],
    errors: [...hook.errors, ...remote.errors],
    status: { ...hook.status, ...remote.status },
    conditions: [...hook.conditions, ...remote.conditions],
    notReady: [...hook.notReady, ...remote.notReady],
    ...(remote.kept && { kept: remote.kept }),
    ...(delays.length > 0 && { requeueAfterMs: Math.min(...delays) }),
  };
}
