/** A plan as JSON, in the shape that docs/plan.md describes and programs rely on. Pure. */

import type { Plan } from "../preview/plan.ts";
import type { EntryPlan } from "../preview/plan-entry.ts";
import {
  failingResources,
  hasDifferences,
  isIncomplete,
  summarizePlan,
} from "../preview/plan-summary.ts";
import type { StrandedKind } from "../preview/stranded.ts";
import { apiVersionOf } from "../schema/object.ts";
import type { Running } from "./what-runs.ts";

export function planJson(plan: Plan, running: Running) {
  const { katalog, configDigest, entries, stranded } = plan;
  return {
    katalog,
    configDigest,
    hasDifferences: hasDifferences(plan) || running.kind === "differs",
    isComplete: !isIncomplete(plan),
    failing: failingResources(plan).map(({ crd, resource }) => {
      const { namespace, name, outcome, reasons } = resource;
      return { crd, namespace, name, outcome, reasons };
    }),
    running,
    summary: summarizePlan(plan),
    crds: entries.map(entryJson),
    stranded: stranded.kinds.map(kindJson),
    left: stranded.left.map(kindJson),
    unseen: stranded.unseen,
  };
}

function kindJson({ type, keys }: StrandedKind) {
  return { apiVersion: apiVersionOf(type), kind: type.kind, resources: keys };
}

function entryJson(entry: EntryPlan) {
  const { crd, obstacle, definition, brought, notComputed, notices, total, resources } = entry;
  const type = entry.type ?? crd.type;
  return {
    name: crd.name,
    apiVersion: apiVersionOf(type),
    kind: type.kind,
    obstacle,
    definition,
    brought,
    notComputed,
    notices,
    total,
    looked: resources.length,
    resources,
  };
}
