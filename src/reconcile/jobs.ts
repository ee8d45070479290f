/**
 * Jobs that ran. A finished Job may be removed by its time to live; that is no reason to run it
 * again for the same generation of the custom resource. So Jobs with a time to live are recorded
 * when they finish, in a condition of the status, where a restart finds them. Between two looks at a custom resource a
 * Job may finish and go: what the watch told of it last counts, too (`job-memory.ts`).
 */
import { childKey, type DesiredChild } from "../apply/child.ts";
import type { ObservedChild } from "../apply/prune.ts";
import { conditionOf } from "../apply/readiness.ts";
import type { KubeObject, ResourceType } from "../schema/object.ts";
import type { Condition } from "../status/conditions.ts";
import { isJsonObject, type JsonObject } from "../std/json.ts";

const JOBS_CONDITION = "JobsFinished";

const JOB_TYPE = { group: "batch", kind: "Job" };
const NO_KEYS: ReadonlySet<string> = new Set();

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
    const condition = conditionOf(status, JOBS_CONDITION);
    const isCurrent = condition !== undefined && condition["observedGeneration"] === generation;
    const text = isCurrent ? condition["message"] : undefined;
    if (typeof text !== "string") return new JobRecord(generation, NO_KEYS);
    return new JobRecord(generation, new Set(text.split(", ").filter((key) => key !== "")));
  }

  get size(): number {
    return this.#keys.size;
  }

  isOf(generation: number | undefined): boolean {
    return this.#generation === generation;
  }

  hasFinished(
    type: ResourceType,
    metadata: { readonly namespace?: string; readonly name: string },
  ): boolean {
    return this.#keys.size > 0 && this.#keys.has(jobKey(type, metadata));
  }

  /** Adds the Jobs among `children` that ended and that will be removed by themselves. */
  with(
    desired: readonly DesiredChild[],
    children: readonly ObservedChild[],
    isOver: (job: KubeObject) => boolean = hasEnded,
  ): JobRecord {
    const jobs = desired.filter(({ type, object }) => isJob(type) && hasTimeToLive(object));
    if (jobs.length === 0) return this;
    const expiring = new Set(jobs.map(({ type, object }) => childKey(type, object.metadata)));
    const ended = children.filter(
      ({ type, object }) => expiring.has(childKey(type, object.metadata)) && isOver(object),
    );
    return this.#and(ended.map(({ type, object }) => jobKey(type, object.metadata)));
  }

  /** Adds Jobs that ended, and went. */
  withGone(jobs: readonly KubeObject[]): JobRecord {
    return this.#and(jobs.map(({ metadata }) => jobKey(JOB_TYPE, metadata)));
  }

  union(other: JobRecord): JobRecord {
    return this.#and([...other.#keys]);
  }

  #and(keys: readonly string[]): JobRecord {
    if (keys.every((key) => this.#keys.has(key))) return this;
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

/** A Job that ended, and that its time to live removes: also while it is being deleted for that. */
export function isExpiring(job: KubeObject): boolean {
  return hasTimeToLive(job) && hasEnded(job);
}

export function isComplete(job: KubeObject): boolean {
  return isTrue(job, "Complete");
}

function hasEnded(job: KubeObject): boolean {
  return isComplete(job) || isTrue(job, "Failed");
}

function isTrue({ status }: KubeObject, condition: string): boolean {
  return isJsonObject(status) && conditionOf(status, condition)?.["status"] === "True";
}

function isJob({ group, kind }: ResourceType): boolean {
  return kind === JOB_TYPE.kind && group === JOB_TYPE.group;
}

function hasTimeToLive({ spec }: KubeObject): boolean {
  return isJsonObject(spec) && spec["ttlSecondsAfterFinished"] !== undefined;
}

function jobKey(
  type: Pick<ResourceType, "group" | "kind">,
  metadata: { readonly namespace?: string; readonly name: string },
): string {
  return childKey(type, metadata).replace(" ", ":");
}
