/** Step 15: Events of the custom resource. Sent by the box, merged and off the hot path. */
import type { ChangeSet } from "../apply/changes.ts";
import { childTitle } from "../apply/child.ts";
import type { KubeObject } from "../schema/object.ts";
import type { PassContext } from "./context.ts";
import type { CrEvent } from "./surroundings.ts";

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
  const done: string[] = [];
  for (const change of changes) {
    const verb = VERBS[change.action];
    if (verb !== undefined) done.push(`${verb} ${childTitle(change.type, change)}`);
  }
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

/**
 * What needs no repeating from pass to pass; after a pass without it, it is news again. Says whether
 * it was news.
 */
export function announceOnce(
  object: KubeObject,
  event: Pick<CrEvent, "reason" | "message"> & Partial<Pick<CrEvent, "type">>,
  context: PassContext,
): boolean {
  if (!isNews(`${event.reason} ${event.message}`, context)) return false;
  context.surroundings.emit({ object, type: "Warning", ...event });
  return true;
}

/** Whether it was not said in the pass before, nor in this one. */
export function isNews(
  text: string,
  { memory, told }: Pick<PassContext, "memory" | "told">,
): boolean {
  told.add(text);
  if (memory.said?.has(text)) return false;
  memory.said ??= new Set();
  memory.said.add(text);
  return true;
}
