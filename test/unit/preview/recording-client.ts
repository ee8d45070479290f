/** A `KubeClient` that holds objects, answers writes as a dry run would, and remembers how it was asked. */
import type { KubeClient, ObjectReference, WriteOptions } from "../../../src/kube/client.ts";
import { KubeError } from "../../../src/kube/error.ts";
import type { KubeObject, ResourceType } from "../../../src/schema/object.ts";
import type { JsonObject } from "../../../src/std/json.ts";

export const MAPS: ResourceType = {
  group: "",
  version: "v1",
  kind: "ConfigMap",
  plural: "configmaps",
  namespaced: true,
};

export const NAMESPACES: ResourceType = {
  group: "",
  version: "v1",
  kind: "Namespace",
  plural: "namespaces",
  namespaced: false,
};

export function map(name: string, more: object = {}, metadata: object = {}): KubeObject {
  const head = { apiVersion: "v1", kind: "ConfigMap" };
  return { ...head, metadata: { name, namespace: "a", ...metadata }, ...more } as KubeObject;
}

export interface Asked {
  readonly verb: string;
  readonly name: string;
  readonly dryRun: boolean | undefined;
  /** A field that the kind does not have is refused. */
  readonly isStrict?: boolean;
  readonly object?: KubeObject;
}

export class RecordingClient implements KubeClient {
  readonly asked: Asked[] = [];
  readonly objects = new Map<string, KubeObject>();
  /** Laid over what is written, as admission does it. */
  admits: (object: KubeObject) => KubeObject = (object) => object;

  add(object: KubeObject): void {
    this.objects.set(object.metadata.name, object);
  }

  get writes(): readonly Asked[] {
    return this.asked.filter(({ verb }) => verb !== "get" && verb !== "list");
  }

  async get({ name }: ObjectReference): Promise<KubeObject> {
    this.#note("get", name);
    const found = this.objects.get(name);
    if (!found) throw new KubeError("not found", { status: 404, reason: "NotFound" });
    return found;
  }

  async list() {
    this.#note("list", "");
    return { items: [...this.objects.values()], resourceVersion: "1" };
  }

  async create(_: ResourceType, object: KubeObject, options: { dryRun?: boolean } = {}) {
    this.#note("create", object.metadata.name, { ...options, object });
    return this.admits({ ...object, metadata: { ...object.metadata, uid: "u-new" } });
  }

  async replace(_: ResourceType, object: KubeObject, options: WriteOptions = {}) {
    this.#note("replace", object.metadata.name, { ...options, object });
    return this.admits(object);
  }

  async apply(_: ResourceType, object: KubeObject, options: { dryRun?: boolean } = {}) {
    this.#note("apply", object.metadata.name, { ...options, object });
    const live = this.objects.get(object.metadata.name);
    return this.admits({ ...live, ...object });
  }

  async patch({ name }: ObjectReference, patch: unknown, options: { dryRun?: boolean }) {
    this.#note("patch", name, options);
    const live = this.objects.get(name) as KubeObject;
    const { metadata = {}, ...rest } = patch as { metadata?: object };
    return { ...live, ...rest, metadata: { ...live.metadata, ...metadata } };
  }

  async delete({ name }: ObjectReference, options: { dryRun?: boolean } = {}): Promise<void> {
    this.#note("delete", name, options);
  }

  async raw(): Promise<JsonObject> {
    return {};
  }

  #note(
    verb: string,
    name: string,
    { dryRun, isStrict, object }: WriteOptions & { object?: KubeObject } = {},
  ): void {
    const strictness = isStrict === undefined ? {} : { isStrict };
    this.asked.push({ verb, name, dryRun, ...strictness, ...(object && { object }) });
  }
}
