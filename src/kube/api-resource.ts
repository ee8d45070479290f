/** A kind as discovery describes it: where it is served, and what can be done with it. */
import type { ResourceType } from "../schema/object.ts";

export interface ApiResource extends ResourceType {
  readonly singular: string;
  readonly shortNames: readonly string[];
  readonly categories: readonly string[];
  readonly verbs: readonly string[];
  /** `status`, `scale`, `eviction` … */
  readonly subresources: readonly string[];
  readonly hasStatus: boolean;
}
