/**
 * Where children may go. A namespaced custom resource belongs to a tenant; what the tenant writes
 * into it must not reach into other namespaces, unless the Katalog's author allows it (`katalog.md`
 * section 5). A namespace that the Katalog itself names is the author's own word. Pure.
 */
import { ReconcileError } from "./error.ts";

export interface NamespaceRequest {
  /** For messages. */
  readonly id: string;
  readonly isChildNamespaced: boolean;
  /** What the entry rendered; absent: it names none. */
  readonly requested?: string | undefined;
  /** The name was computed from data. */
  readonly isSteered: boolean;
  /** Absent: the owner is cluster-scoped. */
  readonly ownerNamespace?: string | undefined;
  readonly allowedNamespaces: readonly string[];
  readonly crossNamespace: boolean;
}

/** The namespace of the child; `undefined` for a cluster-scoped one. Throws `ReconcileError`. */
export function childNamespace(request: NamespaceRequest): string | undefined {
  const { id, requested, ownerNamespace } = request;
  if (!request.isChildNamespaced) return undefined;
  if (requested === undefined || requested === "") {
    if (ownerNamespace !== undefined) return ownerNamespace;
    throw new ReconcileError(
      "name",
      `Cannot place "${id}": its kind is namespaced and its owner is not, expected a "namespace"`,
    );
  }
  if (isAllowed(request, requested)) return requested;
  throw new ReconcileError(
    "namespace",
    `Cannot place "${id}" in namespace "${requested}": the name comes from the data of a custom resource in "${ownerNamespace}", expected that namespace, one of "allowedNamespaces", or "crossNamespace: true" on the entry`,
  );
}

function isAllowed(request: NamespaceRequest, namespace: string): boolean {
  return (
    !request.isSteered ||
    request.crossNamespace ||
    request.ownerNamespace === undefined ||
    namespace === request.ownerNamespace ||
    request.allowedNamespaces.includes(namespace)
  );
}
