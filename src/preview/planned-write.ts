/** One request that a restart would send, with the object before it and after. */
import type { KubeObject, ResourceType } from "../schema/object.ts";

export type WriteVerb = "create" | "apply" | "patch" | "replace" | "delete";

export interface PlannedWrite {
  readonly verb: WriteVerb;
  readonly subresource?: string;
  readonly type: ResourceType;
  readonly namespace?: string;
  readonly name: string;
  /**
   * False when the server could not be asked: what the write builds on (a namespace, a CRD, the end of
   * another object) is itself only planned.
   */
  readonly isChecked: boolean;
  /** Absent for what is created. */
  readonly before?: KubeObject;
  /** What a create or an apply said, before the server made anything of it. */
  readonly sent?: KubeObject;
  /** With defaults and whatever admission made of it. Absent for what is deleted. */
  readonly after?: KubeObject;
}
