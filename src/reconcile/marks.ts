/**
 * The finalizer and the marks of a custom resource: all in one request, before any other write that
 * belongs to it. Pure.
 *
 * Guarantees: nothing when everything is in place; never a finalizer for an object that is being
 * deleted; finalizers of others are kept. The patch carries uid and resourceVersion, since a merge
 * patch replaces the list of finalizers as a whole: a concurrent change is a conflict, tried again.
 */
import {
  CONFIG_DIGEST_ANNOTATION,
  MANAGED_BY_ANNOTATION,
  MANAGED_LABEL,
  MANAGED_SINCE_ANNOTATION,
} from "../kube/marks.ts";
import type { KubeObject } from "../schema/object.ts";
import type { Json, JsonObject } from "../std/json.ts";

export const FINALIZER = "orkestra.orkspace.io/cleanup";

/**
 * On a CR: the kinds of children that its Katalogs declared, `apps/v1/Deployment,v1/ConfigMap@*`, where
 * `@*` says that some may be outside of its namespace. A kind or place that leaves the Katalog is watched
 * no more; by this, the children there are found and pruned all the same.
 */
export const CHILD_KINDS_ANNOTATION = "orkestra.orkspace.io/child-kinds";

/** What {@link CHILD_KINDS_ANNOTATION} should say. */
export interface PlacesMark {
  readonly text: string;
  /** Worth a write of its own, not only beside a new digest. */
  readonly isDue: boolean;
}

export interface MarkOptions {
  readonly katalogName: string;
  readonly configDigest: string;
  readonly childKinds: PlacesMark;
  /** `labels` of the entry, rendered. */
  readonly labels: Readonly<Record<string, string>>;
  /** `finalizers` of the entry: kept for others. */
  readonly finalizers: readonly string[];
  readonly nowMs: number;
}

/** Members of the metadata: the list whole, of the maps what is new. */
export interface MarksChange {
  readonly finalizers?: readonly string[];
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
}

/** What of the metadata has to change to put everything in place, or `undefined`. */
export function planMarks(object: KubeObject, options: MarkOptions): MarksChange | undefined {
  const { metadata } = object;
  if (metadata.deletionTimestamp !== undefined) return undefined;
  const { configDigest, childKinds } = options;
  const isNewDigest = metadata.annotations?.[CONFIG_DIGEST_ANNOTATION] !== configDigest;
  const change = {
    ...finalizerChange(object, options.finalizers),
    ...mapChange("labels", metadata.labels, { ...options.labels, [MANAGED_LABEL]: "true" }),
    ...mapChange("annotations", metadata.annotations, {
      [MANAGED_BY_ANNOTATION]: options.katalogName,
      [CONFIG_DIGEST_ANNOTATION]: configDigest,
      [MANAGED_SINCE_ANNOTATION]:
        metadata.annotations?.[MANAGED_SINCE_ANNOTATION] ?? new Date(options.nowMs).toISOString(),
      ...((isNewDigest || childKinds.isDue) && { [CHILD_KINDS_ANNOTATION]: childKinds.text }),
    }),
  };
  return Object.keys(change).length === 0 ? undefined : change;
}

/** The object as it will be once the change is stored, but for its resourceVersion. */
export function withMarks(
  object: KubeObject,
  { labels, annotations, ...change }: MarksChange,
): KubeObject {
  const { metadata } = object;
  return {
    ...object,
    metadata: {
      ...metadata,
      ...change,
      ...(labels && { labels: { ...metadata.labels, ...labels } }),
      ...(annotations && { annotations: { ...metadata.annotations, ...annotations } }),
    },
  };
}

/** A merge patch of metadata that whatever happened to the object in between refuses. */
export function guardedPatch({ metadata }: KubeObject, change: MarksChange): JsonObject {
  const { uid, resourceVersion } = metadata;
  return {
    metadata: {
      ...(uid === undefined ? {} : { uid }),
      ...(resourceVersion === undefined ? {} : { resourceVersion }),
      ...change,
    },
  };
}

export function hasFinalizer(object: KubeObject): boolean {
  return object.metadata.finalizers?.includes(FINALIZER) ?? false;
}

/**
 * A JSON patch (RFC 6902) that takes away our finalizer and nothing else. It tests uid, version and
 * the finalizer at its place first, so that whatever changed in between refuses it as a whole.
 */
export function finalizerRemoval(object: KubeObject): Json {
  const { uid, resourceVersion, finalizers = [] } = object.metadata;
  const path = `/metadata/finalizers/${finalizers.indexOf(FINALIZER)}`;
  return [
    { op: "test", path: "/metadata/uid", value: uid ?? null },
    { op: "test", path: "/metadata/resourceVersion", value: resourceVersion ?? null },
    { op: "test", path, value: FINALIZER },
    { op: "remove", path },
  ];
}

/** The Katalog that manages the object, when it is another one than this. */
export function otherManager(object: KubeObject, katalogName: string): string | undefined {
  const manager = object.metadata.annotations?.[MANAGED_BY_ANNOTATION];
  return manager === undefined || manager === katalogName ? undefined : manager;
}

function finalizerChange(
  { metadata }: KubeObject,
  wanted: readonly string[],
): { finalizers?: readonly string[] } {
  const present = metadata.finalizers ?? [];
  const missing = [FINALIZER, ...wanted].filter((name) => !present.includes(name));
  return missing.length === 0 ? {} : { finalizers: [...present, ...missing] };
}

function mapChange(
  field: "labels" | "annotations",
  present: Readonly<Record<string, string>> | undefined,
  wanted: Readonly<Record<string, string>>,
): { readonly [name in typeof field]?: Record<string, string> } {
  const missing: [string, string][] = [];
  for (const key of Object.keys(wanted)) {
    const value = wanted[key];
    if (value !== undefined && present?.[key] !== value) missing.push([key, value]);
  }
  return missing.length === 0 ? {} : { [field]: Object.fromEntries(missing) };
}
