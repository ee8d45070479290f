/** PATCH, but for server-side apply: the patched object goes the way of a PUT. */
import type { KubeObject } from "../../schema/object.ts";
import type { Json, JsonObject } from "../../std/json.ts";
import { ApiError, badRequest } from "../api-error.ts";
import type { Site } from "../site.ts";
import { decodeObject } from "./decode.ts";
import { applyJsonPatch, applyMergePatch, PatchError } from "./json-patch.ts";
import type { Target, WriteOptions } from "./request.ts";
import { applyStrategicPatch } from "./strategic-merge.ts";
import { currentObject, updateTo } from "./update.ts";

export type PatchType = "json" | "merge" | "strategic";

/** @throws ApiError with the status that a real server answers. */
export function patchObject(
  site: Site,
  request: { readonly target: Target; readonly type: PatchType; readonly patch: Json },
  options: WriteOptions,
): KubeObject {
  const { target } = request;
  const current = currentObject(site, target);
  const patched = patchJson(current, request);
  const decoded = decodeObject(patched, target, { ...options, isPatched: true });
  // A patch without a resourceVersion is for whatever version is there.
  return updateTo(site, { current, decoded }, { target, options });
}

function patchJson(
  current: KubeObject,
  {
    target,
    type,
    patch,
  }: { readonly target: Target; readonly type: PatchType; readonly patch: Json },
): Json {
  const before = current as unknown as JsonObject;
  try {
    switch (type) {
      case "json":
        if (!Array.isArray(patch)) {
          throw badRequest(
            "error decoding patch: json: cannot unmarshal object into Go value of type []handlers.jsonPatchOp",
          );
        }
        return applyJsonPatch(before, patch);
      case "merge":
        return applyMergePatch(before, patch);
      case "strategic":
        return applyStrategicPatch(target.kind.schema, before, patch);
      default:
        return type satisfies never;
    }
  } catch (error) {
    if (!(error instanceof PatchError)) throw error;
    if (type === "strategic") throw badRequest(error.message);
    throw new ApiError(422, "the server rejected our request due to an error in our request", {
      reason: "Invalid",
      details: {},
    });
  }
}
