/** The table of {@link Strategy strategies}, by apiVersion and kind. */
import type { ServedKind } from "./kind.ts";
import { CONFIG_STRATEGIES } from "./strategies-config.ts";
import { NETWORK_STRATEGIES } from "./strategies-network.ts";
import { WORKLOAD_STRATEGIES } from "./strategies-workload.ts";
import type { Strategy } from "./strategy.ts";

const STRATEGIES: Readonly<Record<string, Strategy>> = {
  ...CONFIG_STRATEGIES,
  ...NETWORK_STRATEGIES,
  ...WORKLOAD_STRATEGIES,
};
const NONE: Strategy = {};

export function strategyOf({ apiVersion, resource, custom }: ServedKind): Strategy {
  if (custom !== undefined) return NONE;
  return STRATEGIES[`${apiVersion} ${resource.kind}`] ?? NONE;
}
