/**
 * Kinds of children by name → how the cluster serves them. Asked once per kind, then remembered. The schema of a custom
 * kind is read anew when its cache was filled anew, as it is when its CRD changes: one request for each kind.
 */
import { typeKey } from "../apply/child.ts";
import { builtinKind } from "../schema/builtin.ts";
import type { SchemaNode } from "../schema/node.ts";
import { apiVersionOf, type ResourceType } from "../schema/object.ts";
import { ReconcileError } from "./error.ts";
import type { Surroundings } from "./surroundings.ts";

export interface Kinds {
  /** Kinds met so far, those that the program names first. */
  readonly known: Iterable<ResourceType>;
  /** One of them is known in two versions: each of its children is in two caches. */
  readonly hasTwins: boolean;
  /** At once where it was found before. Rejects with `ReconcileError` "kind" when the cluster does not serve it. */
  find(apiVersion: string, kind: string, signal: AbortSignal): ResourceType | Promise<ResourceType>;
  schemaOf(type: ResourceType): SchemaNode | undefined;
}

type KindsSource = Pick<Surroundings, "lookupKind" | "schemaOf" | "reloadSchema" | "children">;

export function createKinds(surroundings: KindsSource): Kinds {
  const found = new KindMap();
  const custom = new Set<ResourceType>();
  // `null`: a custom kind, whose schema may change.
  const builtinSchemas = new WeakMap<ResourceType, SchemaNode | null>();
  const refresh = createRefresh(surroundings);
  const ask = async (apiVersion: string, kind: string, signal: AbortSignal) => {
    const builtin = builtinKind(apiVersion, kind)?.resource;
    const type = builtin ?? (await surroundings.lookupKind(apiVersion, kind, signal));
    if (!type) {
      throw new ReconcileError(
        "kind",
        `Cannot find kind "${kind}" of "${apiVersion}": the cluster does not serve it`,
      );
    }
    found.set(apiVersion, kind, type);
    if (!builtin) custom.add(type);
    return type;
  };
  return {
    known: found.types,
    get hasTwins() {
      return found.hasTwins;
    },
    find(apiVersion, kind, signal) {
      const known = found.get(apiVersion, kind);
      if (!known) return ask(apiVersion, kind, signal);
      const refreshing = custom.has(known) ? refresh(known, signal) : undefined;
      return refreshing === undefined ? known : refreshing.then(() => known);
    },
    schemaOf(type) {
      let builtin = builtinSchemas.get(type);
      if (builtin === undefined) {
        builtin = builtinKind(apiVersionOf(type), type.kind)?.schema ?? null;
        builtinSchemas.set(type, builtin);
      }
      return builtin ?? surroundings.schemaOf?.(type);
    },
  };
}

/** Types by apiVersion and kind: asked for several times in each pass, so no text is made for a key. */
class KindMap {
  readonly #byVersion = new Map<string, Map<string, ResourceType>>();
  /** In the order in which they came, one for each name. */
  readonly types: ResourceType[] = [];
  hasTwins = false;

  get(apiVersion: string, kind: string): ResourceType | undefined {
    return this.#byVersion.get(apiVersion)?.get(kind);
  }

  set(apiVersion: string, kind: string, type: ResourceType): void {
    const kinds = this.#byVersion.get(apiVersion) ?? new Map<string, ResourceType>();
    this.#byVersion.set(apiVersion, kinds);
    const before = kinds.get(kind);
    kinds.set(kind, type);
    if (before !== undefined) {
      this.types[this.types.indexOf(before)] = type;
      return;
    }
    this.hasTwins ||= this.types.some((other) => typeKey(other) === typeKey(type));
    this.types.push(type);
  }
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
