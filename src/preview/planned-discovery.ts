/** What the server serves, and what it will serve once the planned CRDs are there. */
import type { ApiResource } from "../kube/api-resource.ts";
import type { Discovery, KindQuery, LookupOptions, PluralQuery } from "../kube/discovery.ts";
import type { ServedResource } from "../schema/resource.ts";
import type { PlannedWorld } from "./planned-world.ts";

export function createPlannedDiscovery(discovery: Discovery, world: PlannedWorld): Discovery {
  const planned = (isWanted: (resource: ServedResource) => boolean) => {
    const found = world.newKinds().find(isWanted);
    return found && asApiResource(found);
  };
  return {
    async findKind(query: KindQuery, options?: LookupOptions) {
      const isWanted = (one: ServedResource) => one.kind === query.kind && isIn(one, query);
      return (await discovery.findKind(query, options)) ?? planned(isWanted);
    },
    async findPlural(query: PluralQuery, options?: LookupOptions) {
      const isWanted = (one: ServedResource) => one.plural === query.plural && isIn(one, query);
      return (await discovery.findPlural(query, options)) ?? planned(isWanted);
    },
    async list(options?: LookupOptions) {
      return [...(await discovery.list(options)), ...world.newKinds().map(asApiResource)];
    },
    get staleGroups() {
      return discovery.staleGroups;
    },
    refresh: (options?: LookupOptions) => discovery.refresh(options),
  };
}

function isIn(
  { group, version }: ServedResource,
  query: { readonly group: string; readonly version?: string },
): boolean {
  return group === query.group && (query.version === undefined || query.version === version);
}

function asApiResource(resource: ServedResource): ApiResource {
  const { hasStatus, hasScale } = resource;
  const subresources = [...(hasStatus ? ["status"] : []), ...(hasScale ? ["scale"] : [])];
  return { ...resource, subresources };
}
