/**
 * Jobs that ran. A finished Job may be removed by its time to live; that is no reason to run it
 * again for the same generation of the custom resource. So Jobs with a time to live are recorded
 * when they finish, in a condition of the status, where a restart finds them.
 */
import { childKey, type DesiredChild, typeKey } from "../apply/child.ts";
import type { ObservedChild } from "../apply/prune.ts";
import { readinessOf } from "../apply/readiness.ts";
import type { ResourceType } from "../schema/object.ts";
import type { Condition } from "../status/conditions.ts";
import { isJsonObject, type Json, type JsonObject } from "../std/json.ts";

const JOBS_CONDITION = "JobsFinished";

const JOB = typeKey({ group: "batch", kind: "Job" });

/** Which Jobs finished for one generation. A value; `with` gives the next one. */
export class JobRecord {
  readonly #generation: number | undefined;
  readonly #keys: ReadonlySet<string>;

  private constructor(generation: number | undefined, keys: ReadonlySet<string>) {
    this.#generation = generation;
    this.#keys = keys;
  }

  /** What the stored status says about this generation. */
  static read(status: JsonObject, generation: number | undefined): JobRecord {
    const conditions: Json | undefined = status["conditions"];
    const list = Array.isArray(conditions) ? conditions.filter(isJsonObject) : [];
    const condition = list.find(({ type }) => type === JOBS_CONDITION);
    const isCurrent = condition !== undefined && condition["observedGeneration"] === generation;
    const text = isCurrent ? condition["message"] : undefined;
    const keys = typeof text === "string" ? text.split(", ").filter((key) => key !== "") : [];
    return new JobRecord(generation, new Set(keys));
  }

  hasFinished(
    type: ResourceType,
    metadata: { readonly namespace?: string; readonly name: string },
  ): boolean {
    return this.#keys.has(jobKey(type, metadata));
  }

  /** Adds the Jobs among `children` that finished and that will be removed by themselves. */
  with(desired: readonly DesiredChild[], children: readonly ObservedChild[]): JobRecord {
    const expiring = new Set(
      desired.filter(hasTimeToLive).map(({ type, object }) => childKey(type, object.metadata)),
    );
    if (expiring.size === 0) return this;
    const finished = children.filter(
      ({ type, object }) =>
        expiring.has(childKey(type, object.metadata)) && readinessOf(object).kind !== "progressing",
    );
    const keys = finished.map(({ type, object }) => jobKey(type, object.metadata));
    return new JobRecord(this.#generation, new Set([...this.#keys, ...keys]));
  }

  /** The condition that stores this record; `undefined` when there is nothing to store. */
  condition(): Condition | undefined {
    if (this.#keys.size === 0) return undefined;
    return {
      type: JOBS_CONDITION,
      status: "True",
      reason: "Finished",
      message: [...this.#keys].sort().join(", "),
      ...(this.#generation === undefined ? {} : { observedGeneration: this.#generation }),
    };
  }
}

function hasTimeToLive({ type, object }: DesiredChild): boolean {
  return (
    typeKey(type) === JOB &&
    isJsonObject(object.spec) &&
    object.spec["ttlSecondsAfterFinished"] !== undefined
  );
}

function jobKey(
  type: ResourceType,
  metadata: { readonly namespace?: string; readonly name: string },
): string {
  return childKey(type, metadata).replace(" ", ":");
}
