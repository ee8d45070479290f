/** Kinds of children by name → how the cluster serves them. Asked once per kind, then remembered. */
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

export function createKinds(surroundings: Pick<Surroundings, "lookupKind" | "schemaOf">): Kinds {
  const found = new Map<string, ResourceType>();
  return {
    get known() {
      return found.values();
    },
    async find(apiVersion, kind, signal) {
      const key = `${apiVersion} ${kind}`;
      const known = found.get(key);
      if (known) return known;
      const type =
        builtinKind(apiVersion, kind)?.resource ??
        (await surroundings.lookupKind(apiVersion, kind, signal));
      if (!type) {
        throw new ReconcileError(
          "kind",
          `Cannot find kind "${kind}" of "${apiVersion}": the cluster does not serve it`,
        );
      }
      found.set(key, type);
      return type;
    },
    schemaOf(type) {
      return builtinKind(apiVersionOf(type), type.kind)?.schema ?? surroundings.schemaOf?.(type);
    },
  };
}
