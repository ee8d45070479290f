/**
 * After a restart or a reconnect a cache may be behind what was known before: an API server that lags
 * answers with an older world. Nothing is written on its word alone, so before the first write to a
 * child in a new epoch of the cache the custom resource is read from the API server, once. A write to
 * the custom resource that names its version is as good a proof.
 */
import { ChildError } from "../apply/error.ts";
import type { Writer } from "../apply/writer.ts";
import { isNotFound } from "../kube/error.ts";
import type { KubeObject, ResourceType } from "../schema/object.ts";
import type { PassContext } from "./context.ts";
import { addressOf } from "./owner.ts";
import type { Surroundings } from "./surroundings.ts";

/**
 * Throws a `ChildError` "stale" when `object` is not what the server holds, and what was in the way of the
 * finalizer and the marks when they could not be written.
 */
export async function confirmCurrent(seen: KubeObject, context: PassContext): Promise<void> {
  const { surroundings, memory, signal } = context;
  const { primary, client, type } = surroundings;
  const object = (await context.marking) ?? seen;
  const epoch = epochOf(context);
  if (memory.epoch === epoch) return;
  const live = await client.get(addressOf(object, type), { signal }).catch((error: unknown) => {
    if (!isNotFound(error)) throw error;
    throw stale(`${type.kind} is gone`, error);
  });
  if (live.metadata.resourceVersion !== object.metadata.resourceVersion) {
    primary.remember(live);
    throw stale(`${type.kind} changed in the meantime`);
  }
  memory.epoch = epoch;
}

/**
 * Grows whenever a cache of the custom resource or of its children was filled anew. After a server came
 * back with a new history, children may be listed before the custom resource is.
 */
export function epochOf({ surroundings, kinds }: PassContext): number {
  let epoch = surroundings.primary.epoch ?? 0;
  for (const type of kinds.known) epoch += childEpoch(type, surroundings);
  return epoch;
}

/** Of the cache of a kind of children; 0 while there is none. */
export function childEpoch(
  type: ResourceType,
  { children }: Pick<Surroundings, "children">,
): number {
  return children.get(type)?.epoch ?? 0;
}

/** A writer that confirms before its first write. */
export function confirmedWriter(object: KubeObject, context: PassContext): Writer {
  const { writer } = context;
  let confirmation: Promise<void> | undefined;
  const confirm = () => {
    // One question for all children, which are written side by side.
    confirmation ??= confirmCurrent(object, context);
    return confirmation;
  };
  return {
    async create(type, child, options) {
      await confirm();
      return writer.create(type, child, options);
    },
    async tryCreate(type, child, options) {
      return writer.tryCreate(type, child, options);
    },
    async update(type, child, options) {
      await confirm();
      return writer.update(type, child, options);
    },
    async remove(type, child, options) {
      await confirm();
      return writer.remove(type, child, options);
    },
  };
}

function stale(why: string, cause?: unknown): ChildError {
  return new ChildError("stale", `Cannot write anything yet: ${why}`, { cause });
}
