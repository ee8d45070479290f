/**
 * Which kinds the sandbox serves right now: the built-in ones from the schema tables and those of
 * the CRDs that were created.
 */
import { builtinKind, builtinKinds } from "../../schema/builtin.ts";
import { collectionName, type ServedKind } from "./kind.ts";

/**
 * Groups and kinds that a real server has and this one leaves out, because storing their objects
 * without acting on them would be a lie (webhooks, token checks, aggregated servers), or because they
 * are other versions of what is served.
 */
const LEFT_OUT_GROUPS: ReadonlySet<string> = new Set([
  "admissionregistration.k8s.io",
  "apiregistration.k8s.io",
  "certificates.k8s.io",
  "flowcontrol.apiserver.k8s.io",
  "resource.k8s.io",
]);
const LEFT_OUT_KINDS: ReadonlySet<string> = new Set([
  "v1 Binding",
  "v1 ComponentStatus",
  "autoscaling/v1 HorizontalPodAutoscaler",
  "authentication.k8s.io/v1 TokenReview",
]);

export class KindRegistry {
  readonly #kinds = new Map<string, ServedKind>();
  /** Grows with every change, so that caches of discovery documents know when they are stale. */
  #revision = 0;

  constructor() {
    for (const { resource, schema } of builtinKinds()) {
      const apiVersion =
        resource.group === "" ? resource.version : `${resource.group}/${resource.version}`;
      if (LEFT_OUT_GROUPS.has(resource.group)) continue;
      if (LEFT_OUT_KINDS.has(`${apiVersion} ${resource.kind}`)) continue;
      const isEvent = resource.plural === "events";
      this.#add({
        resource,
        apiVersion,
        collection: isEvent ? "events" : collectionName(resource.group, resource.plural),
        schema,
        custom: undefined,
      });
    }
  }

  get revision(): number {
    return this.#revision;
  }

  find(group: string, version: string, plural: string): ServedKind | undefined {
    return this.#kinds.get(keyOf(group, version, plural));
  }

  /** By the names that objects carry. */
  findKind(apiVersion: string, kind: string): ServedKind | undefined {
    for (const served of this.#kinds.values()) {
      if (served.resource.kind === kind && served.apiVersion === apiVersion) return served;
    }
    return undefined;
  }

  /** The version that objects of a collection are stored and garbage collected under. */
  ofCollection(collection: string): ServedKind | undefined {
    for (const served of this.#kinds.values()) if (served.collection === collection) return served;
    return undefined;
  }

  all(): Iterable<ServedKind> {
    return this.#kinds.values();
  }

  /** Replaces everything that a CRD serves. */
  setCustom(crd: string, kinds: readonly ServedKind[]): void {
    for (const [key, kind] of this.#kinds) if (kind.custom?.crd === crd) this.#kinds.delete(key);
    for (const kind of kinds) this.#add(kind);
    this.#revision++;
  }

  #add(kind: ServedKind): void {
    const { group, version, plural } = kind.resource;
    this.#kinds.set(keyOf(group, version, plural), kind);
  }
}

/** The built-in kind of a name that this program itself uses. */
export function knownKind(registry: KindRegistry, apiVersion: string, kind: string): ServedKind {
  const found = registry.findKind(apiVersion, kind);
  if (found === undefined || builtinKind(apiVersion, kind) === undefined) {
    throw new Error(`Cannot use kind "${apiVersion} ${kind}": it is not built in`);
  }
  return found;
}

function keyOf(group: string, version: string, plural: string): string {
  return `${group}/${version}/${plural}`;
}
