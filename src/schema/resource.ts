/** A kind with everything that discovery says of it: what `kubectl` needs to name and list it. */
import type { ResourceType } from "./object.ts";

export interface ServedResource extends ResourceType {
  readonly singular: string;
  readonly listKind: string;
  readonly shortNames: readonly string[];
  readonly categories: readonly string[];
  /** `status` is a resource of its own: writes to the object leave it, writes to it leave the rest. */
  readonly hasStatus: boolean;
  readonly hasScale: boolean;
  readonly verbs: readonly string[];
}

/** What a resource that can be stored offers. */
export const STANDARD_VERBS: readonly string[] = [
  "create",
  "delete",
  "deletecollection",
  "get",
  "list",
  "patch",
  "update",
  "watch",
];
