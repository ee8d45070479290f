/**
 * Objects that the user's code wants → children like any other: with marks, an owner reference where it
 * is legal, and who made them. Where code may go is decided here, too. Pure.
 */
import type { DesiredChild } from "../apply/child.ts";
import { markAnnotations, markLabels, type Owner, ownerReference } from "../apply/inventory.ts";
import { SHAPE_ANNOTATION, shapeHash } from "../apply/shape.ts";
import type { ManagedResource } from "../katalog/resolved.ts";
import { MADE_BY_ANNOTATION } from "../kube/marks.ts";
import { normalizeObject } from "../schema/normalize.ts";
import { apiVersionOf, type KubeObject, type ResourceType } from "../schema/object.ts";
import { isJsonObject, type Json, type JsonObject } from "../std/json.ts";
import { ReconcileError } from "./error.ts";

/** Anywhere. */
const ALL_NAMESPACES = "*";

/** What code asks for, in words for messages. */
export interface CodeAddress {
  readonly apiVersion: string;
  readonly kind: string;
  readonly name?: string;
  readonly namespace?: string;
}

/** Reads an address of a message from code. Throws `ReconcileError` "value". */
export function readAddress(value: JsonObject, needs: "name" | "kind"): CodeAddress {
  const text = (key: string): string | undefined => {
    const found = value[key];
    if (found === undefined || found === null || found === "") return undefined;
    if (typeof found === "string") return found;
    throw misfit(`its ${key} is ${JSON.stringify(found)}, expected text`);
  };
  const [apiVersion, kind, name, namespace] = ["apiVersion", "kind", "name", "namespace"].map(text);
  if (apiVersion === undefined || kind === undefined) {
    throw misfit("expected apiVersion and kind");
  }
  if (needs === "name" && name === undefined) throw misfit(`expected the name of the ${kind}`);
  for (const segment of [name, namespace]) {
    if (segment !== undefined && !isPathSegment(segment)) {
      throw misfit(`${JSON.stringify(segment)} is no name`);
    }
  }
  return {
    apiVersion,
    kind,
    ...(name !== undefined && { name }),
    ...(namespace !== undefined && { namespace }),
  };
}

/** The same of a whole object. */
export function addressOfObject(object: JsonObject): CodeAddress {
  const metadata = isJsonObject(object["metadata"]) ? object["metadata"] : {};
  const { name, namespace } = metadata;
  const { apiVersion, kind } = object;
  return readAddress({ apiVersion, kind, name, namespace } as JsonObject, "name");
}

function isPathSegment(text: string): boolean {
  return text !== "." && text !== ".." && !/[/%]/.test(text);
}

function misfit(why: string): ReconcileError {
  return new ReconcileError("value", `Cannot ask the cluster: ${why}`);
}

export interface PlaceRules {
  readonly owner: Owner;
  readonly managed: readonly ManagedResource[];
}

/** `managedResources` names the kind at all. Throws `ReconcileError` "namespace". */
export function refuseUnmanaged({ apiVersion, kind }: CodeAddress, { managed }: PlaceRules): void {
  if (managed.some((one) => one.apiVersion === apiVersion && one.kind === kind)) return;
  throw new ReconcileError(
    "namespace",
    `Cannot touch ${kind} of "${apiVersion}": managedResources does not name it, add {apiVersion: ${apiVersion}, kind: ${kind}}`,
  );
}

/**
 * The namespace that is meant; `undefined` of a cluster-scoped kind, or for a list of all. Throws
 * `ReconcileError` "namespace" when code may not go there.
 */
export function placeOf(
  address: CodeAddress,
  type: ResourceType,
  { owner, managed }: PlaceRules,
): string | undefined {
  if (!type.namespaced) return undefined;
  const own = managed.filter(
    ({ apiVersion, kind }) => apiVersion === address.apiVersion && kind === address.kind,
  );
  const wanted = address.namespace ?? owner.namespace ?? onlyNamespace(own);
  if (wanted === undefined) {
    throw new ReconcileError(
      "namespace",
      `Cannot place ${address.kind} "${address.name ?? ""}": the custom resource has no namespace, name one`,
    );
  }
  const isAllowed = own.some(
    ({ namespace = owner.namespace }) => namespace === ALL_NAMESPACES || namespace === wanted,
  );
  if (isAllowed) return wanted;
  throw new ReconcileError(
    "namespace",
    `Cannot touch ${address.kind} in namespace "${wanted}": managedResources does not allow it, add {apiVersion: ${address.apiVersion}, kind: ${address.kind}, namespace: ${wanted}}`,
  );
}

function onlyNamespace(managed: readonly ManagedResource[]): string | undefined {
  const [only, ...others] = managed.map(({ namespace }) => namespace);
  return others.length === 0 && only !== ALL_NAMESPACES ? only : undefined;
}

export interface CodeChild {
  readonly object: JsonObject;
  readonly type: ResourceType;
  readonly namespace: string | undefined;
  readonly owner: Owner;
  readonly madeBy: "hook" | "remote";
  readonly policy: Omit<DesiredChild["policy"], "recreate">;
}

/** The object as it is to be sent. */
export function codeChild({
  object,
  type,
  namespace,
  owner,
  madeBy,
  policy,
}: CodeChild): DesiredChild {
  // What the server decides is not ours to send back.
  const { status: _, ...body } = object;
  const given = isJsonObject(object["metadata"]) ? object["metadata"] : {};
  const place = namespace === undefined ? {} : { namespace };
  const reference = ownerReference(owner, place);
  const metadata: JsonObject = {
    name: given["name"] as Json,
    ...place,
    labels: { ...asMap(given["labels"]), ...markLabels(owner) },
    annotations: {
      ...asMap(given["annotations"]),
      ...markAnnotations(owner),
      [MADE_BY_ANNOTATION]: madeBy,
    },
    ...(given["finalizers"] === undefined ? {} : { finalizers: given["finalizers"] }),
    ...(reference ? { ownerReferences: [reference as unknown as JsonObject] } : {}),
  };
  const whole = normalizeObject(
    { ...body, apiVersion: apiVersionOf(type), kind: type.kind, metadata },
    { type: "any" },
  );
  return {
    id: `${madeBy}s`,
    type,
    object: withShape(whole),
    rank: 0,
    policy: { ...policy, recreate: false },
  };
}

export function madeByCode(object: KubeObject): string | undefined {
  return object.metadata.annotations?.[MADE_BY_ANNOTATION];
}

function withShape(object: JsonObject): KubeObject {
  const metadata = asMap(object["metadata"]);
  const annotations = { ...asMap(metadata["annotations"]), [SHAPE_ANNOTATION]: shapeHash(object) };
  return { ...object, metadata: { ...metadata, annotations } } as unknown as KubeObject;
}

function asMap(value: unknown): JsonObject {
  return isJsonObject(value) ? value : {};
}
