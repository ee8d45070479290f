/**
 * One shorthand of the Katalog for a kind of child: its field table and the pure function that
 * turns rendered fields into a Kubernetes object. `children.ts` is the table of all of them.
 */
import type { JsonObject } from "../../std/json.ts";
import type { ChildKey } from "../resolved.ts";
import type { ObjectSpec } from "./field.ts";

/** What a shorthand may know of its surroundings. Everything is rendered already. */
export interface ExpandContext {
  /** Name of the custom resource. */
  readonly ownerName: string;
  /** Resolved name of the child. */
  readonly name: string;
  /** Labels that select the pods of this child: stable for its lifetime. */
  readonly selectorLabels: Readonly<Record<string, string>>;
  /** Labels of the entry and marks, which also go on pod templates. */
  readonly podLabels: Readonly<Record<string, string>>;
  /**
   * Selector labels of the CR's workload, for services that name none: those of the sibling whose
   * pods they shall reach. Absent when the CR has no workload.
   */
  readonly workloadSelector?: Readonly<Record<string, string>>;
}

export interface ChildKind {
  readonly key: ChildKey;
  readonly apiVersion: string;
  readonly kind: string;
  readonly plural: string;
  readonly namespaced: boolean;
  /** Place in the order of children (`katalog.md` section 3), lower first. */
  readonly rank: number;
  /**
   * Its own fields, beside those that every child has (`name`, `labels`, `when` …). `checkFields`
   * judges a document by it, `expand` reads by it.
   */
  readonly fields: ObjectSpec;
  /** `<cr>-deployment` and so on. */
  defaultName(ownerName: string): string;
  /**
   * The object without `metadata`: `spec`, `data`, `type` … Absent and empty fields are left out or
   * take their defaults. Throws `ChildFieldError` for a value that fits no shape.
   */
  expand(fields: JsonObject, context: ExpandContext): JsonObject;
}
