/**
 * The `kube` of one hook outside of any box: for authors who try out their hooks. The rules are those of
 * a reconcile; caches hold what the hook itself made.
 */

import { isOwnedBy } from "../apply/inventory.ts";
import type { ResolvedCrd } from "../katalog/resolved.ts";
import type { KubeClient } from "../kube/client.ts";
import type { SchemaNode } from "../schema/node.ts";
import { apiVersionOf, type KubeObject, objectKey, type ResourceType } from "../schema/object.ts";
import { systemClock } from "../std/clock.ts";
import { silentLogger } from "../telemetry/log.ts";
import { createKatalogDialect } from "../template/katalog-dialect.ts";
import { openPass, openReconciler } from "./context.ts";
import { createHookKube, type HookKubeServer } from "./hook-kube.ts";
import { Memory } from "./memory.ts";
import { compileProgram } from "./program.ts";
import type { ObjectCache, Surroundings } from "./surroundings.ts";

export interface HookTrial {
  readonly client: KubeClient;
  readonly object: KubeObject;
  readonly crd: ResolvedCrd;
  /** Kinds that are not built in. */
  readonly custom: readonly CustomKind[];
}

export interface CustomKind {
  readonly type: ResourceType;
  readonly schema: SchemaNode;
}

export function createHookContext({ client, object, crd, custom }: HookTrial): HookKubeServer {
  const compiled = compileProgram(crd, createKatalogDialect());
  if (compiled.kind === "failed")
    throw new Error("Cannot try the hook: its entry does not compile");
  const type: ResourceType = { ...crd.type, namespaced: true };
  const surroundings = { ...trialSurroundings(client, type), ...lookup(custom) };
  const memory = new Memory().of(objectKey(object.metadata), object.metadata);
  const { signal } = new AbortController();
  const context = openReconciler(compiled.program, surroundings);
  return createHookKube(object, openPass(object, { memory, signal }, context));
}

function lookup(custom: readonly CustomKind[]): Pick<Surroundings, "lookupKind" | "schemaOf"> {
  return {
    async lookupKind(apiVersion, kind) {
      const isIt = ({ type }: CustomKind) =>
        type.kind === kind && apiVersionOf(type) === apiVersion;
      return custom.find(isIt)?.type;
    },
    schemaOf: (type) => custom.find((one) => one.type === type)?.schema,
  };
}

function trialSurroundings(
  client: KubeClient,
  type: ResourceType,
): Omit<Surroundings, "lookupKind"> {
  const caches = new Map<string, ObjectCache>();
  const open = (child: ResourceType) => {
    const key = `${child.group}/${child.kind}`;
    const cache = caches.get(key) ?? trialCache();
    caches.set(key, cache);
    return cache;
  };
  return {
    katalogName: "hook-trial",
    configDigest: "",
    type,
    hasStatusSubresource: true,
    client,
    primary: trialCache(),
    children: { get: open, open: async (child) => open(child) },
    clock: systemClock,
    random: (size) => globalThis.crypto.getRandomValues(new Uint8Array(size)),
    timeZone: "UTC",
    emit() {},
    log: silentLogger,
  };
}

function trialCache(): ObjectCache {
  const objects = new Map<string, KubeObject>();
  return {
    store: {
      get: (key) => objects.get(key),
      byOwner: (uid) => [...objects.values()].filter((object) => isOwnedBy(object, uid)),
    },
    remember: (object) => void objects.set(objectKey(object.metadata), object),
  };
}
