/** The parts of answers that are about metadata alone. */
import type { KubeObject } from "../../schema/object.ts";
import type { JsonObject } from "../../std/json.ts";
import type { ListResult } from "./list.ts";

export function listMeta({ resourceVersion, continueToken, remaining }: ListResult): JsonObject {
  return {
    resourceVersion,
    ...(continueToken !== undefined && { continue: continueToken }),
    ...(remaining !== undefined && { remainingItemCount: remaining }),
  };
}

export const META_VERSION = "meta.k8s.io/v1";

export function partialMetadata({ metadata }: KubeObject): JsonObject {
  return {
    kind: "PartialObjectMetadata",
    apiVersion: META_VERSION,
    metadata: metadata as unknown as JsonObject,
  };
}
