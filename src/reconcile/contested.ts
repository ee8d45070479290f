/** A child that somebody keeps changing back: which fields, who, what each side sets, and until when it is left. */
import type { Contest } from "../apply/apply.ts";
import { childTitle } from "../apply/child.ts";
import { contrast } from "../apply/contrast.ts";
import { holdersOf } from "../kube/field-managers.ts";
import type { KubeObject } from "../schema/object.ts";
import type { PassContext } from "./context.ts";
import { addressOf } from "./owner.ts";

/** Enough to know what it is about. */
const MAX_FIELDS = 3;

/** Tells it by an Event, once for each pause; returns the sentence, for the status. */
export async function tellContested(
  owner: KubeObject,
  contest: Contest,
  context: PassContext,
): Promise<string> {
  const { desired, fields, untilMs } = contest;
  const managers = await managersOf(contest, context);
  const who = managers.length === 0 ? "somebody" : managers.map((name) => `"${name}"`).join(", ");
  const shown = fields.slice(0, MAX_FIELDS).map((field) => `"${field.path}" (${contrast(field)})`);
  const more = fields.length > MAX_FIELDS ? ` and ${fields.length - MAX_FIELDS} more` : "";
  const title = childTitle(desired.type, desired.object.metadata);
  const until = new Date(untilMs).toISOString();
  const message = `${title} is left as it is until ${until}, for longer each time: ${who} keeps changing ${shown.join(", ")}${more}`;
  context.surroundings.emit({
    object: owner,
    type: "Warning",
    reason: "FieldContested",
    message,
  });
  return message;
}

/** Caches do not keep who manages what: the server is asked, once for each pause. */
async function managersOf(
  { desired, fields }: Contest,
  { surroundings, signal }: PassContext,
): Promise<readonly string[]> {
  const { type, object } = desired;
  try {
    const live = await surroundings.client.get(addressOf(object, type), { signal });
    const names = fields.flatMap(({ path }) => holdersOf(live, path));
    return [...new Set(names)];
  } catch (error) {
    if (signal.aborted) throw error;
    return [];
  }
}
