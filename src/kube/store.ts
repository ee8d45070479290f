/**
 * The objects of one informer by key, with an index by owner. Objects are stripped of what no
 * consumer reads and share their equal parts, so they must never be changed by those who read them.
 */
import { type KubeObject, type ObjectMeta, objectKey } from "../schema/object.ts";
import type { Selection, Store } from "./informer.ts";
import { OWNER_UID_ANNOTATION, withoutLastApplied } from "./marks.ts";
import { shareWith } from "./share.ts";

export class ObjectStore implements Store {
  readonly #objects = new Map<string, KubeObject>();
  // Lists, not maps: an owner has a handful of children.
  readonly #byOwner = new Map<string, KubeObject[]>();
  /** The last object that came new: the next one most likely resembles it. */
  #sample: KubeObject | undefined;

  get size(): number {
    return this.#objects.size;
  }

  get(key: string): KubeObject | undefined {
    return this.#objects.get(key);
  }

  keys(): Iterable<string> {
    return this.#objects.keys();
  }

  values(): Iterable<KubeObject> {
    return this.#objects.values();
  }

  byOwner(uid: string): readonly KubeObject[] {
    return this.#byOwner.get(uid) ?? NOTHING;
  }

  /** Takes a stripped object over and returns it as it is stored from now on. */
  put(object: KubeObject): KubeObject {
    const key = objectKey(object.metadata);
    const previous = this.#objects.get(key);
    const reference = previous ?? this.#sample;
    const stored = reference === undefined ? object : shareWith(object, reference);
    if (stored === previous) return stored;
    this.#objects.set(key, stored);
    this.#sample = stored;
    if (previous !== undefined) this.#unlink(previous);
    for (const uid of ownersOf(stored)) {
      const list = this.#byOwner.get(uid);
      if (list === undefined) this.#byOwner.set(uid, [stored]);
      else list.push(stored);
    }
    return stored;
  }

  delete(key: string): KubeObject | undefined {
    const object = this.#objects.get(key);
    if (object === undefined) return undefined;
    this.#objects.delete(key);
    this.#unlink(object);
    return object;
  }

  #unlink(object: KubeObject): void {
    for (const uid of ownersOf(object)) {
      const rest = this.#byOwner.get(uid)?.filter((other) => other !== object) ?? [];
      // A new list: callers may be walking through the old one.
      if (rest.length === 0) this.#byOwner.delete(uid);
      else this.#byOwner.set(uid, rest);
    }
  }
}

const NOTHING: readonly KubeObject[] = [];

/** The controller by owner reference, and the CR that our annotation names where it is another. */
function ownersOf({ metadata }: KubeObject): readonly string[] {
  const controller = metadata.ownerReferences?.find((reference) => reference.controller)?.uid;
  const marked = metadata.annotations?.[OWNER_UID_ANNOTATION];
  if (controller === undefined) return marked === undefined ? [] : [marked];
  return marked === undefined || marked === controller ? [controller] : [controller, marked];
}

/** A copy without what is bulky and read by nobody; the parts that stay are not copied. */
export function strip(object: KubeObject, keep: Selection["keep"] = "all"): KubeObject {
  const { managedFields: _, ...metadata } = object.metadata;
  const lean = stripAnnotations(metadata);
  return { ...object, metadata: keep === "child" ? stripChildMeta(lean) : lean };
}

// Each object of a cluster comes through here: what has nothing to lose is not copied.

function stripAnnotations(meta: ObjectMeta): ObjectMeta {
  if (meta.annotations === undefined) return meta;
  const annotations = withoutLastApplied(meta.annotations);
  return annotations === meta.annotations ? meta : { ...meta, annotations };
}

/** We made the child: how its name was generated and how it is to be deleted tell us nothing. */
function stripChildMeta(meta: ObjectMeta): ObjectMeta {
  if (meta.generateName === undefined && meta.deletionGracePeriodSeconds === undefined) return meta;
  const { generateName: _, deletionGracePeriodSeconds: __, ...rest } = meta;
  return rest;
}
