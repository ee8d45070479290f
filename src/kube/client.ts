/**
 * The dynamic client: one method per verb of the Kubernetes API, for any kind. It does not retry
 * and does not cache; errors are `KubeError`. Source of verbs and parameters:
 * https://kubernetes.io/docs/reference/using-api/api-concepts/.
 */
import type { KubeObject, ResourceType } from "../schema/object.ts";
import type { Json, JsonObject } from "../std/json.ts";

/** One object by address. `namespace` is left out for cluster-scoped kinds. */
export interface ObjectReference {
  readonly type: ResourceType;
  readonly namespace?: string;
  readonly name: string;
}

export interface RequestOptions {
  readonly signal?: AbortSignal;
}

export interface WriteOptions extends RequestOptions {
  readonly fieldManager?: string;
  readonly dryRun?: boolean;
  /** Refuse fields that the kind does not know; absent, the server drops them in silence. */
  readonly isStrict?: boolean;
}

export interface ApplyOptions extends WriteOptions {
  /** Take fields over from other managers instead of failing with a conflict. */
  readonly force?: boolean;
  readonly subresource?: string;
}

export interface PatchOptions extends WriteOptions {
  readonly patchType: "json" | "merge" | "strategic";
  readonly subresource?: string;
}

export interface DeleteOptions extends RequestOptions {
  readonly dryRun?: boolean;
  /** Preconditions: the delete fails with a conflict when the object is another one by now. */
  readonly uid?: string;
  readonly resourceVersion?: string;
  readonly propagationPolicy?: "Background" | "Foreground" | "Orphan";
}

export interface ListOptions extends RequestOptions {
  readonly namespace?: string;
  readonly labelSelector?: string;
  readonly fieldSelector?: string;
  readonly limit?: number;
  readonly continueToken?: string;
  readonly resourceVersion?: string;
  /** Ask for `PartialObjectMetadataList`: no spec and no status. */
  readonly metadataOnly?: boolean;
  /** Less than that: name, namespace, uid and resourceVersion, in the tersest form that the server has. */
  readonly identityOnly?: boolean;
}

export interface ObjectList {
  readonly items: readonly KubeObject[];
  readonly resourceVersion: string;
  /** Absent on the last page. */
  readonly continueToken?: string;
}

export interface KubeClient {
  get(reference: ObjectReference, options?: RequestOptions): Promise<KubeObject>;
  list(type: ResourceType, options?: ListOptions): Promise<ObjectList>;
  create(type: ResourceType, object: KubeObject, options?: WriteOptions): Promise<KubeObject>;
  replace(type: ResourceType, object: KubeObject, options?: WriteOptions): Promise<KubeObject>;
  /** Server-side apply (https://kubernetes.io/docs/reference/using-api/server-side-apply/). */
  apply(type: ResourceType, object: KubeObject, options?: ApplyOptions): Promise<KubeObject>;
  patch(reference: ObjectReference, patch: Json, options: PatchOptions): Promise<KubeObject>;
  /** Resolves when the server accepted the deletion; finalizers may still hold the object. */
  delete(reference: ObjectReference, options?: DeleteOptions): Promise<void>;
  /** Any path that is not an object: `/version`, `/openapi/v3`. */
  raw(path: string, options?: RequestOptions): Promise<JsonObject>;
}
