/** A plan in numbers, and what its exit code rests on. Pure. */
import type { FieldChange } from "../apply/changes.ts";
import { SHAPE_ANNOTATION } from "../apply/shape.ts";
import {
  CONFIG_DIGEST_ANNOTATION,
  MANAGED_BY_ANNOTATION,
  MANAGED_SINCE_ANNOTATION,
} from "../kube/marks.ts";
import { CHILD_KINDS_ANNOTATION } from "../reconcile/marks.ts";
import type { ObjectPlan } from "./object-plan.ts";
import type { Plan } from "./plan.ts";
import type { EntryPlan } from "./plan-entry.ts";
import type { ResourcePlan } from "./plan-resource.ts";

export interface PlanSummary {
  readonly customResources: {
    readonly total: number;
    readonly looked: number;
    /** Something of them or of their children changes. */
    readonly changed: number;
    /** Only our marks on them change: the new config digest. */
    readonly marked: number;
    readonly waiting: number;
    readonly stuck: number;
    readonly retrying: number;
    readonly failed: number;
  };
  /** Custom resources, their children, and what the start itself brings. */
  readonly objects: {
    readonly create: number;
    readonly update: number;
    readonly delete: number;
    readonly recreate: number;
  };
  readonly definitions: {
    readonly create: number;
    readonly change: number;
    readonly leave: number;
  };
  /** Changes of schemas that hurt stored objects. */
  readonly breaking: number;
  readonly obstacles: number;
  readonly stranded: number;
  /** Left the selector of their entry: the start takes our finalizer off. */
  readonly left: number;
}

export function summarizePlan({ entries, stranded }: Plan): PlanSummary {
  const resources = entries.flatMap((entry) => entry.resources);
  const count = (outcome: ResourcePlan["outcome"]) =>
    resources.filter((resource) => resource.outcome === outcome).length;
  const marked = resources.filter(isOnlyMarked);
  const objects = [...entries.flatMap(({ brought }) => brought), ...resources.flatMap(changesOf)];
  return {
    customResources: {
      total: sum(entries.map(({ total }) => total)),
      looked: resources.length,
      changed: resources.filter(hasChanges).length,
      marked: marked.length,
      waiting: count("waiting"),
      stuck: count("stuck"),
      retrying: count("retrying"),
      failed: count("failed"),
    },
    objects: countActions(objects),
    definitions: countDefinitions(entries),
    breaking: entries.flatMap(breakingOf).length,
    obstacles: entries.filter(({ obstacle }) => obstacle).length,
    stranded: sum(stranded.kinds.map(({ keys }) => keys.length)),
    left: sum(stranded.left.map(({ keys }) => keys.length)),
  };
}

/** Something would be written, or somebody has something to do before the start. */
export function hasDifferences(plan: Plan): boolean {
  const { objects, stranded, left, customResources, obstacles } = summarizePlan(plan);
  const writes = Object.values(objects);
  return sum([...writes, customResources.marked, stranded, left, obstacles]) > 0;
}

/** Part of it could not be computed. */
export function isIncomplete({ entries }: Plan): boolean {
  return entries.some(
    ({ obstacle, resources }) =>
      (obstacle !== undefined && obstacle.kind !== "missing") ||
      resources.some(({ outcome }) => outcome === "failed"),
  );
}

export interface FailingResource {
  /** Name of the entry. */
  readonly crd: string;
  readonly resource: ResourcePlan;
}

/** Custom resources that the restart would not get to settle: what they wait for is in the way of none. */
export function failingResources({ entries }: Plan): readonly FailingResource[] {
  return entries.flatMap(({ crd, resources }) =>
    resources
      .filter(({ outcome }) => FAILURES.has(outcome))
      .map((resource) => ({ crd: crd.name, resource })),
  );
}

const FAILURES: ReadonlySet<ResourcePlan["outcome"]> = new Set(["stuck", "retrying", "failed"]);

/** What changes for a custom resource beside our own marks on it. */
export function changesOf({ objects }: ResourcePlan): readonly ObjectPlan[] {
  return objects.filter((object) => object.action !== "keep" && !isBookkeeping(object));
}

function hasChanges(resource: ResourcePlan): boolean {
  return changesOf(resource).length > 0;
}

function isOnlyMarked(resource: ResourcePlan): boolean {
  return resource.objects.some(isBookkeeping) && !hasChanges(resource);
}

const MARKS: ReadonlySet<string> = new Set(
  [
    CONFIG_DIGEST_ANNOTATION,
    MANAGED_BY_ANNOTATION,
    MANAGED_SINCE_ANNOTATION,
    CHILD_KINDS_ANNOTATION,
  ].map((name) => `metadata.annotations[${name}]`),
);

/** Follows from other changes and tells nobody anything: our marks, times of transitions. */
export function isNoise({ path }: FieldChange): boolean {
  return MARKS.has(path) || path === SHAPE || path.endsWith(".lastTransitionTime");
}

const SHAPE = `metadata.annotations[${SHAPE_ANNOTATION}]`;

/** Nothing but our annotations changes. */
function isBookkeeping({ action, fields }: ObjectPlan): boolean {
  return action === "update" && fields.every(({ path }) => MARKS.has(path));
}

function breakingOf({ definition }: EntryPlan) {
  return (definition?.changes ?? []).filter(
    ({ verdict, affected }) => verdict === "breaking" && affected.length > 0,
  );
}

function countActions(objects: readonly ObjectPlan[]): PlanSummary["objects"] {
  const count = (action: ObjectPlan["action"]) =>
    objects.filter((object) => object.action === action).length;
  return {
    create: count("create"),
    update: count("update"),
    delete: count("delete"),
    recreate: count("recreate"),
  };
}

function countDefinitions(entries: readonly EntryPlan[]): PlanSummary["definitions"] {
  const count = (action: string) =>
    entries.filter(({ definition }) => definition?.action === action).length;
  return { create: count("create"), change: count("change"), leave: count("leave") };
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((all, one) => all + one, 0);
}
