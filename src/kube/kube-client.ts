/**
 * The dynamic client over a transport: one request per method, no retries, no cache. Objects of
 * lists get the `apiVersion` and `kind` that API servers leave out of the items of built-in lists.
 */
import { apiVersionOf, type KubeObject, type ResourceType } from "../schema/object.ts";
import type { Json, JsonObject } from "../std/json.ts";
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
} from "./client.ts";
import { PROTOBUF_TYPE } from "./identity-list.ts";
import { resourcePath, withQuery } from "./resource-path.ts";
import type { Transport } from "./transport.ts";

const PATCH_TYPES = {
  json: "application/json-patch+json",
  merge: "application/merge-patch+json",
  strategic: "application/strategic-merge-patch+json",
} as const;

/** JSON is YAML, and the only form in which kube-apiserver takes an apply of any kind. */
const APPLY_TYPE = "application/apply-patch+yaml";

const METADATA_LIST = "as=PartialObjectMetadataList;g=meta.k8s.io;v=v1";
/** A list's objects without spec and status. */
export const METADATA_LIST_TYPE = `application/json;${METADATA_LIST}`;
/** JSON from servers that have nothing else. */
const IDENTITY_LIST_TYPES = `${PROTOBUF_TYPE};${METADATA_LIST},${METADATA_LIST_TYPE}`;

/** Who writes, where the caller does not say. */
export const FIELD_MANAGER = "orkestra";

export function createKubeClient(transport: Transport): KubeClient {
  return new TransportClient(transport);
}

class TransportClient implements KubeClient {
  readonly #transport: Transport;

  constructor(transport: Transport) {
    this.#transport = transport;
  }

  async get(reference: ObjectReference, options: RequestOptions = {}): Promise<KubeObject> {
    const path = resourcePath(reference.type, reference);
    return asObject(await this.#transport.request({ method: "GET", path, signal: options.signal }));
  }

  async list(type: ResourceType, options: ListOptions = {}): Promise<ObjectList> {
    const answer = await this.#transport.request({
      method: "GET",
      path: withQuery(resourcePath(type, options), {
        labelSelector: options.labelSelector,
        fieldSelector: options.fieldSelector,
        limit: options.limit,
        continue: options.continueToken,
        resourceVersion: options.resourceVersion,
      }),
      ...(options.metadataOnly && { accept: METADATA_LIST_TYPE }),
      ...(options.identityOnly && { accept: IDENTITY_LIST_TYPES }),
      signal: options.signal,
    });
    return toObjectList(type, answer);
  }

  async create(type: ResourceType, object: KubeObject, options: WriteOptions = {}) {
    const { namespace } = object.metadata;
    return this.#write({
      method: "POST",
      path: withQuery(resourcePath(type, { namespace }), writeQuery(options)),
      body: JSON.stringify(object),
      signal: options.signal,
    });
  }

  async replace(type: ResourceType, object: KubeObject, options: WriteOptions = {}) {
    return this.#write({
      method: "PUT",
      path: withQuery(resourcePath(type, object.metadata), writeQuery(options)),
      body: JSON.stringify(object),
      signal: options.signal,
    });
  }

  async apply(type: ResourceType, object: KubeObject, options: ApplyOptions = {}) {
    const { subresource, force } = options;
    return this.#write({
      method: "PATCH",
      path: withQuery(resourcePath(type, { ...object.metadata, subresource }), {
        ...writeQuery(options),
        force: force ? true : undefined,
      }),
      contentType: APPLY_TYPE,
      body: JSON.stringify(object),
      signal: options.signal,
    });
  }

  async patch(reference: ObjectReference, patch: Json, options: PatchOptions) {
    const { subresource, patchType } = options;
    return this.#write({
      method: "PATCH",
      path: withQuery(
        resourcePath(reference.type, { ...reference, subresource }),
        writeQuery(options),
      ),
      contentType: PATCH_TYPES[patchType],
      body: JSON.stringify(patch),
      signal: options.signal,
    });
  }

  async delete(reference: ObjectReference, options: DeleteOptions = {}): Promise<void> {
    const { uid, resourceVersion, propagationPolicy, dryRun, signal } = options;
    const preconditions = { uid, resourceVersion };
    const hasPreconditions = uid !== undefined || resourceVersion !== undefined;
    await this.#transport.request({
      method: "DELETE",
      // The body decides; the query tells whoever reads the server's audit log.
      path: withQuery(resourcePath(reference.type, reference), {
        dryRun: dryRun ? "All" : undefined,
      }),
      body: JSON.stringify({
        apiVersion: "v1",
        kind: "DeleteOptions",
        propagationPolicy,
        ...(hasPreconditions && { preconditions }),
        ...(dryRun && { dryRun: ["All"] }),
      }),
      signal,
    });
  }

  async raw(path: string, options: RequestOptions = {}): Promise<JsonObject> {
    return this.#transport.request({ method: "GET", path, signal: options.signal });
  }

  async #write(request: Parameters<Transport["request"]>[0]): Promise<KubeObject> {
    return asObject(await this.#transport.request(request));
  }
}

function writeQuery({ fieldManager, dryRun, isStrict }: WriteOptions) {
  return {
    fieldManager: fieldManager ?? FIELD_MANAGER,
    dryRun: dryRun ? "All" : undefined,
    fieldValidation: isStrict ? "Strict" : undefined,
  };
}

/** The server's answer to a request for one object has this shape by its API. */
function asObject(answer: JsonObject): KubeObject {
  return answer as unknown as KubeObject;
}

/** From the JSON of any list to its objects, each with the type that was asked for. */
export function toObjectList(type: ResourceType, answer: JsonObject): ObjectList {
  const { items, metadata } = answer as {
    items?: readonly KubeObject[] | null;
    metadata?: { readonly resourceVersion?: string; readonly continue?: string };
  };
  const head = { apiVersion: apiVersionOf(type), kind: type.kind };
  return {
    items: (items ?? []).map((item) => ({ ...head, ...item, ...head })),
    resourceVersion: metadata?.resourceVersion ?? "",
    ...(metadata?.continue && { continueToken: metadata.continue }),
  };
}
