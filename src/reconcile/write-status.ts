/** Step 14: the status, in one request, when it differs. */
import { createHash } from "node:crypto";
import { isBelieved, isKnown, isOld } from "../apply/doubt.ts";
import { FIELD_MANAGER } from "../kube/kube-client.ts";
import type { SchemaNode } from "../schema/node.ts";
import type { KubeObject } from "../schema/object.ts";
import { pruneUnknown } from "../schema/prune.ts";
import { statusOf, statusPatch } from "../status/status.ts";
import { canonicalJson, isJsonObject, type JsonObject } from "../std/json.ts";
import { isTransient } from "./classify.ts";
import type { PassContext } from "./context.ts";
import { isNotForStatus, noteTold } from "./lasting.ts";
import type { KeyMemory, StatusAnswer } from "./memory.ts";
import { addressOf } from "./owner.ts";
import type { Surroundings } from "./surroundings.ts";
import { writeThrough } from "./write-through.ts";

export interface StatusReport {
  readonly status: JsonObject;
  readonly errors: readonly Error[];
}

export interface StatusWritten {
  /** As the server holds it now. */
  readonly object: KubeObject;
  /** What of the status the kind can hold. */
  readonly status: JsonObject;
}

/**
 * Stores `report.status` and gives the object as it is then.
 *
 * Errors that pass by themselves are not worth a write: the next pass has another result. Those that last are told
 * once (`lasting.ts`). What the kind's schema does not know is left out, since the server would drop it, and what
 * the server changed all the same is remembered, so that it is not sent again for ever.
 */
export async function writeStatus(
  object: KubeObject,
  report: StatusReport,
  context: PassContext,
): Promise<StatusWritten> {
  const { surroundings, memory, signal, kinds } = context;
  const status = known(report.status, kinds.schemaOf(surroundings.type));
  const unwritten = { object, status };
  if (!surroundings.hasStatusSubresource) return unwritten;
  const isPassing = report.errors.length > 0 && report.errors.every(isTransient);
  if (isPassing && isNotForStatus(object, context)) return unwritten;
  const patch = statusPatch(object, status);
  if (!patch || isAnswered(object, status, context)) return unwritten;
  const stored = await writeThrough(surroundings.primary, object.metadata, () =>
    surroundings.client.patch(addressOf(object, surroundings.type), patch, {
      patchType: "merge",
      subresource: "status",
      fieldManager: FIELD_MANAGER,
      signal,
    }),
  );
  const isAsSent = statusPatch(stored, status) === undefined;
  if (isPassing) noteTold(object, context);
  if (isAsSent) delete memory.statusAnswer;
  else memory.statusAnswer = answerOf({ sent: status, stored: statusOf(stored) }, context);
  return { object: stored, status };
}

/** Nothing of the status that was wanted last is missing, or it would be dropped again. */
export function isStatusFinal(
  { statusAnswer: answer }: KeyMemory,
  { primary }: Pick<Surroundings, "primary">,
): boolean {
  return answer === undefined || isKnown(answer, primary.epoch ?? 0);
}

function answerOf(
  statuses: { readonly sent: JsonObject; readonly stored: JsonObject },
  { memory: { statusAnswer: before }, surroundings, nowMs }: PassContext,
): StatusAnswer {
  const { epoch = 0 } = surroundings.primary;
  const sent = digest(statuses.sent);
  const stored = digest(statuses.stored);
  const isRepeated = before?.sent === sent && before.stored === stored && isOld(before, nowMs);
  const isConfirmed = before?.epoch === epoch && (before.isConfirmed || isRepeated);
  return { sent, stored, atMs: nowMs, epoch, isConfirmed };
}

/** The server turned this very status into the one that it holds, and would do so again. */
function isAnswered(
  object: KubeObject,
  status: JsonObject,
  { memory: { statusAnswer: answer }, surroundings, nowMs }: PassContext,
): boolean {
  const { epoch = 0 } = surroundings.primary;
  if (answer === undefined || !isBelieved(answer, { epoch, nowMs })) return false;
  return answer.sent === digest(status) && answer.stored === digest(statusOf(object));
}

function known(status: JsonObject, schema: SchemaNode | undefined): JsonObject {
  const node = schema?.type === "object" ? schema.fields["status"] : undefined;
  if (!node) return status;
  const { value } = pruneUnknown(status, node);
  return isJsonObject(value) ? value : status;
}

function digest(value: JsonObject): string {
  return createHash("sha256").update(canonicalJson(value)).digest("base64url");
}
