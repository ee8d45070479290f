/** One change of the store: what the watch history is made of. */
import type { KubeObject } from "../../schema/object.ts";

export interface Change {
  readonly kind: "added" | "modified" | "deleted";
  /** Store-wide version of this change; also the resourceVersion of `object`. */
  readonly version: number;
  /** `deployments.apps`: whose collection it belongs to. */
  readonly collection: string;
  /** `namespace/name`, or `name`. */
  readonly key: string;
  /** After the change; of a deletion the last state, with the version of the deletion. */
  readonly object: KubeObject;
  /** Before the change. */
  readonly previous: KubeObject | undefined;
}
