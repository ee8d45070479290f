/** What `apply` needs to know, from what a pass knows. */
import type { ApplyContext } from "../apply/apply.ts";
import { type KubeObject, objectKey } from "../schema/object.ts";
import { announceOnce } from "./announce.ts";
import type { PassContext } from "./context.ts";
import type { Observed } from "./observe.ts";

export function applyContext(
  object: KubeObject,
  observed: Observed,
  context: PassContext,
): ApplyContext {
  const { owner, writer, surroundings, signal, kinds, memory, nowMs } = context;
  return {
    ownerUid: owner.uid,
    writer,
    client: surroundings.client,
    signal,
    observed: ({ type, object }) => observed.find(type, object.metadata),
    remember: (type, object) => surroundings.children.get(type)?.remember(object),
    expectWrite({ type, object: child }) {
      const cache = surroundings.children.get(type);
      return cache?.expectWrite?.(objectKey(child.metadata)) ?? (() => {});
    },
    schemaOf: (type) => kinds.schemaOf(type),
    answers: memory.answers,
    breaker: memory.breaker,
    nowMs,
    onContested(title, fields) {
      const names = fields.map(({ path }) => `"${path}"`).join(", ");
      const message = `Somebody keeps changing ${names} of ${title}, writing it pauses with growing delay`;
      announceOnce(object, { reason: "FieldContested", message }, context);
    },
  };
}
