/** Step 14: the status, in one request, when it differs. */
import { createHash } from "node:crypto";
import { FIELD_MANAGER } from "../kube/kube-client.ts";
import type { SchemaNode } from "../schema/node.ts";
import type { KubeObject } from "../schema/object.ts";
import { pruneUnknown } from "../schema/prune.ts";
import { statusOf, statusPatch } from "../status/status.ts";
import { canonicalJson, isJsonObject, type JsonObject } from "../std/json.ts";
import { isTransient } from "./classify.ts";
import type { PassContext } from "./context.ts";
import { addressOf } from "./owner.ts";
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
 * Errors that pass by themselves are not worth a write: the next pass has another result. What the
 * kind's schema does not know is left out, since the server would drop it, and what the server
 * changed all the same is remembered, so that it is not sent again for ever.
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
  if (report.errors.length > 0 && report.errors.every(isTransient)) return unwritten;
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
  if (isAsSent) delete memory.statusAnswer;
  else memory.statusAnswer = { sent: digest(status), stored: digest(statusOf(stored)) };
  return { object: stored, status };
}

/** The server turned this very status into the one that it holds. */
function isAnswered(object: KubeObject, status: JsonObject, { memory }: PassContext): boolean {
  const answer = memory.statusAnswer;
  return (
    answer !== undefined &&
    answer.sent === digest(status) &&
    answer.stored === digest(statusOf(object))
  );
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
