/** `requeue`: when a custom resource is looked at again although nothing changed. */
import { parseDuration } from "../std/duration.ts";
import type { Scope } from "../template/template.ts";
import type { PassContext } from "./context.ts";
import { ReconcileError } from "./error.ts";
import { blockFault } from "./template-fault.ts";

export function sooner(one: number | undefined, other: number | undefined): number | undefined {
  if (one === undefined || other === undefined) return one ?? other;
  return Math.min(one, other);
}

/** `requeue.after` in milliseconds; "0s", nothing, or a condition that does not hold is none. */
export async function requeueDelay(
  scope: Scope,
  { program: { requeue }, environment, evaluations }: PassContext,
): Promise<number | undefined> {
  if (!requeue) return undefined;
  let text: string;
  try {
    text = await evaluations.run(environment, (own) => {
      if (requeue.conditions.evaluate(scope, own).kind !== "true") return "";
      return String(requeue.after.evaluate(scope, own) ?? "").trim();
    });
  } catch (error) {
    throw blockFault("requeue.after", error);
  }
  if (text === "") return undefined;
  const duration = parseDuration(text);
  if (duration.kind === "invalid") {
    throw new ReconcileError("value", `Cannot requeue: ${duration.message}`);
  }
  return duration.ms > 0 ? duration.ms : undefined;
}
