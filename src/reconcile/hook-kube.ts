/**
 * `kube` of hooks, the end that acts: requests of a thread are held against `managedResources`, and go
 * to the API server as the box's own, with its share of the connections, its signal and its fence.
 *
 * Guarantees: what `create` and `apply` make is a child of the custom resource, found by the caches and
 * removed with it; an object that is not ours is never taken over unasked; nothing that fails here is
 * thrown, it is an answer.
 */
import { applyChildren, type ChildResult } from "../apply/apply.ts";
import type { Change } from "../apply/changes.ts";
import { childTitle, type DesiredChild } from "../apply/child.ts";
import { isOwnedBy } from "../apply/inventory.ts";
import type { ErrorData, KubeAnswer, KubeRequest } from "../hook/protocol.ts";
import type { ObjectReference } from "../kube/client.ts";
import { isConflict, isKubeError, isNotFound } from "../kube/error.ts";
import { FIELD_MANAGER } from "../kube/kube-client.ts";
import type { KubeObject, ResourceType } from "../schema/object.ts";
import { isJsonObject, type Json, type JsonObject } from "../std/json.ts";
import { applyContext } from "./apply-context.ts";
import { confirmCurrent } from "./confirm.ts";
import type { PassContext } from "./context.ts";
import { ReconcileError } from "./error.ts";
import {
  addressOfObject,
  type CodeAddress,
  codeChild,
  madeByCode,
  type PlaceRules,
  placeOf,
  readAddress,
  refuseUnmanaged,
} from "./hook-object.ts";
import { type Observed, observe, openCache } from "./observe.ts";

/** What hooks made in one pass. */
export interface HookTraces {
  readonly results: readonly ChildResult[];
  readonly changes: readonly Change[];
}

export interface HookKubeServer extends HookTraces {
  answer(request: KubeRequest): Promise<KubeAnswer>;
}

const PAGE = 500;
/** What a list may hold: a hook that needs more wants a selector. */
const MAX_LISTED = 5_000;

export function createHookKube(object: KubeObject, context: PassContext): HookKubeServer {
  const server = new Server(object, context);
  return {
    get results() {
      return [...server.results.values()];
    },
    changes: server.changes,
    async answer(request) {
      try {
        return { value: await server.serve(request) };
      } catch (error) {
        return { error: toData(error) };
      }
    },
  };
}

/** A reference whose kind and place were found to be allowed. */
interface Place extends ObjectReference {
  readonly type: ResourceType;
}

class Server {
  /** By title: the last word on each child. */
  readonly results = new Map<string, ChildResult>();
  readonly changes: Change[] = [];
  readonly #object: KubeObject;
  readonly #context: PassContext;
  readonly #rules: PlaceRules;

  constructor(object: KubeObject, context: PassContext) {
    this.#object = object;
    this.#context = context;
    const managed = context.program.hooks?.plan.managedResources ?? [];
    this.#rules = { owner: context.owner, managed };
  }

  async serve(request: KubeRequest): Promise<Json> {
    switch (request.verb) {
      case "get":
        return asJson(await this.#get(readAddress(asMap(request.address), "name")));
      case "list":
        return this.#list(asMap(request.query));
      case "create":
        return this.#make(asMap(request.object), { isUpdated: false });
      case "apply":
        return this.#make(asMap(request.object), { isUpdated: true, ...asMap(request.options) });
      case "patch":
        return this.#patch(request);
      case "delete":
        return this.#delete(request);
      default:
        return request satisfies never;
    }
  }

  async #get(address: CodeAddress): Promise<KubeObject | null> {
    const { client } = this.#context.surroundings;
    const { signal } = this.#context;
    const found = client.get(await this.#locate(address), { signal });
    return found.then(withoutNoise).catch((error: unknown) => {
      if (!isNotFound(error)) throw error;
      return null;
    });
  }

  async #list(query: JsonObject): Promise<Json> {
    const address = readAddress(query, "kind");
    refuseUnmanaged(address, this.#rules);
    const type = await this.#typeOf(address);
    const isEverywhere = address.namespace === "*" && type.namespaced;
    const allowed = placeOf(address, type, this.#rules);
    const namespace = isEverywhere ? undefined : allowed;
    const { labelSelector, fieldSelector } = query;
    const { client } = this.#context.surroundings;
    const items: KubeObject[] = [];
    let continueToken: string | undefined;
    do {
      const page = await client.list(type, {
        limit: PAGE,
        signal: this.#context.signal,
        ...(namespace !== undefined && { namespace }),
        ...(typeof labelSelector === "string" && { labelSelector }),
        ...(typeof fieldSelector === "string" && { fieldSelector }),
        ...(continueToken !== undefined && { continueToken }),
      });
      for (const item of page.items) items.push(item);
      continueToken = page.continueToken;
      if (items.length > MAX_LISTED) {
        const message = `Cannot list ${type.plural}: there are more than ${MAX_LISTED}, use a selector`;
        throw new ReconcileError("value", message);
      }
    } while (continueToken);
    return items.map((item) => asJson(withoutNoise(item)));
  }

  /** The same way as declared children go: what is as it should be costs no request. */
  async #make(
    object: JsonObject,
    options: { readonly isUpdated: boolean } & JsonObject,
  ): Promise<Json> {
    const address = addressOfObject(object);
    const { type, namespace } = await this.#locate(address);
    await openCache(type, this.#context);
    const observed = await observe(this.#context);
    const child = codeChild({
      object,
      type,
      namespace,
      owner: this.#context.owner,
      madeBy: "hook",
      policy: {
        isUpdated: options.isUpdated,
        adopt: options["adopt"] === true,
        forceConflict: options["force"] !== false,
      },
    });
    if (options.isUpdated) this.#refuseDeclared(child, observed);
    const [result] = await applyChildren(
      [child],
      applyContext(this.#object, observed, this.#context),
    );
    return this.#keep(child, result);
  }

  #keep(child: DesiredChild, result: ChildResult | undefined): Json {
    const title = childTitle(child.type, child.object.metadata);
    if (result) this.results.set(title, result);
    switch (result?.kind) {
      case "done":
        if (result.change.action !== "unchanged") this.changes.push(result.change);
        return asJson(withoutNoise(result.object));
      case "failed":
        throw result.error;
      default:
        throw new ReconcileError("cleanup", `Cannot make ${title} yet: ${result?.reason ?? ""}`);
    }
  }

  /** Two owners of one object's fields would take them from each other for ever. */
  #refuseDeclared({ type, object }: DesiredChild, observed: Observed): void {
    const found = observed.find(type, object.metadata);
    if (!found || !isOwnedBy(found, this.#context.owner.uid) || madeByCode(found)) return;
    throw new ReconcileError(
      "duplicate",
      `Cannot apply ${childTitle(type, object.metadata)}: the Katalog declares it, use patch for what it does not declare`,
    );
  }

  async #patch({
    address,
    patch,
    options,
  }: Extract<KubeRequest, { verb: "patch" }>): Promise<Json> {
    const place = await this.#locate(readAddress(asMap(address), "name"));
    const { type = "merge", subresource } = asMap(options);
    if (type !== "merge" && type !== "json" && type !== "strategic") {
      throw new ReconcileError(
        "value",
        'Cannot patch: expected type "merge", "json" or "strategic"',
      );
    }
    if (subresource !== undefined && subresource !== "status" && subresource !== "scale") {
      throw new ReconcileError("value", 'Cannot patch: expected subresource "status" or "scale"');
    }
    const { surroundings, signal } = this.#context;
    await confirmCurrent(this.#object, this.#context);
    const stored = await surroundings.client.patch(place, patch ?? null, {
      patchType: type,
      fieldManager: FIELD_MANAGER,
      signal,
      ...(subresource !== undefined && { subresource }),
    });
    this.#noteChange(place, "configured");
    return asJson(withoutNoise(stored));
  }

  /** With the uid of what is there now: a successor of the same name is left alone. */
  async #delete({ address, options }: Extract<KubeRequest, { verb: "delete" }>): Promise<Json> {
    const place = await this.#locate(readAddress(asMap(address), "name"));
    const { propagationPolicy, foreign } = asMap(options);
    const { surroundings, signal } = this.#context;
    await confirmCurrent(this.#object, this.#context);
    const live = await surroundings.client.get(place, { signal }).catch(ignoreNotFound);
    const uid = live?.metadata.uid;
    if (!live || uid === undefined || live.metadata.deletionTimestamp !== undefined) return null;
    if (foreign !== true) this.#refuseForeign(place.type, live);
    const isPolicy = ["Background", "Foreground", "Orphan"].includes(String(propagationPolicy));
    await surroundings.client
      .delete(place, {
        uid,
        propagationPolicy: isPolicy ? (propagationPolicy as "Background") : "Background",
        signal,
      })
      .catch((error: unknown) => {
        if (!isNotFound(error) && !isConflict(error)) throw error;
      });
    this.results.delete(childTitle(place.type, live.metadata));
    this.#noteChange(place, "deleted");
    return null;
  }

  /** A name that happens to be somebody else's is no reason to lose what it holds. */
  #refuseForeign(type: ResourceType, live: KubeObject): void {
    const { owner } = this.#context;
    if (isOwnedBy(live, owner.uid)) return;
    throw new ReconcileError(
      "foreign",
      `Cannot delete ${childTitle(type, live.metadata)}: it does not belong to ${childTitle(owner.type, owner)}, add {foreign: true} if it shall go all the same`,
    );
  }

  #noteChange({ type, name, namespace }: Place, action: "configured" | "deleted"): void {
    this.changes.push({ action, type, name, ...(namespace === undefined ? {} : { namespace }) });
  }

  async #locate(address: CodeAddress): Promise<Place> {
    refuseUnmanaged(address, this.#rules);
    const type = await this.#typeOf(address);
    const namespace = placeOf(address, type, this.#rules);
    const { name = "" } = address;
    return { type, name, ...(namespace === undefined ? {} : { namespace }) };
  }

  async #typeOf({ apiVersion, kind }: CodeAddress): Promise<ResourceType> {
    return this.#context.kinds.find(apiVersion, kind, this.#context.signal);
  }
}

function ignoreNotFound(error: unknown): undefined {
  if (!isNotFound(error)) throw error;
  return undefined;
}

/** Nobody who writes hooks wants it, and it is often larger than the object. */
function withoutNoise(object: KubeObject): KubeObject {
  const { managedFields: _, ...metadata } = object.metadata;
  return { ...object, metadata };
}

function toData(error: unknown): ErrorData {
  if (!(error instanceof Error)) return { name: "Error", message: String(error) };
  const root = isKubeError(error.cause) ? error.cause : error;
  return {
    name: error.name,
    message: error.message,
    ...(isKubeError(root) && { kube: { status: root.status, reason: root.reason } }),
  };
}

function asJson(object: KubeObject | null): Json {
  return object as unknown as Json;
}

function asMap(value: unknown): JsonObject {
  return isJsonObject(value) ? value : {};
}
