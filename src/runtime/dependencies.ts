/**
 * Who starts when: a box waits until every CRD that it depends on has come far enough. An unmet
 * dependency never blocks boxes that do not need it.
 */
import type { Dependency } from "../katalog/resolved.ts";
import { type Health, isHealthyDependency } from "./health.ts";

/** The first dependency that is not met, as a sentence, or `undefined` when all are. */
export function unmetDependency(
  dependsOn: readonly Dependency[],
  healthOf: (crd: string) => Health | undefined,
): string | undefined {
  for (const { crd, condition } of dependsOn) {
    const health = healthOf(crd);
    if (!health) return `Depends on "${crd}", which no loaded document declares`;
    if (!isMet(health, condition)) return `Waits until "${crd}" is ${condition}`;
  }
  return undefined;
}

function isMet(health: Health, condition: Dependency["condition"]): boolean {
  switch (condition) {
    case "started":
      return health.startedAtMs !== undefined;
    case "healthy":
      return isHealthyDependency(health);
    default:
      return condition satisfies never;
  }
}

/** Names in an order in which dependencies come first, alphabetical among equals. */
export function startOrder(
  entries: readonly { readonly name: string; readonly dependsOn: readonly Dependency[] }[],
): readonly string[] {
  const byName = new Map(entries.map((entry) => [entry.name, entry]));
  const order = new Set<string>();
  const visit = (name: string) => {
    const entry = byName.get(name);
    if (!entry) return;
    byName.delete(name);
    for (const { crd } of [...entry.dependsOn].sort((a, b) => (a.crd < b.crd ? -1 : 1))) visit(crd);
    order.add(name);
  };
  for (const { name } of [...entries].sort((a, b) => (a.name < b.name ? -1 : 1))) visit(name);
  return [...order];
}
