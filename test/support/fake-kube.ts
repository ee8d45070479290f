/**
 * A cluster in memory behind the `KubeClient` interface, for unit tests of what writes to clusters.
 * No sockets, no schema validation, no controllers; but honest about what writers depend on:
 * uids, resourceVersions, generations, preconditions and their errors, deletion with finalizers,
 * server-side apply with removal of what is no longer applied, no-op writes that change no version.
 *
 * Errors are those that kube-apiserver 1.36 was seen to answer with.
 */
import type {
  ApplyOptions,
  DeleteOptions,
  KubeClient,
  ListOptions,
  ObjectList,
  ObjectReference,
  PatchOptions,
  WriteOptions,
} from "../../src/kube/client.ts";
import { KubeError } from "../../src/kube/error.ts";
import { OWNER_UID_ANNOTATION } from "../../src/kube/marks.ts";
import { builtinKind } from "../../src/schema/builtin.ts";
import { normalizeObject } from "../../src/schema/normalize.ts";
import {
  apiVersionOf,
  type KubeObject,
  objectKey,
  type ResourceType,
} from "../../src/schema/object.ts";
import { isDeepEqual, isJsonObject, type Json, type JsonObject } from "../../src/std/json.ts";

export interface FakeRequest {
  readonly verb: "get" | "list" | "create" | "replace" | "apply" | "patch" | "delete";
  readonly kind: string;
  readonly name: string;
  readonly subresource?: string;
  readonly body?: Json;
}

type Mutable = Record<string, unknown> & { metadata: Record<string, unknown> };

interface Stored {
  object: KubeObject;
  type: ResourceType;
  /** What each manager applied last. */
  applied: Map<string, JsonObject>;
  /** Who created it by a POST, and with what: fields that no apply removes until handed over. */
  created?: { readonly manager: string; readonly object: JsonObject };
}

export class FakeKube implements KubeClient {
  readonly requests: FakeRequest[] = [];
  /** Objects that came and went: `created ConfigMap m`, `deleted ConfigMap m`. */
  readonly history: string[] = [];
  readonly #objects = new Map<string, Stored>();
  #version = 100;
  #uid = 0;
  /** Called before each request is carried out; what it throws is the answer. */
  intercept: (request: FakeRequest) => void = () => {};
  /** `creationTimestamp` of what is created from now on. */
  bornAt = "2026-11-22T11:00:00Z";

  /** The store of a kind, always current unless `freeze` was called. */
  cacheOf(type: ResourceType, selection: { readonly namespace?: string } = {}): FakeCache {
    return new FakeCache(this, type, selection);
  }

  /** Requests that may change something, in short: `apply Deployment web`. */
  get writes(): string[] {
    return this.requests
      .filter(({ verb }) => verb !== "get" && verb !== "list")
      .map(({ verb, kind, name, subresource }) =>
        [verb, kind, name, ...(subresource ? [subresource] : [])].join(" "),
      );
  }

  forgetRequests(): void {
    this.requests.length = 0;
  }

  /** What somebody else does: no request is logged. */
  put(type: ResourceType, object: JsonObject): KubeObject {
    const previous = this.#objects.get(this.#key(type, object["metadata"] as never));
    const next = structuredClone(object) as unknown as Mutable;
    next.metadata = { ...next.metadata };
    if (previous) return this.#store(previous, next, "object");
    return this.#add(type, next);
  }

  read(type: ResourceType, name: string, namespace = "default"): KubeObject | undefined {
    return this.#objects.get(this.#key(type, { name, ...(type.namespaced ? { namespace } : {}) }))
      ?.object;
  }

  all(type: ResourceType): KubeObject[] {
    return [...this.#objects.values()]
      .filter((stored) => stored.type.kind === type.kind && stored.type.group === type.group)
      .map(({ object }) => object);
  }

  /** Changes fields behind everybody's back, as another client would. */
  edit(type: ResourceType, key: string, change: (object: Mutable) => void): KubeObject {
    const [name = "", namespace = "default"] = key.split("/").reverse();
    const stored = this.#find({ type, name, ...(type.namespaced ? { namespace } : {}) });
    const next = structuredClone(stored.object) as unknown as Mutable;
    change(next);
    return this.#store(stored, next, "all");
  }

  /** Deletion by somebody else. */
  erase(type: ResourceType, name: string): void {
    this.#delete({ type, name, ...(type.namespaced ? { namespace: "default" } : {}) });
  }

  async get(reference: ObjectReference): Promise<KubeObject> {
    this.#log({ verb: "get", kind: reference.type.kind, name: reference.name });
    const stored = this.#find(reference);
    return withManagers(structuredClone(stored.object), stored);
  }

  async list(type: ResourceType, _options: ListOptions = {}): Promise<ObjectList> {
    this.#log({ verb: "list", kind: type.kind, name: "" });
    return { items: this.all(type), resourceVersion: String(this.#version) };
  }

  async create(
    type: ResourceType,
    object: KubeObject,
    options: WriteOptions = {},
  ): Promise<KubeObject> {
    this.#log({
      verb: "create",
      kind: type.kind,
      name: object.metadata.name,
      body: object as never,
    });
    if (this.#objects.has(this.#key(type, object.metadata))) {
      throw new KubeError(`${type.plural} "${object.metadata.name}" already exists`, {
        status: 409,
        reason: "AlreadyExists",
      });
    }
    if (options.dryRun) return object;
    const added = this.#add(type, structuredClone(object) as never);
    const manager = options.fieldManager ?? "unknown";
    const created = { manager, object: structuredClone(object) as unknown as JsonObject };
    Object.assign(this.#find({ type, ...added.metadata }), { created });
    return added;
  }

  async replace(type: ResourceType, object: KubeObject): Promise<KubeObject> {
    this.#log({ verb: "replace", kind: type.kind, name: object.metadata.name });
    const stored = this.#find({ type, ...object.metadata });
    return this.#store(stored, structuredClone(object) as never, "object");
  }

  async apply(
    type: ResourceType,
    object: KubeObject,
    options: ApplyOptions = {},
  ): Promise<KubeObject> {
    this.#log({
      verb: "apply",
      kind: type.kind,
      name: object.metadata.name,
      body: object as never,
    });
    const stored = this.#objects.get(this.#key(type, object.metadata));
    const { uid, resourceVersion, ...metadata } = object.metadata;
    const applied = structuredClone({ ...object, metadata }) as unknown as JsonObject;
    const manager = options.fieldManager ?? "unknown";
    if (!stored) {
      if (uid !== undefined)
        throw conflict(
          type,
          `uid mismatch: the provided object specified uid ${uid}, and no existing object was found`,
        );
      const added = this.#add(type, applied as never);
      this.#objects.get(this.#key(type, metadata))?.applied.set(manager, applied);
      return added;
    }
    if (uid !== undefined && uid !== stored.object.metadata.uid) {
      throw invalid("metadata.uid", `Invalid value: "${uid}": field is immutable`);
    }
    if (
      resourceVersion !== undefined &&
      resourceVersion !== "0" &&
      resourceVersion !== stored.object.metadata.resourceVersion
    ) {
      throw conflict(
        type,
        "the object has been modified; please apply your changes to the latest version and try again",
      );
    }
    const isHeld = stored.created?.manager === manager;
    const before = isHeld ? {} : (stored.applied.get(manager) ?? {});
    const merged = mergeApplied(stored.object as unknown as JsonObject, before, applied);
    const result = this.#store(stored, merged as never, "object");
    stored.applied.set(manager, applied);
    return result;
  }

  async patch(reference: ObjectReference, patch: Json, options: PatchOptions): Promise<KubeObject> {
    const { subresource } = options;
    this.#log({
      verb: "patch",
      kind: reference.type.kind,
      name: reference.name,
      body: patch,
      ...(subresource ? { subresource } : {}),
    });
    const stored = this.#find(reference);
    const current = withManagers(structuredClone(stored.object), stored) as unknown as JsonObject;
    const next =
      options.patchType === "json"
        ? jsonPatch(current, patch as never)
        : mergePatch(current, patch);
    const { managedFields, ...metadata } = (next as JsonObject)["metadata"] as JsonObject;
    (next as Record<string, unknown>)["metadata"] = metadata;
    if (metadata["uid"] !== stored.object.metadata.uid)
      throw invalid("metadata.uid", "field is immutable");
    if (metadata["resourceVersion"] !== stored.object.metadata.resourceVersion)
      throw conflict(reference.type, "the object has been modified");
    const added = ((metadata["finalizers"] ?? []) as string[]).filter(
      (name) => !stored.object.metadata.finalizers?.includes(name),
    );
    if (stored.object.metadata.deletionTimestamp && added.length > 0) {
      throw new KubeError("no new finalizers can be added if the object is being deleted", {
        status: 422,
        reason: "Invalid",
      });
    }
    takeManagers(stored, (managedFields ?? []) as readonly JsonObject[]);
    return this.#store(stored, next as never, subresource === "status" ? "status" : "object");
  }

  async delete(reference: ObjectReference, options: DeleteOptions = {}): Promise<void> {
    this.#log({ verb: "delete", kind: reference.type.kind, name: reference.name });
    const { metadata } = this.#find(reference).object;
    if (options.uid !== undefined && options.uid !== metadata.uid)
      throw conflict(
        reference.type,
        "the UID in the precondition does not match the UID in record",
      );
    if (
      options.resourceVersion !== undefined &&
      options.resourceVersion !== metadata.resourceVersion
    )
      throw conflict(reference.type, "the ResourceVersion in the precondition does not match");
    this.#delete(reference);
  }

  raw(): Promise<JsonObject> {
    return Promise.reject(new KubeError("not served", { status: 404, reason: "NotFound" }));
  }

  #delete(reference: ObjectReference): void {
    const stored = this.#find(reference);
    if ((stored.object.metadata.finalizers?.length ?? 0) > 0) {
      this.#store(
        stored,
        {
          ...structuredClone(stored.object),
          metadata: { ...stored.object.metadata, deletionTimestamp: "2026-11-22T12:00:00Z" },
        } as never,
        "all",
      );
      return;
    }
    this.history.push(`deleted ${reference.type.kind} ${reference.name}`);
    this.#objects.delete(this.#key(reference.type, reference));
    this.#version++;
    this.#collect(stored.object.metadata.uid ?? "");
  }

  /** The garbage collector. */
  #collect(uid: string): void {
    for (const { object, type } of [...this.#objects.values()]) {
      if (!object.metadata.ownerReferences?.some((reference) => reference.uid === uid)) continue;
      const { name, namespace } = object.metadata;
      this.#delete({ type, name, ...(namespace === undefined ? {} : { namespace }) });
    }
  }

  #add(type: ResourceType, object: Mutable): KubeObject {
    const { resourceVersion: _, ...metadata } = object.metadata;
    const added = this.#normal(type, {
      ...object,
      metadata: {
        ...metadata,
        uid: metadata["uid"] ?? `uid-${++this.#uid}`,
        resourceVersion: String(++this.#version),
        generation: 1,
        creationTimestamp: this.bornAt,
      },
    } as never);
    this.history.push(`created ${type.kind} ${added.metadata.name}`);
    this.#objects.set(this.#key(type, added.metadata), { object: added, type, applied: new Map() });
    return structuredClone(added);
  }

  #store(stored: Stored, next: Mutable, part: "object" | "status" | "all"): KubeObject {
    const old = stored.object as unknown as Mutable;
    const custom = !builtinKind(apiVersionOf(stored.type), stored.type.kind);
    let content = next;
    if (part === "status") content = { ...old, status: next["status"] } as Mutable;
    if (part === "object" && custom) content = { ...next, status: old["status"] } as Mutable;
    const normal = this.#normal(stored.type, {
      ...content,
      metadata: {
        ...content.metadata,
        uid: old.metadata["uid"],
        resourceVersion: old.metadata["resourceVersion"],
        generation: old.metadata["generation"],
        creationTimestamp: old.metadata["creationTimestamp"],
      },
    } as never) as unknown as Mutable;
    if (isDeepEqual(normal, old)) return structuredClone(stored.object);
    const isNewSpec = !isDeepEqual(
      { ...normal, metadata: 0, status: 0 },
      { ...old, metadata: 0, status: 0 },
    );
    normal.metadata = {
      ...normal.metadata,
      resourceVersion: String(++this.#version),
      generation: (old.metadata["generation"] as number) + (isNewSpec ? 1 : 0),
    };
    stored.object = normal as unknown as KubeObject;
    const { deletionTimestamp, finalizers = [] } = stored.object.metadata;
    if (deletionTimestamp !== undefined && finalizers.length === 0) {
      this.history.push(`deleted ${stored.type.kind} ${stored.object.metadata.name}`);
      this.#objects.delete(this.#key(stored.type, stored.object.metadata));
      this.#collect(stored.object.metadata.uid ?? "");
    }
    return structuredClone(stored.object);
  }

  /** Defaults and canonical spelling, so that what comes back is not what was sent. */
  #normal(type: ResourceType, object: JsonObject): KubeObject {
    const schema = builtinKind(apiVersionOf(type), type.kind)?.schema;
    return JSON.parse(
      JSON.stringify(schema ? normalizeObject(object, schema) : object),
    ) as KubeObject;
  }

  #find(reference: ObjectReference): Stored {
    const found = this.#objects.get(this.#key(reference.type, reference));
    if (!found)
      throw new KubeError(`${reference.type.plural} "${reference.name}" not found`, {
        status: 404,
        reason: "NotFound",
      });
    return found;
  }

  #key(
    type: ResourceType,
    metadata: { readonly namespace?: string; readonly name: string },
  ): string {
    return `${type.kind}.${type.group} ${objectKey({ name: metadata.name, ...(type.namespaced && metadata.namespace ? { namespace: metadata.namespace } : {}) })}`;
  }

  #log(request: FakeRequest): void {
    this.requests.push(request);
    this.intercept(request);
  }
}

/** The entries of `managedFields`, as far as writers look at them. */
function withManagers(object: KubeObject, { created, applied }: Stored): KubeObject {
  const entry = (manager: string, operation: string) => ({ manager, operation });
  const managedFields = [
    ...(created ? [entry(created.manager, "Update")] : []),
    ...[...applied.keys()].map((manager) => entry(manager, "Apply")),
  ];
  return { ...object, metadata: { ...object.metadata, managedFields } };
}

/** A creation that was rewritten as an apply counts as one; one that was dropped holds nothing. */
function takeManagers(stored: Stored, entries: readonly JsonObject[]): void {
  const { created } = stored;
  if (!created || entries.some(({ operation }) => operation === "Update")) return;
  if (!stored.applied.has(created.manager)) stored.applied.set(created.manager, created.object);
  delete stored.created;
}

/** An informer's store over the fake; `freeze` makes it lag behind until `thaw`. */
export class FakeCache {
  readonly #kube: FakeKube;
  readonly #type: ResourceType;
  readonly selection: { readonly namespace?: string };
  #frozen: KubeObject[] | undefined;
  epoch = 0;

  constructor(kube: FakeKube, type: ResourceType, selection: { readonly namespace?: string }) {
    this.selection = selection;
    this.#kube = kube;
    this.#type = type;
  }

  readonly store = {
    get: (key: string) => this.#objects().find(({ metadata }) => objectKey(metadata) === key),
    byOwner: (uid: string) =>
      this.#objects().filter(
        ({ metadata }) =>
          metadata.ownerReferences?.some(
            (reference) => reference.controller && reference.uid === uid,
          ) || metadata.annotations?.[OWNER_UID_ANNOTATION] === uid,
      ),
  };

  remember(object: KubeObject): void {
    if (!this.#frozen) return;
    const key = objectKey(object.metadata);
    this.#frozen = [...this.#frozen.filter(({ metadata }) => objectKey(metadata) !== key), object];
  }

  freeze(): void {
    this.#frozen = this.#kube.all(this.#type);
  }

  thaw(): void {
    this.#frozen = undefined;
  }

  #objects(): KubeObject[] {
    const objects = this.#frozen ?? this.#kube.all(this.#type);
    const { namespace } = this.selection;
    if (namespace === undefined || !this.#type.namespaced) return objects;
    return objects.filter(({ metadata }) => metadata.namespace === namespace);
  }
}

function conflict(type: ResourceType, message: string): KubeError {
  return new KubeError(`Operation cannot be fulfilled on ${type.plural}: ${message}`, {
    status: 409,
    reason: "Conflict",
  });
}

export function invalid(field: string, message: string): KubeError {
  return new KubeError(`invalid: ${field}: ${message}`, {
    status: 422,
    reason: "Invalid",
    details: { causes: [{ reason: "FieldValueInvalid", field, message }] },
  });
}

/** Removes what was applied before and is not any more, then lays `applied` over it. */
function mergeApplied(live: JsonObject, before: JsonObject, applied: JsonObject): JsonObject {
  const result: Record<string, Json | undefined> = { ...live };
  for (const key of Object.keys(before))
    if (applied[key] === undefined && !isJsonObject(before[key])) delete result[key];
  for (const key of new Set([...Object.keys(before), ...Object.keys(applied)])) {
    const [old, next, now] = [before[key], applied[key], live[key]];
    if (isJsonObject(now) && (isJsonObject(next) || isJsonObject(old))) {
      result[key] = mergeApplied(now, isJsonObject(old) ? old : {}, isJsonObject(next) ? next : {});
    } else if (next !== undefined) result[key] = next;
  }
  return result as JsonObject;
}

function mergePatch(target: Json, patch: Json): Json {
  if (!isJsonObject(patch)) return patch;
  const result: Record<string, Json | undefined> = isJsonObject(target) ? { ...target } : {};
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) delete result[key];
    else if (value !== undefined) result[key] = mergePatch(result[key] ?? null, value);
  }
  return result as JsonObject;
}

interface Operation {
  readonly op: string;
  readonly path: string;
  readonly value?: Json;
}

/** `test`, `remove` and `replace`, which is what is used. */
function jsonPatch(target: JsonObject, operations: readonly Operation[]): JsonObject {
  const result = structuredClone(target);
  for (const { op, path, value } of operations) {
    const segments = path
      .slice(1)
      .split("/")
      .map((part) => part.replaceAll("~1", "/").replaceAll("~0", "~"));
    const last = segments.pop() ?? "";
    const parent = segments.reduce<unknown>(
      (at, segment) => (at as Record<string, unknown>)?.[segment],
      result,
    ) as Record<string, unknown>;
    if (op === "test" && !isDeepEqual(parent?.[last], value)) {
      throw new KubeError("the server rejected our request due to an error in our request", {
        status: 422,
        reason: "Invalid",
      });
    }
    if (op === "remove") {
      if (Array.isArray(parent)) parent.splice(Number(last), 1);
      else delete parent[last];
    }
    if (op === "replace") parent[last] = value;
  }
  return result;
}
