/** Step 15: Events of the custom resource. Sent by the box, merged and off the hot path. */
import type { ChangeSet } from "../apply/changes.ts";
import { childTitle } from "../apply/child.ts";
import type { KubeObject } from "../schema/object.ts";
import type { PassContext } from "./context.ts";

const VERBS: Readonly<Record<string, string>> = {
  created: "created",
  configured: "updated",
  deleted: "deleted",
};

/** The API's limit for the message of an event is 1024; enough is enough before that. */
const MAX_LISTED = 8;

/** One event for all that was written; none for a pass that wrote nothing. */
export function announceChanges(
  object: KubeObject,
  changes: ChangeSet,
  { surroundings }: PassContext,
): void {
  const done = changes.flatMap(({ action, type, ...metadata }) => {
    const verb = VERBS[action];
    return verb === undefined ? [] : [`${verb} ${childTitle(type, metadata)}`];
  });
  if (done.length === 0) return;
  const listed = done.slice(0, MAX_LISTED).join(", ");
  const more = done.length > MAX_LISTED ? ` and ${done.length - MAX_LISTED} more` : "";
  surroundings.emit({
    object,
    type: "Normal",
    reason: `${object.kind}Reconciled`,
    message: `${listed.charAt(0).toUpperCase()}${listed.slice(1)}${more}`,
  });
}

/** A warning that does not need repeating while the process lives. */
export function announceOnce(
  object: KubeObject,
  { reason, message }: { readonly reason: string; readonly message: string },
  { surroundings, memory }: PassContext,
): void {
  if (memory.said.has(reason)) return;
  memory.said.add(reason);
  surroundings.emit({ object, type: "Warning", reason, message });
}
