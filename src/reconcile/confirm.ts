/**
 * After a reconnect a cache may be behind what it held before: an API server that lags answers with
 * an older world. Nothing may be deleted on its word alone, so before the first deletion in a new
 * epoch of the cache the custom resource is read from the API server, once.
 */
import { ChildError } from "../apply/error.ts";
import type { KubeObject } from "../schema/object.ts";
import type { PassContext } from "./context.ts";
import { addressOf } from "./owner.ts";

/** Throws a `ChildError` "stale" when `object` is not what the server holds. */
export async function confirmCurrent(object: KubeObject, context: PassContext): Promise<void> {
  const { surroundings, memory, signal } = context;
  const { primary, client, type } = surroundings;
  const epoch = primary.epoch ?? 0;
  if (memory.epoch === epoch) return;
  const live = await client.get(addressOf(object, type), { signal });
  if (live.metadata.resourceVersion !== object.metadata.resourceVersion) {
    primary.remember(live);
    throw new ChildError(
      "stale",
      `Cannot delete anything yet: ${type.kind} changed in the meantime`,
    );
  }
  memory.epoch = epoch;
}
