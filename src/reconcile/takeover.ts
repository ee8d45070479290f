/**
 * Two Katalogs must not pull at one custom resource: one that another Katalog manages is refused,
 * with a condition that says so, and otherwise left alone.
 */
import { conditionOf } from "../apply/readiness.ts";
import type { KubeObject } from "../schema/object.ts";
import type { Condition } from "../status/conditions.ts";
import { nextStatus, statusOf } from "../status/status.ts";
import type { PassContext } from "./context.ts";
import { ReconcileError } from "./error.ts";
import { otherManager } from "./marks.ts";
import { writeStatus } from "./write-status.ts";

const REFUSED_CONDITION = "TakeoverRefused";

/** Throws `ReconcileError` "takeover" when another Katalog manages the object. */
export async function refuseForeign(object: KubeObject, context: PassContext): Promise<void> {
  const { surroundings, nowMs } = context;
  const manager = otherManager(object, surroundings.katalogName);
  if (manager === undefined || surroundings.forceTakeover === true) return;
  const error = new ReconcileError(
    "takeover",
    `Cannot reconcile: Katalog "${manager}" manages it, stop that one or start with --force-takeover`,
  );
  const condition: Condition = {
    type: REFUSED_CONDITION,
    status: "True",
    reason: "ManagedByOther",
    message: refusal(surroundings.katalogName),
  };
  const status = nextStatus(statusOf(object), { fields: [], conditions: [condition], nowMs });
  await writeStatus(object, { status, errors: [] }, context);
  throw error;
}

/** The condition turned false, when it was this Katalog that was refused before. */
export function acceptedCondition(
  object: KubeObject,
  { surroundings }: PassContext,
): readonly Condition[] {
  const refused = conditionOf(statusOf(object), REFUSED_CONDITION);
  if (!refused) return [];
  const message = refusal(surroundings.katalogName);
  if (refused["message"] !== message) return [];
  return [{ type: REFUSED_CONDITION, status: "False", reason: "Accepted", message }];
}

function refusal(katalogName: string): string {
  return `Katalog "${katalogName}" leaves it alone while another one manages it`;
}
