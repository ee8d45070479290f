/**
 * Instances → what is declared: which children are wanted, and which must stay whatever happens.
 * Everything else that we own goes. Pure.
 *
 * | condition | entry keeps updating it | create-only, Job, `whenFalse: keep` |
 * |---|---|---|
 * | true | wanted | wanted |
 * | unknown | stays as it is | stays as it is |
 * | false | goes | stays as it is |
 *
 * Of two entries that produce the same child, one whose condition is false yields to one whose
 * condition is true; two that are both true are an error.
 */
import { childKey, childTitle } from "../apply/child.ts";
import { ReconcileError } from "./error.ts";
import type { Instance } from "./expand.ts";

export interface Declaration {
  readonly wanted: readonly Instance[];
  /** `childKey`s of children that pruning leaves alone. */
  readonly keys: ReadonlySet<string>;
  readonly errors: readonly Error[];
}

export function declare(instances: readonly Instance[]): Declaration {
  const keys = new Set<string>();
  const wanted = new Map<string, Instance>();
  const duplicates = new Map<string, Error>();
  for (const instance of instances) {
    const key = childKey(instance.type, instance);
    if (stays(instance)) keys.add(key);
    if (instance.verdict !== "active") continue;
    const other = wanted.get(key);
    if (other) duplicates.set(key, duplicateError(instance, other));
    else wanted.set(key, instance);
  }
  // Which of the two is meant nobody can tell, so neither is written.
  for (const key of duplicates.keys()) wanted.delete(key);
  return { wanted: [...wanted.values()], keys, errors: [...duplicates.values()] };
}

function stays({ verdict, program }: Instance): boolean {
  switch (verdict) {
    case "active":
    case "unknown":
      return true;
    case "inactive":
      return program.isCreateOnly || program.entry.whenFalse === "keep";
    default:
      return verdict satisfies never;
  }
}

function duplicateError(instance: Instance, other: Instance): Error {
  const ids = [other, instance].map(({ program }) => `"${program.entry.id}"`);
  return new ReconcileError(
    "duplicate",
    `Cannot create ${childTitle(instance.type, instance)}: ${ids.join(" and ")} both produce it, expected one`,
  );
}
