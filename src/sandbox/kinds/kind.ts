/** A kind in one version, as the sandbox serves it. Built-in kinds and custom ones look the same. */
import type { CrdVersion } from "../../schema/crd.ts";
import type { SchemaNode } from "../../schema/node.ts";
import type { ServedResource } from "../../schema/resource.ts";
import type { SchemaValidator } from "../../schema/validate.ts";

export interface ServedKind {
  readonly resource: ServedResource;
  readonly apiVersion: string;
  /** Where objects are stored; versions of a kind, and the two groups of Events, share one. */
  readonly collection: string;
  readonly schema: SchemaNode;
  /** What only custom kinds have. */
  readonly custom: CustomKind | undefined;
}

export interface CustomKind {
  /** The CRD's name. */
  readonly crd: string;
  readonly version: CrdVersion;
  readonly validator: SchemaValidator;
  /** Of `status`, when the schema has one. */
  readonly statusValidator: SchemaValidator | undefined;
  /** `spec.versions[].selectableFields`, as paths without the leading dot. */
  readonly selectableFields: readonly string[];
}

/** `deployments.apps`, or `pods` in the core group: what collections and CRDs are named by. */
export function collectionName(group: string, plural: string): string {
  return group === "" ? plural : `${plural}.${group}`;
}
