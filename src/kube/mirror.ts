/**
 * Keeps a store equal to what the server has, from the events of a watch and the answers of our own
 * writes. Pure but for the store: no time, no network; a method call in, store events out.
 *
 * The difficulty is that a write is answered on one connection and told by the watch on another, in
 * any order. Guarantees:
 * - a remembered answer is seen at once and never replaced by something older;
 * - an answer that comes after the watch told of the object's deletion does not bring it back;
 * - of a change that somebody else made just before our write, an event is sent although the store
 *   is already past it;
 * - what a reset does not mention is deleted, with an event, unless our write is newer than the list.
 */
import { type KubeObject, objectKey } from "../schema/object.ts";
import type { Selection, StoreEvent } from "./informer.ts";
import { isOlderVersion } from "./resource-version.ts";
import { ObjectStore, strip } from "./store.ts";
import type { Change } from "./watch.ts";

/** An answer whose event the watch has yet to tell. */
interface Remembered {
  readonly version: string;
  /** What subscribers know of: the object as it was told last. */
  before: KubeObject | undefined;
}

/** Writes under way to one object, and what the watch told of it meanwhile. */
interface Expected {
  writers: number;
  held: Change[];
  /** The version of a list that did not have the object; answers up to it are of the past. */
  absentAt?: string;
}

export class Mirror {
  readonly store = new ObjectStore();
  readonly #selection: Selection;
  readonly #emit: (event: StoreEvent) => void;
  readonly #remembered = new Map<string, Remembered>();
  readonly #expected = new Map<string, Expected>();
  /** Keys that the reset under way has mentioned. */
  #mentioned: Set<string> | undefined;
  /** Everything up to this version was told; empty before the first list. */
  #told = "";
  #hasListed = false;

  constructor(selection: Selection, emit: (event: StoreEvent) => void) {
    this.#selection = selection;
    this.#emit = emit;
  }

  /** Everything up to this version was told. */
  get version(): string {
    return this.#told;
  }

  /** In a new history of the server, what it once answered to our writes is not newer than its list. */
  startReset({ isNewHistory = false } = {}): void {
    this.#mentioned = new Set();
    if (isNewHistory) this.#remembered.clear();
  }

  change(change: Change): void {
    const key = objectKey(change.object.metadata);
    if (change.kind === "applied") this.#mentioned?.add(key);
    else this.#mentioned?.delete(key);
    const expected = this.#expected.get(key);
    if (expected === undefined) this.#take(change);
    else expected.held.push(change);
  }

  /** Holds back what is told of one object until all its writers have called what they got. */
  expectWrite(key: string): () => void {
    const expected = this.#expected.get(key) ?? { writers: 0, held: [] };
    this.#expected.set(key, expected);
    expected.writers++;
    let isWriting = true;
    return () => {
      if (!isWriting) return;
      isWriting = false;
      if (--expected.writers > 0) return;
      this.#expected.delete(key);
      for (const change of expected.held) this.#take(change);
      this.#dropUntold(key);
    };
  }

  #take(change: Change): void {
    switch (change.kind) {
      case "applied":
        this.#applied(change.object);
        break;
      case "deleted":
        this.#deleted(change.object);
        break;
      default:
        change satisfies never;
    }
  }

  finishReset(version: string): void {
    const mentioned = this.#mentioned ?? new Set();
    this.#mentioned = undefined;
    const gone: string[] = [];
    for (const key of this.store.keys()) {
      if (mentioned.has(key)) continue;
      const mark = this.#remembered.get(key);
      if (mark === undefined || !isOlderVersion(version, mark.version)) gone.push(key);
    }
    for (const key of gone) this.#remove(key);
    for (const [key, expected] of this.#expected) {
      if (mentioned.has(key)) continue;
      expected.held = [];
      expected.absentAt = version;
    }
    this.#hasListed = true;
    this.progress(version);
  }

  /** All events up to `version` have been told. */
  progress(version: string): void {
    this.#told = version;
    for (const key of this.#remembered.keys()) this.#dropUntold(key);
  }

  /**
   * What was written and would have been told by now, and never was, is not part of the selection. Of
   * what was told before, only the echo is lost: had it left the selection, that would have been told.
   */
  #dropUntold(key: string): void {
    const mark = this.#remembered.get(key);
    if (mark === undefined || this.#expected.has(key)) return;
    if (isOlderVersion(this.#told, mark.version)) return;
    if (mark.before === undefined) this.#remove(key);
    else this.#remembered.delete(key);
  }

  remember(object: KubeObject): void {
    const version = object.metadata.resourceVersion ?? "";
    const key = objectKey(object.metadata);
    const current = this.store.get(key);
    if (!this.#isSelected(object) || version === "") return;
    if (current === undefined) {
      if (this.#isPast(key, version)) return;
    } else if (!isOlderVersion(versionOf(current), version)) return;
    const mark = this.#remembered.get(key);
    const before = mark === undefined ? current : mark.before;
    this.#remembered.set(key, { version, before });
    this.store.put(strip(object, this.#selection.keep));
  }

  /** Puts right what the watch should have told and did not. */
  repair(key: string, object: KubeObject | undefined): void {
    if (object === undefined) this.#remove(key);
    else this.#store(key, object);
  }

  #applied(object: KubeObject): void {
    const key = objectKey(object.metadata);
    const mark = this.#remembered.get(key);
    const version = versionOf(object);
    if (mark === undefined) this.#store(key, object);
    else if (isOlderVersion(version, mark.version)) this.#overtaken(key, mark, object);
    else {
      this.#remembered.delete(key);
      // A list hides what happened before it, so only a watch can tell an echo.
      const isEcho = version === mark.version && this.#mentioned === undefined;
      this.#store(key, object, { before: mark.before, isEcho });
    }
  }

  /** The store holds our later write: its readers are told that something happened before it. */
  #overtaken(key: string, mark: Remembered, object: KubeObject): void {
    const current = this.store.get(key);
    const { before } = mark;
    mark.before = strip(object, this.#selection.keep);
    if (current === undefined || before === undefined) return;
    if (versionOf(before) === versionOf(object)) return;
    this.#emit({ kind: "updated", object: current, previous: before });
  }

  #store(
    key: string,
    object: KubeObject,
    echo?: { readonly before: KubeObject | undefined; readonly isEcho: boolean },
  ): void {
    const current = this.store.get(key);
    if (echo === undefined && current !== undefined && isSameVersion(current, object)) return;
    const { managedFields } = object.metadata;
    const previous = echo === undefined ? current : echo.before;
    // The answer of our write was this very version: it is in its place already.
    const isHeld = current !== undefined && isSameVersion(current, object);
    const stored = isHeld ? current : this.store.put(strip(object, this.#selection.keep));
    const isInitial = !this.#hasListed;
    const mark = echo?.isEcho ? { isEcho: true } : {};
    if (previous === undefined) {
      this.#emit({ kind: "added", object: stored, isInitial, ...mark });
    } else if (previous.metadata.uid !== stored.metadata.uid) {
      this.#emit({ kind: "deleted", object: previous });
      this.#emit({ kind: "added", object: stored, isInitial: false, ...mark });
    } else {
      const managers = managedFields && { managedFields };
      this.#emit({ kind: "updated", object: stored, previous, ...managers, ...mark });
    }
  }

  #deleted(object: KubeObject): void {
    const key = objectKey(object.metadata);
    const mark = this.#remembered.get(key);
    if (mark !== undefined && isOlderVersion(versionOf(object), mark.version)) {
      // An earlier object of this name; the one we wrote since is in the store.
      if (mark.before !== undefined) this.#emit({ kind: "deleted", object: mark.before });
      mark.before = undefined;
      return;
    }
    this.#remove(key, strip(object, this.#selection.keep));
  }

  #remove(key: string, last?: KubeObject): void {
    const mark = this.#remembered.get(key);
    this.#remembered.delete(key);
    const stored = this.store.delete(key);
    if (stored === undefined) return;
    const object = last ?? (mark === undefined ? stored : mark.before);
    // What nobody was told of is taken back without a word.
    if (object !== undefined) this.#emit({ kind: "deleted", object });
  }

  /** Told of already and gone again, or told of and never part of the selection. */
  #isPast(key: string, version: string): boolean {
    if (!this.#hasListed) return false;
    const expected = this.#expected.get(key);
    const told = expected === undefined ? this.#told : expected.absentAt;
    return told !== undefined && !isOlderVersion(told, version);
  }

  #isSelected({ apiVersion, metadata }: KubeObject): boolean {
    const { namespace, labelSelector, fieldSelector } = this.#selection;
    if (namespace !== undefined && metadata.namespace !== namespace) return false;
    // What cannot be decided here is left to the watch.
    if (fieldSelector !== undefined || apiVersion === "") return false;
    return labelSelector === undefined || matchesLabels(labelSelector, metadata.labels ?? {});
  }
}

function versionOf(object: KubeObject): string {
  return object.metadata.resourceVersion ?? "";
}

function isSameVersion(left: KubeObject, right: KubeObject): boolean {
  return versionOf(left) === versionOf(right) && left.metadata.uid === right.metadata.uid;
}

const TERM = /^\s*([^\s=!,()]+)\s*(?:==?\s*([^\s=!,()]*))?\s*$/;

/** Selectors of the forms `key`, `key=value` and their conjunctions; others match nothing here. */
export function matchesLabels(selector: string, labels: Readonly<Record<string, string>>): boolean {
  return selector.split(",").every((term) => {
    const [, key, value] = TERM.exec(term) ?? [];
    if (key === undefined || !Object.hasOwn(labels, key)) return false;
    return value === undefined || labels[key] === value;
  });
}
