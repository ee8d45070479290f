/**
 * Schemas of custom kinds, so that text in a template becomes the type that a field has: from the
 * CRDs that the Katalog brings, else read from the cluster once for each kind, and once more when its CRD may
 * have changed.
 */
import type { KubeClient } from "../kube/client.ts";
import { isForbidden, isNotFound } from "../kube/error.ts";
import { builtinKind } from "../schema/builtin.ts";
import { CRD_TYPE, crdVersions } from "../schema/crd.ts";
import type { SchemaNode } from "../schema/node.ts";
import { apiVersionOf, type ResourceType } from "../schema/object.ts";
import type { JsonObject } from "../std/json.ts";

export interface CustomSchemas {
  /** `undefined`: not known (yet), or free of form. */
  of(type: ResourceType): SchemaNode | undefined;
  /** Makes {@link of} know the kind, as far as it can be known. */
  load(type: ResourceType, signal: AbortSignal): Promise<void>;
  /** The CRD of the kind may be another one by now: as the cluster has it counts from here on. */
  reload(type: ResourceType, signal: AbortSignal): Promise<void>;
}

export interface CustomSchemasOptions {
  readonly client: KubeClient;
  /** CustomResourceDefinitions that need not be asked for. */
  readonly known: readonly JsonObject[];
}

export function createCustomSchemas({ client, known }: CustomSchemasOptions): CustomSchemas {
  const schemas = new Map<string, SchemaNode>();
  const asked = new Set<string>();
  const learn = (crd: JsonObject) => {
    for (const { resource, schema } of crdVersions(crd)) schemas.set(keyOf(resource), schema);
  };
  for (const crd of known) learn(crd);
  const reload = async (type: ResourceType, signal: AbortSignal) => {
    try {
      const name = `${type.plural}.${type.group}`;
      learn((await client.get({ type: CRD_TYPE, name }, { signal })) as unknown as JsonObject);
    } catch (error) {
      // An aggregated API has no CRD, and reading CRDs may not be ours to do: values then go by
      // their looks, or by what is known.
      if (!isNotFound(error) && !isForbidden(error)) throw error;
    }
    asked.add(keyOf(type));
  };
  return {
    of: (type) => schemas.get(keyOf(type)),
    async load(type, signal) {
      const key = keyOf(type);
      if (asked.has(key) || schemas.has(key) || builtinKind(apiVersionOf(type), type.kind)) return;
      await reload(type, signal);
    },
    reload,
  };
}

function keyOf(type: ResourceType): string {
  return `${apiVersionOf(type)}/${type.kind}`;
}
