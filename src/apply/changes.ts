/** What a reconcile did to the cluster, child by child: the result of apply, shown by `why`. */
import type { ResourceType } from "../schema/object.ts";
import type { Json } from "../std/json.ts";

/** One field that differed. `path` as in `spec.template.spec.containers[name=web].image`. */
export interface FieldChange {
  readonly path: string;
  readonly before?: Json;
  readonly after?: Json;
}

export type ChangeAction =
  | "created"
  | "configured"
  | "unchanged"
  | "deleted"
  | "skipped"
  | "failed";

export interface Change {
  readonly action: ChangeAction;
  readonly type: ResourceType;
  readonly namespace?: string;
  readonly name: string;
  /** For `configured`: what differed. Values of Secrets are not recorded. */
  readonly fields?: readonly FieldChange[];
  /** For `skipped` and `failed`: why. For `unchanged`: what there is to say all the same. */
  readonly reason?: string;
}

export type ChangeSet = readonly Change[];
