/**
 * The client of a plan: reads are real, every write is the server's dry run
 * (https://kubernetes.io/docs/reference/using-api/api-concepts/#dry-run) and is noted down.
 *
 * Guarantees: no request of it changes anything in the cluster. What one planned write builds on another
 * is answered from the planned world: a namespace, a CRD or an object that only this plan makes is
 * unknown to the server, so what depends on it is noted as not checked.
 */
import { createHash } from "node:crypto";
import type {
  ApplyOptions,
  DeleteOptions,
  KubeClient,
  ListOptions,
  ObjectList,
  ObjectReference,
  PatchOptions,
  RequestOptions,
  WriteOptions,
} from "../kube/client.ts";
import { isInvalid, KubeError } from "../kube/error.ts";
import { applyMergePatch } from "../sandbox/write/json-patch.ts";
import { crdVersions } from "../schema/crd.ts";
import type { SchemaNode } from "../schema/node.ts";
import type { KubeObject, ResourceType } from "../schema/object.ts";
import { isJsonObject, type Json, type JsonObject } from "../std/json.ts";
import { appliedAfterHandOver } from "./after-hand-over.ts";
import type { PlannedWorld } from "./planned-world.ts";
import type { PlannedWrite } from "./planned-write.ts";

export interface DryClientOptions {
  readonly client: KubeClient;
  readonly world: PlannedWorld;
  /** Schema of a kind, where it is known: whose field is whose in lists. */
  schemaOf(type: ResourceType): SchemaNode | undefined;
  note(write: PlannedWrite): void;
}

export class DryClient implements KubeClient {
  readonly #options: DryClientOptions;
  /** Objects whose fields were handed over by a planned patch, as they were before it. */
  readonly #handedOver = new Map<string, KubeObject>();

  constructor(options: DryClientOptions) {
    this.#options = options;
  }

  async get(reference: ObjectReference, options: RequestOptions = {}): Promise<KubeObject> {
    const { client, world } = this.#options;
    const planned = world.planned(reference);
    if (planned === "gone" || (!planned && world.isNewKind(reference.type))) {
      throw notFound(reference);
    }
    if (planned) return planned;
    const object = await client.get(reference, options);
    world.noteLive(reference, object);
    return object;
  }

  async list(type: ResourceType, options: ListOptions = {}): Promise<ObjectList> {
    const { client, world } = this.#options;
    if (world.isNewKind(type)) return { items: [], resourceVersion: "" };
    const list = await client.list(type, options);
    const items = list.items.flatMap((object) => {
      const planned = world.planned(addressOf(type, object));
      return planned === "gone" ? [] : [planned ?? object];
    });
    return { ...list, items };
  }

  async create(type: ResourceType, object: KubeObject, options: WriteOptions = {}) {
    const { client, world } = this.#options;
    // A question, no write.
    if (options.dryRun) return client.create(type, object, options);
    const address = addressOf(type, object);
    const planned = world.planned(address);
    if (planned !== undefined && planned !== "gone") throw alreadyExists(address);
    const isChecked = planned === undefined && this.#isKnownPlace(address);
    const answer = isChecked
      ? await client.create(type, object, { ...options, dryRun: true })
      : invented(object);
    const after = { ...answer, ...statusOfNew(object) };
    world.create(address, after);
    this.#noteKind(type, after);
    this.#note({ verb: "create", ...address, isChecked, sent: object, after });
    return after;
  }

  async replace(type: ResourceType, object: KubeObject, options: WriteOptions = {}) {
    const { client } = this.#options;
    const address = addressOf(type, object);
    return this.#change("replace", address, {
      invent: () => object,
      ask: () => client.replace(type, object, { ...options, dryRun: true }),
    });
  }

  async apply(type: ResourceType, object: KubeObject, options: ApplyOptions = {}) {
    const { client } = this.#options;
    const address = addressOf(type, object);
    const handedOver = this.#handedOver.get(textOf(address));
    return this.#change("apply", address, {
      invent: (planned) =>
        applyMergePatch(asJson(planned), asJson(object)) as unknown as KubeObject,
      ask: () => {
        const dry = { ...options, dryRun: true };
        if (!handedOver) return client.apply(type, object, dry);
        return this.#replaceAfterHandOver(handedOver, { type, object, options: dry });
      },
      subresource: options.subresource,
      sent: object,
    });
  }

  /**
   * A dry run cannot build on the hand-over before it, so fields that leave would still be there, and may
   * not go together with those that come. So what the apply would make is made here, and the server is
   * asked what it thinks of that.
   */
  async #replaceAfterHandOver(
    live: KubeObject,
    { type, object, options }: HandedApply,
  ): Promise<KubeObject> {
    const { client, schemaOf } = this.#options;
    if (!options.force) await client.apply(type, object, options).catch(passInvalid);
    const made = appliedAfterHandOver({ type, live, applied: object, schema: schemaOf(type) });
    // An apply refuses a field that the kind does not have; an update drops it unless it is told not to.
    return client.replace(type, made, { ...options, isStrict: true });
  }

  async patch(reference: ObjectReference, patch: Json, options: PatchOptions) {
    const { world } = this.#options;
    const live = world.live(reference);
    const isHandedOver = isHandOver(patch) && live !== undefined;
    // A later look at the status may hand over again: what the server holds is what it was before.
    const key = textOf(reference);
    if (isHandedOver && !this.#handedOver.has(key)) this.#handedOver.set(key, live);
    return this.#change("patch", reference, {
      // A JSON patch of what is new can only be about bookkeeping.
      invent: (planned) =>
        options.patchType === "merge"
          ? (applyMergePatch(asJson(planned), patch) as unknown as KubeObject)
          : planned,
      // A hand-over changes nothing but the bookkeeping: the apply after it is what the server is asked.
      ask: async () => (isHandedOver ? live : this.#askPatch(reference, patch, options)),
      subresource: options.subresource,
    });
  }

  async #askPatch(
    reference: ObjectReference,
    patch: Json,
    options: PatchOptions,
  ): Promise<KubeObject> {
    const { client, world } = this.#options;
    const planned = world.planned(reference);
    const answer = await client.patch(reference, patch, { ...options, dryRun: true });
    // The server's answer lacks what an earlier patch of this plan laid over the object.
    const isLaidOver = options.patchType === "merge" && options.subresource === undefined;
    if (!isLaidOver || !planned || planned === "gone") return answer;
    return applyMergePatch(asJson(planned), patch) as unknown as KubeObject;
  }

  async delete(reference: ObjectReference, options: DeleteOptions = {}): Promise<void> {
    const { client, world } = this.#options;
    const planned = world.planned(reference);
    if (planned === "gone") throw notFound(reference);
    const isChecked = !world.isNew(reference);
    const before = world.live(reference);
    if (isChecked) await client.delete(reference, { ...options, dryRun: true });
    const held = planned ?? before;
    if (held && isHeld(held)) world.hold(reference, dying(held));
    else world.remove(reference);
    this.#note({ verb: "delete", ...reference, isChecked, ...(before && { before }) });
  }

  raw(path: string, options: RequestOptions = {}): Promise<JsonObject> {
    return this.#options.client.raw(path, options);
  }

  async #change(
    verb: PlannedWrite["verb"],
    reference: ObjectReference,
    how: {
      readonly invent: (planned: KubeObject) => KubeObject;
      readonly ask: () => Promise<KubeObject>;
      readonly subresource?: string | undefined;
      readonly sent?: KubeObject;
    },
  ): Promise<KubeObject> {
    const { world } = this.#options;
    const { subresource, sent } = how;
    const planned = world.planned(reference);
    if (planned === "gone") throw notFound(reference);
    const isChecked = !world.isNew(reference);
    const answer = isChecked || !planned ? await how.ask() : how.invent(planned);
    const after = joined(answer, planned, subresource);
    if (hasEnded(after)) world.remove(reference);
    else world.change(reference, after);
    const before = world.live(reference);
    const named = subresource !== undefined && { subresource };
    const known = { ...(before && { before }), ...(sent && { sent }) };
    this.#note({ verb, ...reference, ...named, isChecked, ...known, after });
    return after;
  }

  /** Whether the server knows what the object needs to be there. */
  #isKnownPlace({ type, namespace }: ObjectReference): boolean {
    const { world } = this.#options;
    if (world.isNewKind(type)) return false;
    return namespace === undefined || !world.isNew({ type: NAMESPACES, name: namespace });
  }

  #noteKind({ group, plural }: ResourceType, object: KubeObject): void {
    if (group !== "apiextensions.k8s.io" || plural !== "customresourcedefinitions") return;
    for (const { resource, isServed } of crdVersions(asJson(object))) {
      if (isServed) this.#options.world.addKind(resource);
    }
  }

  #note(write: PlannedWrite): void {
    this.#options.note(write);
  }
}

interface HandedApply {
  readonly type: ResourceType;
  readonly object: KubeObject;
  readonly options: ApplyOptions;
}

/** Whether others own what is applied is asked of the apply; whether the result is valid is not. */
function passInvalid(error: unknown): void {
  if (!isInvalid(error)) throw error;
}

const NAMESPACES = { group: "", plural: "namespaces" };

/**
 * A dry run answers with the live object and this one change; earlier ones are laid under it. What a
 * subresource changes and what it leaves alone is the server's rule: `status` and nothing else.
 */
function joined(
  answer: KubeObject,
  planned: KubeObject | undefined,
  subresource: string | undefined,
): KubeObject {
  if (!planned) return answer;
  const { status: before } = planned;
  const { status: after, ...rest } = answer;
  if (subresource === "status")
    return after === undefined ? planned : { ...planned, status: after };
  return before === undefined ? (rest as KubeObject) : { ...answer, status: before };
}

/** Being deleted, and nothing holds it any more. */
function hasEnded({ metadata }: KubeObject): boolean {
  return metadata.deletionTimestamp !== undefined && (metadata.finalizers?.length ?? 0) === 0;
}

/** Stays for a while after its deletion: finalizers, and those that a Namespace has in its spec. */
function isHeld({ metadata, spec }: KubeObject): boolean {
  const own = isJsonObject(spec) ? spec["finalizers"] : undefined;
  return (metadata.finalizers?.length ?? 0) > 0 || (Array.isArray(own) && own.length > 0);
}

function dying(object: KubeObject): KubeObject {
  const deletionTimestamp = object.metadata.deletionTimestamp ?? "1970-01-01T00:00:00Z";
  return { ...object, metadata: { ...object.metadata, deletionTimestamp } };
}

/** What the server would store, as far as it can be told without asking. */
function invented(object: KubeObject): KubeObject {
  const { name, namespace = "" } = object.metadata;
  const uid = createHash("sha256").update(`${object.kind} ${namespace}/${name}`).digest("hex");
  const metadata = { ...object.metadata, uid: `planned-${uid.slice(0, 24)}`, generation: 1 };
  return { ...object, metadata };
}

/** What others wait for, and a controller of the server writes soon after the creation. */
function statusOfNew({ kind }: KubeObject): { readonly status?: JsonObject } {
  if (kind === "Namespace") return { status: { phase: "Active" } };
  if (kind !== "CustomResourceDefinition") return {};
  return { status: { conditions: [{ type: "Established", status: "True" }] } };
}

/** The patch of `apply/handover.ts`: it is about `managedFields`. */
function isHandOver(patch: Json): boolean {
  return Array.isArray(patch) && JSON.stringify(patch).includes('"/metadata/managedFields/');
}

function addressOf(type: ResourceType, { metadata }: KubeObject): ObjectReference {
  const { name, namespace } = metadata;
  return { type, name, ...(namespace !== undefined && { namespace }) };
}

function textOf({ type, namespace = "", name }: ObjectReference): string {
  return `${type.plural}.${type.group} ${namespace}/${name}`;
}

function asJson(object: KubeObject): JsonObject {
  return object as unknown as JsonObject;
}

function notFound({ type, name }: ObjectReference): KubeError {
  return new KubeError(`${type.plural} "${name}" not found`, { status: 404, reason: "NotFound" });
}

function alreadyExists({ type, name }: ObjectReference): KubeError {
  const message = `${type.plural} "${name}" already exists`;
  return new KubeError(message, { status: 409, reason: "AlreadyExists" });
}
