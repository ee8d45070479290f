/**
 * Children and status of a custom resource whose finalizer and marks may still be on their way.
 *
 * A new custom resource waits for that one request before anything else may be written for it. What is
 * to be written is worked out meanwhile, from the object as it will be. No write goes out before the
 * answer is there (`confirm.ts`), and none at all when the answer is not the expected one: then all is
 * worked out again, from what is stored.
 */
import { setImmediate as nextTurn } from "node:timers/promises";
import { ChildError } from "../apply/error.ts";
import type { PassContext } from "./context.ts";
import { type Settled, settleChildren } from "./settle.ts";
import { saysTheSame } from "./unread.ts";
import type { Marked } from "./write-marks.ts";

export async function settleMarked(
  { object, writing }: Marked,
  errors: readonly Error[],
  context: PassContext,
): Promise<Settled> {
  if (!writing) return settleChildren(object, errors, context);
  // Code of the user's, and kinds that have to be marked first, take the object as it is.
  if (!context.program.isDeclarative) return settleChildren(await writing, errors, context);
  let isExpected = true;
  const marking = writing.then((stored) => {
    isExpected = saysTheSame(stored, object);
    if (isExpected) return stored;
    throw new ChildError(
      "stale",
      "Cannot write anything yet: the finalizer came with another change",
    );
  });
  marking.catch(() => undefined);
  // The request leaves first.
  await nextTurn();
  const [settled] = await Promise.allSettled([
    settleChildren(object, errors, { ...context, marking }),
    marking,
  ]);
  const stored = await writing;
  if (!isExpected) return settleChildren(stored, errors, context);
  if (settled.status === "rejected") throw settled.reason;
  return { ...settled.value, object: stored };
}
