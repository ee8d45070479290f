/** One write to the metadata of the custom resource. It names the version, so it proves it, too. */
import { FIELD_MANAGER } from "../kube/kube-client.ts";
import type { KubeObject } from "../schema/object.ts";
import { epochOf } from "./confirm.ts";
import type { PassContext } from "./context.ts";
import { guardedPatch, type MarksChange } from "./marks.ts";
import { addressOf } from "./owner.ts";
import { writeThrough } from "./write-through.ts";

/** Lays `metadata` over that of the object, as it was read; gives the object as it is then. */
export async function patchMarks(
  object: KubeObject,
  metadata: MarksChange,
  context: PassContext,
): Promise<KubeObject> {
  const { surroundings, memory, signal } = context;
  const { primary, client, type } = surroundings;
  const epoch = epochOf(context);
  const marked = await writeThrough(primary, object.metadata, () =>
    client.patch(addressOf(object, type), guardedPatch(object, metadata), {
      patchType: "merge",
      fieldManager: FIELD_MANAGER,
      signal,
    }),
  );
  // The patch named the version, and was not refused.
  memory.epoch = epoch;
  return marked;
}
