/**
 * The sandbox's memory: every object of every kind, one resourceVersion that grows with each write
 * of any of them, and the recent changes, from which watches resume and old pages are read.
 *
 * Guarantees: objects are never changed after they were stored; listeners hear each change once, in
 * order, before the write returns; reading at an older version gives exactly what was there then, or
 * says that it is gone.
 */
import { type KubeObject, objectKey } from "../../schema/object.ts";
import type { Change } from "./change.ts";

export type ChangeListener = (change: Change) => void;

export interface StoreOptions {
  /** How many changes are kept for watches and consistent reads. */
  readonly historyLimit: number;
}

interface Collection {
  readonly objects: Map<string, KubeObject>;
  readonly listeners: Set<ChangeListener>;
  readonly closers: Set<() => void>;
  /** Keys in the order of lists; made again after an object came or went. */
  sortedKeys: readonly string[] | undefined;
  /** Watches cannot begin before the collection did. */
  readonly since: number;
}

export class Store {
  #version = 1;
  /** The version after which the history is complete. */
  #compacted = 0;
  readonly #history: Change[] = [];
  readonly #collections = new Map<string, Collection>();
  readonly #everything = new Set<ChangeListener>();
  readonly #historyLimit: number;

  constructor({ historyLimit }: StoreOptions) {
    this.#historyLimit = historyLimit;
  }

  /** The resourceVersion of the latest write. */
  get version(): number {
    return this.#version;
  }

  /** Versions below this one cannot be read or watched any more. */
  oldestVersion(collection: string): number {
    return Math.max(this.#compacted, this.#collections.get(collection)?.since ?? 0);
  }

  openCollection(collection: string): void {
    if (this.#collections.has(collection)) return;
    this.#collections.set(collection, {
      objects: new Map(),
      listeners: new Set(),
      closers: new Set(),
      sortedKeys: undefined,
      since: this.#version,
    });
  }

  /** The kind is no longer served: its watches end. */
  closeCollection(collection: string): void {
    const found = this.#collections.get(collection);
    this.#collections.delete(collection);
    for (const close of [...(found?.closers ?? [])]) close();
  }

  /** Calls `run` when the collection closes. The returned function takes that back. */
  onClose(collection: string, run: () => void): () => void {
    const { closers } = this.#collection(collection);
    closers.add(run);
    return () => closers.delete(run);
  }

  get(collection: string, key: string): KubeObject | undefined {
    return this.#collections.get(collection)?.objects.get(key);
  }

  /** Current objects, sorted by key; those of one namespace when it is given. */
  list(collection: string, namespace?: string): KubeObject[] {
    const found = this.#collections.get(collection);
    if (found === undefined) return [];
    found.sortedKeys ??= [...found.objects.keys()].sort(compareText);
    return selectKeys(found.sortedKeys, namespace).map(
      (key) => found.objects.get(key) as KubeObject,
    );
  }

  /** The list as it was at `version`; `undefined` when that is no longer known. */
  listAt(collection: string, version: number, namespace?: string): KubeObject[] | undefined {
    if (version === this.#version) return this.list(collection, namespace);
    if (version < this.oldestVersion(collection)) return undefined;
    const objects = new Map(this.#collections.get(collection)?.objects);
    for (const change of this.#changesDownTo(version)) {
      if (change.collection !== collection) continue;
      if (change.previous === undefined) objects.delete(change.key);
      else objects.set(change.key, change.previous);
    }
    const keys = selectKeys([...objects.keys()].sort(compareText), namespace);
    return keys.map((key) => objects.get(key) as KubeObject);
  }

  /** Changes of a collection after `version`, oldest first. */
  changesSince(collection: string, version: number): Change[] {
    const changes: Change[] = [];
    for (const change of this.#changesDownTo(version)) {
      if (change.collection === collection) changes.push(change);
    }
    return changes.reverse();
  }

  /** Stores an object under a new resourceVersion, and returns what was stored. */
  put(collection: string, object: KubeObject): KubeObject {
    const found = this.#collection(collection);
    const key = objectKey(object.metadata);
    const previous = found.objects.get(key);
    const version = ++this.#version;
    const stored = withVersion(object, version);
    found.objects.set(key, stored);
    if (previous === undefined) found.sortedKeys = undefined;
    const kind = previous === undefined ? "added" : "modified";
    this.#record({ kind, version, collection, key, object: stored, previous });
    return stored;
  }

  /** Watchers see the last state that was stored, under a new version. */
  remove(collection: string, key: string): KubeObject | undefined {
    const found = this.#collection(collection);
    const previous = found.objects.get(key);
    if (previous === undefined) return undefined;
    const version = ++this.#version;
    const object = withVersion(previous, version);
    found.objects.delete(key);
    found.sortedKeys = undefined;
    this.#record({ kind: "deleted", version, collection, key, object, previous });
    return object;
  }

  /** Changes of one collection. The returned function stops the listener. */
  listen(collection: string, listener: ChangeListener): () => void {
    const { listeners } = this.#collection(collection);
    listeners.add(listener);
    return () => listeners.delete(listener);
  }

  /** Changes of all collections, the ones that open later included. */
  listenToAll(listener: ChangeListener): () => void {
    this.#everything.add(listener);
    return () => this.#everything.delete(listener);
  }

  /** Forgets the history, as etcd's compaction does: older versions are gone. */
  compact(): void {
    this.#compacted = this.#version;
    this.#history.length = 0;
  }

  #collection(name: string): Collection {
    const found = this.#collections.get(name);
    if (found === undefined) throw new Error(`Cannot use collection "${name}": it is not open`);
    return found;
  }

  *#changesDownTo(version: number): Generator<Change> {
    for (let index = this.#history.length - 1; index >= 0; index--) {
      const change = this.#history[index];
      if (change === undefined || change.version <= version) return;
      yield change;
    }
  }

  #record(change: Change): void {
    this.#history.push(change);
    // Cutting a quarter at once keeps the cost of a write constant on average.
    if (this.#history.length > this.#historyLimit * 1.25) {
      const dropped = this.#history.splice(0, this.#history.length - this.#historyLimit);
      this.#compacted = dropped.at(-1)?.version ?? this.#compacted;
    }
    for (const listener of this.#collection(change.collection).listeners) listener(change);
    for (const listener of this.#everything) listener(change);
  }
}

function selectKeys(keys: readonly string[], namespace: string | undefined): readonly string[] {
  if (namespace === undefined) return keys;
  const prefix = `${namespace}/`;
  return keys.filter((key) => key.startsWith(prefix));
}

function compareText(left: string, right: string): number {
  return left < right ? -1 : left > right ? 1 : 0;
}

function withVersion(object: KubeObject, version: number): KubeObject {
  return { ...object, metadata: { ...object.metadata, resourceVersion: String(version) } };
}
