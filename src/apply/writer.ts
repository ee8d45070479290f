/**
 * The hand that writes children. Every create, update and deletion of a child goes through a
 * {@link Writer}, live or as the server's dry run; nothing else in the process touches them.
 *
 * **How a child is created.** A POST would leave its fields with the manager's `Update` entry in
 * `managedFields`, beside the `Apply` entry of the later applies; a field that then leaves the
 * Katalog would stay on the child, still owned by the entry of its creation. Measured on
 * kube-apiserver 1.36.3: neither `managedFields` in the body of the POST nor a reset by `[{}]`
 * changes that, since a create hands every added field to the creating manager.
 *
 * So a child is created by a server-side apply **that cannot touch an existing object**: it carries
 * `metadata.resourceVersion: "1"`, a revision that no object ever has (etcd's first write is 2).
 * Measured on the same server: nothing there → 201, one `Apply` entry; something there, equal or not
 * → 409 `Conflict`, nothing written. That is the promise of a POST, with ownership right from the
 * start and no request for a hand-over. (`"0"` means "any version" and would overwrite; a negative
 * number is a 500.)
 *
 * **How a child is updated.** By an apply that carries `metadata.uid`. Object gone → 409; another
 * object of that name → 422 on `metadata.uid`. It can never bring back what somebody deleted.
 *
 * Does not retry; throws `KubeError`.
 */
import type { KubeClient } from "../kube/client.ts";
import { FIELD_MANAGER } from "../kube/kube-client.ts";
import type { KubeObject, ResourceType } from "../schema/object.ts";

/** A version that no stored object has: turns an apply into a create. */
const NEVER_STORED = "1";

export interface WriteContext {
  readonly signal: AbortSignal;
}

export interface UpdateContext extends WriteContext {
  /** The object that is meant: the write fails when the name belongs to another one by now. */
  readonly uid: string;
  /** Take over fields that others changed. */
  readonly force: boolean;
}

export interface DeleteContext extends WriteContext {
  /** Also fail when the object changed since it was read. */
  readonly unchanged?: boolean;
}

export interface Writer {
  /** Creates; a conflict when an object of that name exists. Answers with the stored object. */
  create(type: ResourceType, object: KubeObject, context: WriteContext): Promise<KubeObject>;
  /** Server-side apply to the object with that uid. Answers with the stored object. */
  update(type: ResourceType, object: KubeObject, context: UpdateContext): Promise<KubeObject>;
  /** Deletes exactly this object; its dependents follow in the background. */
  remove(type: ResourceType, object: KubeObject, context: DeleteContext): Promise<void>;
}

export interface WriterOptions {
  /** Ask the server to go all the way except storing. */
  readonly dryRun?: boolean;
}

export function createWriter(client: KubeClient, { dryRun = false }: WriterOptions = {}): Writer {
  return {
    create(type, object, { signal }) {
      return client.apply(type, withMetadata(object, { resourceVersion: NEVER_STORED }), {
        fieldManager: FIELD_MANAGER,
        force: true,
        dryRun,
        signal,
      });
    },
    update(type, object, { uid, force, signal }) {
      return client.apply(type, withMetadata(object, { uid }), {
        fieldManager: FIELD_MANAGER,
        force,
        dryRun,
        signal,
      });
    },
    async remove(type, object, { unchanged = false, signal }) {
      const { name, namespace, uid, resourceVersion } = object.metadata;
      await client.delete(
        { type, name, ...(namespace === undefined ? {} : { namespace }) },
        {
          ...(uid === undefined ? {} : { uid }),
          ...(unchanged && resourceVersion !== undefined ? { resourceVersion } : {}),
          propagationPolicy: "Background",
          dryRun,
          signal,
        },
      );
    },
  };
}

function withMetadata(
  object: KubeObject,
  precondition: { readonly uid?: string; readonly resourceVersion?: string },
): KubeObject {
  return { ...object, metadata: { ...object.metadata, ...precondition } };
}
