/** A write as the request handler and the controllers ask for it: where, by whom, how strictly. */

import type { ErrorSubject } from "../api-error.ts";
import type { ServedKind } from "../kinds/kind.ts";

export interface Target {
  readonly kind: ServedKind;
  /** Empty for cluster-scoped kinds. */
  readonly namespace: string;
  /** Empty when an object is created in a collection. */
  readonly name: string;
  readonly subresource: "" | "status";
}

export type FieldValidation = "Ignore" | "Warn" | "Strict";

export interface WriteOptions {
  readonly manager: string;
  readonly dryRun: boolean;
  readonly fieldValidation: FieldValidation;
  /** Server-side apply only: take fields from other managers. */
  readonly force: boolean;
  /** The object is what a patch made: complaints about it quote it as a whole. */
  readonly isPatched?: boolean;
  /** Collects what goes into `Warning` headers. */
  readonly warnings: string[];
}

/** How the controllers of the sandbox write. */
export function internalWrite(manager: string): WriteOptions {
  return { manager, dryRun: false, fieldValidation: "Ignore", force: true, warnings: [] };
}

/** `configmaps "web"`: how requests are spoken of. */
export function resourceSubject({ kind, name }: Target): ErrorSubject {
  return { group: kind.resource.group, kind: kind.resource.plural, name };
}

/** `ConfigMap "web"`: how objects are spoken of. */
export function kindSubject({ kind, name }: Target): ErrorSubject {
  return { group: kind.resource.group, kind: kind.resource.kind, name };
}

export function keyOf({ namespace, name }: { namespace: string; name: string }): string {
  return namespace === "" ? name : `${namespace}/${name}`;
}
