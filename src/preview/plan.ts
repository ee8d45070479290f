/**
 * `ork plan`: what a start with this Katalog would do to the cluster, before anybody starts it.
 *
 * Flow: for each entry its CRD and the resources that it brings → the start of its box (`box-start.ts`),
 * with informers that list once → every custom resource through the production reconciler, with a client
 * whose writes are the server's dry run → what is stranded.
 *
 * Guarantees: not one request changes anything in the cluster; what is reported is what the code of `run`
 * asked of the server, and what the server answered. Assumes: nobody else writes meanwhile.
 * Caveats: what controllers make of the children afterwards, and what
 * follows from that, no plan can know. Hooks and external calls are not run.
 */
import { type EntryPlan, openEntry, planResources } from "./plan-entry.ts";
import type { PlanOptions } from "./plan-options.ts";
import { PlannedWorld } from "./planned-world.ts";
import { findStranded, type Stranded } from "./stranded.ts";

export interface Plan {
  /** `metadata.name` of the Katalog. */
  readonly katalog: string;
  readonly configDigest: string;
  /** In the order of the Katalog, enabled entries only. */
  readonly entries: readonly EntryPlan[];
  readonly stranded: Stranded;
}

/** Throws `KubeError` when the cluster cannot be asked. */
export async function planRestart(options: PlanOptions): Promise<Plan> {
  const world = new PlannedWorld();
  const opened = [];
  // All definitions first, as the boxes do it: the children of one may be the resources of another.
  for (const program of options.programs)
    opened.push(await openEntry(program, { ...options, world }));
  const entries: EntryPlan[] = [];
  for (const entry of opened) entries.push(await planResources(entry));
  const digests = new Set(entries.flatMap((entry) => Object.keys(entry.digests)));
  const stranded = await findStranded({ ...options, digests });
  return {
    katalog: options.katalogName,
    configDigest: options.configDigest,
    entries,
    stranded,
  };
}
