/** How far a Deployment may go in one step: pure counting. */
import type { Json, JsonObject } from "../../std/json.ts";
import { objectIn } from "../kinds/strategies-workload.ts";

export interface SetCounts {
  /** `spec.replicas` */
  readonly wanted: number;
  readonly present: number;
  readonly available: number;
}

export interface RolloutState {
  readonly wanted: number;
  readonly strategy: JsonObject;
  readonly current: SetCounts;
  readonly old: readonly SetCounts[];
}

export interface RolloutStep {
  readonly current: number;
  readonly old: readonly number[];
}

/** Source: https://kubernetes.io/docs/concepts/workloads/controllers/deployment/#strategy. */
export function rollingStep({ wanted, strategy, current, old }: RolloutState): RolloutStep {
  if (strategy["type"] === "Recreate") {
    const isClear = old.every(({ present }) => present === 0);
    return { current: isClear ? wanted : current.wanted, old: old.map(() => 0) };
  }
  const { maxSurge, maxUnavailable } = limits(objectIn(strategy["rollingUpdate"]), wanted);
  const total = sum(old, "wanted") + current.wanted;
  const room = Math.max(0, wanted + maxSurge - total);
  const grown = current.wanted > wanted ? wanted : Math.min(wanted, current.wanted + room);
  const available = sum(old, "available") + current.available;
  // Old pods that are not available serve nobody: they may all go.
  const dispensable = sum(old, "wanted") - sum(old, "available");
  let spare = Math.max(0, available - (wanted - maxUnavailable)) + Math.max(0, dispensable);
  const left = old.map((set) => {
    const taken = Math.min(set.wanted, spare);
    spare -= taken;
    return set.wanted - taken;
  });
  return { current: grown, old: left };
}

export function limits(
  rolling: JsonObject,
  wanted: number,
): { readonly maxSurge: number; readonly maxUnavailable: number } {
  const maxSurge = resolve(rolling["maxSurge"], wanted, Math.ceil);
  const maxUnavailable = resolve(rolling["maxUnavailable"], wanted, Math.floor);
  // Both zero would never move.
  return maxSurge + maxUnavailable === 0
    ? { maxSurge: 0, maxUnavailable: 1 }
    : { maxSurge, maxUnavailable };
}

function resolve(
  value: Json | undefined,
  wanted: number,
  round: (value: number) => number,
): number {
  if (typeof value === "number") return value;
  const percent = Number.parseFloat(typeof value === "string" ? value : "25%");
  return round((wanted * percent) / 100);
}

function sum(sets: readonly SetCounts[], field: keyof SetCounts): number {
  return sets.reduce((total, set) => total + set[field], 0);
}
