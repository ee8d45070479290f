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
      return program.isCreateOnly || isJob(program) || program.entry.whenFalse === "keep";
    default:
      return verdict satisfies never;
  }
}

/** Conditions take no Job away, also none that `recreate` keeps up to date. */
function isJob({ entry }: Instance["program"]): boolean {
  return entry.key === "jobs";
}

function duplicateError(instance: Instance, other: Instance): Error {
  const hint = instance.index === undefined ? "" : ": their names have to differ";
  return new ReconcileError(
    "duplicate",
    `Cannot create ${childTitle(instance.type, instance)}: ${bothOf(other, instance)} both produce it, expected one${hint}`,
  );
}

/** `the elements of index 0 and 1 of "spec.topics", for "onReconcile.configMaps[0]",`; two entries by their names. */
function bothOf(other: Instance, instance: Instance): string {
  const { entry } = instance.program;
  if (other.program.entry.id !== entry.id || !entry.forEach) {
    return `${nameOf(other)} and ${nameOf(instance)}`;
  }
  const what = isOfMap(instance) ? "keys" : "elements of index";
  const which = `${placeOf(other)} and ${placeOf(instance)}`;
  return `the ${what} ${which} of "${entry.forEach.field}", for "${entry.id}",`;
}

function nameOf(instance: Instance): string {
  const { id, forEach } = instance.program.entry;
  if (!forEach) return `"${id}"`;
  const what = isOfMap(instance) ? "key" : "element of index";
  return `"${id}" (${what} ${placeOf(instance)} of "${forEach.field}")`;
}

/** Only of a map there is a value beside the element, which is the key. */
function isOfMap({ scope }: Instance): boolean {
  return scope["value"] !== undefined;
}

function placeOf(instance: Instance): string {
  return isOfMap(instance) ? JSON.stringify(instance.scope["item"]) : `${instance.index ?? 0}`;
}
