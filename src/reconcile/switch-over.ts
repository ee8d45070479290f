/**
 * When the selector of a Service that goes by its workload may switch to another one. A workload that was renamed
 * stays until the new one is ready (`apply/hold-back.ts`); a Service that selected the new pods before would have no
 * endpoint for as long. So its selector stays as it is while the old workload serves, and the pass that finds the new
 * one ready writes the Service before it deletes the old workload.
 *
 * Pure, and asked only of a Service whose selector is another one than the cluster has.
 */
import { childKey } from "../apply/child.ts";
import { isSelected, isSuccessor, type Selector, selectorOf } from "../apply/hold-back.ts";
import type { ObservedChild } from "../apply/prune.ts";
import { readinessOf } from "../apply/readiness.ts";
import type { KubeObject } from "../schema/object.ts";
import { isDeepEqual } from "../std/json.ts";
import type { Instance } from "./expand.ts";
import type { KeyMemory } from "./memory.ts";
import type { Observed } from "./observe.ts";

/** What is there, and what of it is declared. */
export interface SwitchOver {
  readonly observed: Observed;
  /** `childKey`s of all that is declared. */
  readonly keys: ReadonlySet<string>;
  readonly memory: Pick<KeyMemory, "removed" | "successors">;
}

/** The selector that `service`, as it is there, has to have now: `wanted`, or the one that it has. */
export function selectorFor(
  service: KubeObject | undefined,
  { wanted, workload }: { readonly wanted: Selector; readonly workload: Instance },
  { observed, keys, memory }: SwitchOver,
): Selector {
  const present = selectorOf(service);
  if (!present || isDeepEqual(present, wanted)) return wanted;
  const { type } = workload;
  const next = observed.find(type, workload);
  if (next && readinessOf(next).kind === "ready") return wanted;
  const isOld = (child: ObservedChild) => {
    const { metadata } = child.object;
    if (metadata.namespace !== service?.metadata.namespace || metadata.deletionTimestamp)
      return false;
    if (keys.has(childKey(child.type, metadata))) return false;
    if (memory.removed?.has(metadata.uid ?? "") || !isSelected(child.object, present)) return false;
    // The one that is not there yet comes in this pass; one that was there before replaces nothing.
    return !next || isSuccessor({ type, object: next }, child, memory.successors);
  };
  return observed.owned.some(isOld) ? present : wanted;
}
