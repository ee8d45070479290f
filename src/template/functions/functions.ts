/**
 * The Katalog's functions: one table per group, merged here. The engine takes
 * {@link katalogFunctions}; `resolve` asks the two other maps what it has to refuse; documentation
 * is written from {@link functionGroups}.
 */
import { invariant } from "../../std/invariant.ts";
import { autoscalerFunctions } from "./autoscalers.ts";
import { conditionalFunctions } from "./conditional.ts";
import { containerFunctions } from "./containers.ts";
import { cronFunctions } from "./cron.ts";
import { cronJobFunctions } from "./cron-jobs.ts";
import { dataFunctions } from "./data.ts";
import { deploymentFunctions } from "./deployments.ts";
import type { FunctionGroup, KatalogFunction } from "./function-group.ts";
import { ingressFunctions } from "./ingresses.ts";
import { jobFunctions } from "./jobs.ts";
import { listFunctions } from "./lists.ts";
import { mathFunctions } from "./math.ts";
import { networkFunctions } from "./network.ts";
import { objectFunctions } from "./object.ts";
import { podFunctions } from "./pods.ts";
import { prometheusFunctions } from "./prometheus.ts";
import { quantityFunctions } from "./quantity.ts";
import { randomFunctions } from "./random.ts";
import { safeFunctions } from "./safe.ts";
import { semverFunctions } from "./semver.ts";
import { sentinelFunctions } from "./sentinels.ts";
import { serviceFunctions } from "./services.ts";
import { stringFunctions } from "./strings.ts";
import { timeFunctions } from "./time.ts";
import { typeFunctions } from "./typing.ts";
import { volumeFunctions } from "./volumes.ts";
import { warningFunctions } from "./warnings.ts";

/** In the order of the documentation. */
export const functionGroups: readonly FunctionGroup[] = [
  stringFunctions,
  mathFunctions,
  conditionalFunctions,
  typeFunctions,
  dataFunctions,
  randomFunctions,
  timeFunctions,
  cronFunctions,
  semverFunctions,
  networkFunctions,
  quantityFunctions,
  listFunctions,
  safeFunctions,
  objectFunctions,
  deploymentFunctions,
  containerFunctions,
  podFunctions,
  jobFunctions,
  cronJobFunctions,
  serviceFunctions,
  ingressFunctions,
  volumeFunctions,
  autoscalerFunctions,
  warningFunctions,
  prometheusFunctions,
  sentinelFunctions,
];

/** Every function by its name. */
export const katalogFunctions: ReadonlyMap<string, KatalogFunction> = byName(functionGroups);

/** Functions without data until their `enrich` item is fetched: name → item. */
export const enrichNeeds: ReadonlyMap<string, string> = pick("needs");

/** Functions for which this build has no data at all: name → reason. */
export const unsupportedFunctions: ReadonlyMap<string, string> = pick("unsupported");

function byName(groups: readonly FunctionGroup[]): ReadonlyMap<string, KatalogFunction> {
  const functions = new Map<string, KatalogFunction>();
  for (const row of groups.flatMap((group) => group.functions)) {
    invariant(!functions.has(row.name), `function "${row.name}" stands in one group only`);
    functions.set(row.name, row);
  }
  return functions;
}

function pick(field: "needs" | "unsupported"): ReadonlyMap<string, string> {
  const rows = [...katalogFunctions.values()];
  return new Map(
    rows.flatMap((row) => {
      const value = row[field];
      return value === undefined ? [] : [[row.name, value] as const];
    }),
  );
}
