/**
 * Which Jobs need not run again for the present generation: by the status, by what earlier passes saw, and by what the
 * watch told of Jobs that ended and went before any pass could see them. With a time to live of 0 that is a matter of
 * milliseconds; whoever missed it would run the Job again, and again.
 */
import { type ChildResult, writtenChildren } from "../apply/apply.ts";
import type { DesiredChild } from "../apply/child.ts";
import type { KubeObject } from "../schema/object.ts";
import { statusOf } from "../status/status.ts";
import type { PassContext } from "./context.ts";
import { JobRecord } from "./jobs.ts";
import type { Observed } from "./observe.ts";

/** `isOver`: of those that went, which count. */
export function recallJobs(
  object: KubeObject,
  { memory, surroundings }: Pick<PassContext, "memory" | "surroundings">,
  isOver: (job: KubeObject) => boolean = () => true,
): JobRecord {
  const { generation, uid = "" } = object.metadata;
  const status = statusOf(object);
  const stored = JobRecord.read(status, generation);
  const known = memory.jobs?.isOf(generation) ? memory.jobs.union(stored) : stored;
  const expired = surroundings.children.takeExpired?.(uid) ?? [];
  // Those that we deleted, to make them anew, did not go by their time to live.
  const gone = expired.filter((job) => !memory.removed?.has(job.metadata.uid ?? ""));
  // What went before the first pass of a generation was made for an earlier one.
  const isOfToday = (memory.generation ?? status["observedGeneration"]) === generation;
  if (gone.length === 0 || !isOfToday) return known;
  const jobs = known.withGone(gone.filter(isOver));
  rememberJobs(jobs, object, memory);
  return jobs;
}

/** For as long as this process works; the status may come later, or not at all. */
export function rememberJobs(
  jobs: JobRecord,
  { metadata }: KubeObject,
  memory: PassContext["memory"],
): void {
  const { generation } = metadata;
  memory.generation = generation;
  if (jobs.size === 0) return;
  memory.jobs = memory.jobs?.isOf(generation) ? memory.jobs.union(jobs) : jobs;
}

/** After a pass that made Jobs: those of `wanted` that are over by now, written or seen. */
export function rememberEnded(
  jobs: JobRecord,
  made: {
    readonly object: KubeObject;
    readonly wanted: readonly DesiredChild[];
    readonly results: readonly ChildResult[];
    readonly observed: Observed;
    readonly isOver?: ((job: KubeObject) => boolean) | undefined;
  },
  memory: PassContext["memory"],
): void {
  const { object, wanted, results, observed, isOver } = made;
  const children = [...writtenChildren(results), ...observed.owned];
  rememberJobs(jobs.with(wanted, children, isOver), object, memory);
}
