/**
 * Kinds of children by name → how the cluster serves them. Asked once per kind, then remembered. The schema of a custom
 * kind is read anew when its cache was filled anew, as it is when its CRD changes: one request for each kind.
 */
import { builtinKind } from "../schema/builtin.ts";
import type { SchemaNode } from "../schema/node.ts";
import { apiVersionOf, type ResourceType } from "../schema/object.ts";
import { ReconcileError } from "./error.ts";
import type { Surroundings } from "./surroundings.ts";

export interface Kinds {
  /** Kinds met so far, those that the program names first. */
  readonly known: Iterable<ResourceType>;
  /** Throws `ReconcileError` "kind" when the cluster does not serve it. */
  find(apiVersion: string, kind: string, signal: AbortSignal): Promise<ResourceType>;
  schemaOf(type: ResourceType): SchemaNode | undefined;
}

type KindsSource = Pick<Surroundings, "lookupKind" | "schemaOf" | "reloadSchema" | "children">;

export function createKinds(surroundings: KindsSource): Kinds {
  const found = new Map<string, ResourceType>();
  const custom = new Set<ResourceType>();
  const refresh = createRefresh(surroundings);
  return {
    get known() {
      return found.values();
    },
    async find(apiVersion, kind, signal) {
      const key = `${apiVersion} ${kind}`;
      const known = found.get(key);
      if (known) {
        // Nearly always there is nothing to wait for.
        const refreshing = custom.has(known) ? refresh(known, signal) : undefined;
        if (refreshing !== undefined) await refreshing;
        return known;
      }
      const builtin = builtinKind(apiVersion, kind)?.resource;
      const type = builtin ?? (await surroundings.lookupKind(apiVersion, kind, signal));
      if (!type) {
        throw new ReconcileError(
          "kind",
          `Cannot find kind "${kind}" of "${apiVersion}": the cluster does not serve it`,
        );
      }
      found.set(key, type);
      if (!builtin) custom.add(type);
      return type;
    },
    schemaOf(type) {
      return builtinKind(apiVersionOf(type), type.kind)?.schema ?? surroundings.schemaOf?.(type);
    },
  };
}

/** Tells nothing, and waits for nothing, as long as no cache was filled anew. */
function createRefresh({ children, reloadSchema }: KindsSource) {
  const epochs = new Map<ResourceType, number>();
  return (type: ResourceType, signal: AbortSignal): Promise<void> | undefined => {
    const epoch = children.get(type)?.epoch;
    const before = epochs.get(type);
    if (epoch === undefined || epoch === before) return undefined;
    epochs.set(type, epoch);
    if (before === undefined) return undefined;
    return reloadSchema?.(type, signal).catch((error: unknown) => {
      if (signal.aborted) throw error;
      // What is known so far has to do; the next pass asks again.
      epochs.set(type, before);
    });
  };
}
