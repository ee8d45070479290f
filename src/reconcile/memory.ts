/**
 * What is remembered of one custom resource between two reconciles: hints that save work, never
 * state that correctness depends on. A restart forgets all of it.
 */
import type { Answer } from "../apply/answers.ts";
import type { Breaker } from "../apply/breaker.ts";
import type { Doubt } from "../apply/doubt.ts";
import { isOlderVersion } from "../kube/resource-version.ts";
import type { KubeObject, ObjectMeta } from "../schema/object.ts";
import type { Failure } from "../std/same-failure.ts";
import type { CallsMemory } from "./external-result.ts";
import type { JobRecord } from "./jobs.ts";
import { NO_PLACES } from "./places.ts";
import type { ChildKindReference } from "./program.ts";

/**
 * Everything that the last pass read, by version. While all of it is the same, another pass would
 * come to the same result, so it is skipped: that is what makes a resync free.
 */
export interface SettledMemory {
  /** resourceVersion of the custom resource. */
  readonly version: string;
  /** resourceVersions of its children. They are unique in a cluster, whatever the kind. */
  readonly children: VersionSet;
  readonly requeueAfterMs?: number;
}

/** A child that is there and that no cache shows: asking again at each pass would cost requests. */
export interface HiddenChild {
  readonly object: KubeObject;
  /** Of the custom resource: after an edit the server is asked again. */
  readonly generation: number | undefined;
  readonly untilMs: number;
}

/** A status that the server did not store as sent. Both by their digests. */
export interface StatusAnswer extends Doubt {
  readonly sent: string;
  readonly stored: string;
}

export interface PassingFailure {
  count: number;
  readonly sinceMs: number;
  /** An Event said so. */
  isAnnounced: boolean;
  /** The status says so, of this generation. */
  toldGeneration?: number | undefined;
}

/** One for each custom resource: what only few of them need is absent until then. */
export interface KeyMemory {
  readonly uid: string;
  /** Absent: the next pass is a full one. */
  settled?: SettledMemory;
  /** What servers made of our applies, by uid of the child. */
  answers?: Map<string, Answer>;
  breaker?: Breaker;
  /** uids of children that we deleted and whose end the cache has not seen yet. */
  removed?: Set<string>;
  /** By `childKey`. */
  hidden?: Map<string, HiddenChild>;
  /** Of children that nothing declares any more and that are still there, as `Standing` of `apply/hold-back.ts`. */
  successors?: ReadonlyMap<string, ReadonlySet<string>>;
  /** The same, as its `strangers`. */
  strangers?: ReadonlyMap<string, ReadonlySet<string>>;
  /** `childKey`s of what the last pass declared and could not write. */
  unwritten?: ReadonlySet<string>;
  /** Of the custom resource, in the last pass that made children. */
  generation?: number | undefined;
  /** Jobs that ended and were, or will be, removed by their time to live; absent where none is known. */
  jobs?: JobRecord;
  /** Kinds that the last pass declared by templates. */
  childKinds: readonly ChildKindReference[];
  statusAnswer?: StatusAnswer;
  /** Of the primary cache, when the custom resource was last known to be current. */
  epoch: number;
  /** resourceVersion of the custom resource in the last pass. */
  seenVersion: string;
  /** Events that need no repeating. */
  said?: Set<string>;
  /** The last failure that was announced. */
  failure?: Failure;
  /** Passes in a row that failed by what should pass by itself; absent after any other pass. */
  passing?: PassingFailure;
  /** Calls of hooks that failed in a row. */
  hookFailures: number;
  /** resourceVersion of the custom resource once our finalizer was off: up to it, there is nothing to do. */
  releasedVersion?: string;
  /** Of the deletion's calls to outside services; absent before the first. */
  calls?: CallsMemory;
  /** The hook of the deletion did its work. */
  isCleanedByHook: boolean;
  /** Generation whose cleanup was looked at before it is due. */
  foretold?: number | undefined;
  /** When a cleanup first had to wait. */
  waitsSinceMs?: number;
  /** What it waits for, and since when. */
  waitsFor?: { readonly reason: string; readonly sinceMs: number };
}

/** Older than every epoch of a cache. */
const NEVER = -1;

export class Memory {
  readonly #keys = new Map<string, KeyMemory>();

  /** What is known of this key; a new object of the same name starts with nothing. */
  of(key: string, { uid = "", resourceVersion = "" }: ObjectMeta): KeyMemory {
    const known = this.#keys.get(key);
    if (known?.uid === uid) {
      // A list that is not complete yet and lags behind: the epoch does not tell of it.
      if (isOlderVersion(resourceVersion, known.seenVersion)) known.epoch = NEVER;
      known.seenVersion = resourceVersion;
      return known;
    }
    const fresh: KeyMemory = {
      uid,
      childKinds: NO_PLACES,
      epoch: 0,
      seenVersion: resourceVersion,
      hookFailures: 0,
      isCleanedByHook: false,
    };
    this.#keys.set(key, fresh);
    return fresh;
  }

  delete(key: string): void {
    this.#keys.delete(key);
  }

  /** Children, of all keys, that are left as they are since somebody keeps changing them. */
  contestedCount(nowMs: number): number {
    let count = 0;
    for (const { breaker } of this.#keys.values()) count += breaker?.openCount(nowMs) ?? 0;
    return count;
  }
}

/** That it is deleted, until the cache shows its end. */
export function noteRemoved({ metadata }: KubeObject, memory: Pick<KeyMemory, "removed">): void {
  memory.removed ??= new Set();
  memory.removed.add(metadata.uid ?? "");
}

export type VersionSet = Pick<ReadonlySet<string>, "has" | "size">;

/** Up to so many are looked through one by one. */
const FEW = 8;

/** Of few a list, since most custom resources of a large cluster have few children. */
export function versionSet(versions: readonly string[]): VersionSet {
  return versions.length <= FEW ? new FewVersions(versions) : new Set(versions);
}

class FewVersions implements VersionSet {
  readonly #versions: readonly string[];

  constructor(versions: readonly string[]) {
    this.#versions = versions;
  }

  get size(): number {
    return this.#versions.length;
  }

  has(version: string): boolean {
    return this.#versions.includes(version);
  }
}
