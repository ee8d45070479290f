/**
 * What is remembered of one custom resource between two reconciles: hints that save work, never
 * state that correctness depends on. A restart forgets all of it.
 */
import type { Answer } from "../apply/answers.ts";
import { Breaker } from "../apply/breaker.ts";
import type { Doubt } from "../apply/doubt.ts";
import { isOlderVersion } from "../kube/resource-version.ts";
import type { KubeObject, ObjectMeta } from "../schema/object.ts";
import type { JobRecord } from "./jobs.ts";
import type { ChildKindReference } from "./program.ts";

/**
 * Everything that the last pass read, by version. While all of it is the same, another pass would
 * come to the same result, so it is skipped: that is what makes a resync free.
 */
export interface SettledMemory {
  /** resourceVersion of the custom resource. */
  readonly version: string;
  /** resourceVersions of its children. They are unique in a cluster, whatever the kind. */
  readonly children: ReadonlySet<string>;
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

export interface KeyMemory {
  readonly uid: string;
  /** Absent: the next pass is a full one. */
  settled?: SettledMemory;
  /** What servers made of our applies, by uid of the child. */
  readonly answers: Map<string, Answer>;
  readonly breaker: Breaker;
  /** uids of children that we deleted and whose end the cache has not seen yet. */
  readonly removed: Set<string>;
  /** By `childKey`. */
  readonly hidden: Map<string, HiddenChild>;
  /** Of children that nothing declares any more and that are still there, as `Standing` of `apply/hold-back.ts`. */
  successors?: ReadonlyMap<string, ReadonlySet<string>>;
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
  said: Set<string>;
  /** Message of the last failure that was announced. */
  failure?: string;
  /** Passes in a row that failed by what should pass by itself; absent after any other pass. */
  passing?: PassingFailure;
  /** Calls of hooks that failed in a row. */
  hookFailures: number;
  /** resourceVersion of the custom resource once our finalizer was off: up to it, there is nothing to do. */
  releasedVersion?: string;
  /** The hook of the deletion did its work. */
  isCleanedByHook: boolean;
  /** Generation whose cleanup was looked at before it is due. */
  foretold?: number | undefined;
  /** When a cleanup first had to wait. */
  waitsSinceMs?: number;
}

/** Older than every epoch of a cache. */
const NEVER = -1;

const NOTHING: ReadonlySet<string> = new Set();

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
      answers: new Map(),
      breaker: new Breaker(),
      removed: new Set(),
      hidden: new Map(),
      childKinds: [],
      epoch: 0,
      seenVersion: resourceVersion,
      said: new Set(),
      hookFailures: 0,
      isCleanedByHook: false,
    };
    this.#keys.set(key, fresh);
    return fresh;
  }

  delete(key: string): void {
    this.#keys.delete(key);
  }
}

/** Shared when empty: most custom resources of a large cluster have few children. */
export function versionSet(versions: readonly string[]): ReadonlySet<string> {
  return versions.length === 0 ? NOTHING : new Set(versions);
}
