/**
 * The safety net under a watch: a cache cannot know what it was never told, so now and then it is
 * compared with one list of identities. What differs at first sight is usually just on its way; it
 * is looked at again after a moment, then read anew, put right, and counted as a lost event.
 *
 * A list of many objects comes in pages, one for each call: an interval costs one request and a bounded
 * slice of the event loop, and a round over ten thousand objects takes some intervals.
 *
 * Guarantees: at most one list at a time; over time less than its share of the processor, whatever
 * the number of objects; nothing is deleted from the store without a read that says it is gone.
 */
import { type KubeObject, objectKey } from "../schema/object.ts";
import type { Clock } from "../std/clock.ts";
import { sleep } from "../std/sleep.ts";
import type { KubeClient } from "./client.ts";
import { isExpired } from "./error.ts";
import type { AuditOptions, AuditReport, Selection } from "./informer.ts";
import type { Mirror } from "./mirror.ts";
import { isOlderVersion } from "./resource-version.ts";

export interface AuditorOptions {
  readonly selection: Selection;
  readonly mirror: Mirror;
  readonly client: KubeClient;
  readonly clock: Clock;
  /** Called once for each lost event. */
  readonly onLost: () => void;
}

/** Parsing a page of as many objects, their managed fields included, takes some 15 ms. */
const PAGE_SIZE = 1_250;
/** How long an event may be on its way before it counts as lost. */
const GRACE_MS = 2_000;
/**
 * What an audit costs for each object, reading included (measured), over half a percent of one core:
 * 1,000 objects are compared every 2 s at most, 10,000 every 20 s.
 */
const PAUSE_PER_OBJECT_MS = 0.01 / 0.005;

/** What the list says of one object. */
interface Listed {
  readonly uid: string;
  readonly version: string;
}

interface Round {
  readonly listed: Map<string, Listed>;
  readonly token?: string;
}

export class Auditor {
  readonly #options: AuditorOptions;
  #isRunning = false;
  #lastStartMs = Number.NEGATIVE_INFINITY;
  /** What the pages so far said, and where the next one begins. */
  #round: Round | undefined;
  #notBeforeMs = Number.NEGATIVE_INFINITY;

  constructor(options: AuditorOptions) {
    this.#options = options;
  }

  async audit({ signal, minIntervalMs = 0 }: AuditOptions): Promise<AuditReport> {
    const nowMs = this.#options.clock.monotonicMs();
    const isEarly = nowMs < this.#notBeforeMs || nowMs - this.#lastStartMs < minIntervalMs;
    if (this.#isRunning || isEarly) return { kind: "skipped" };
    this.#isRunning = true;
    this.#lastStartMs = nowMs;
    try {
      return await this.#run(signal);
    } finally {
      this.#isRunning = false;
    }
  }

  async #run(signal: AbortSignal): Promise<AuditReport> {
    const { mirror, clock } = this.#options;
    const round = this.#round ?? { listed: new Map<string, Listed>() };
    // Whatever happens to this page, the next call begins anew unless it went well.
    this.#round = undefined;
    const page = await this.#list(round, signal);
    if (page === undefined) return { kind: "skipped" };
    const { listed } = round;
    this.#notBeforeMs = clock.monotonicMs() + page.count * PAUSE_PER_OBJECT_MS;
    if (page.token !== undefined) {
      this.#round = { listed, token: page.token };
      return { kind: "begun", listed: listed.size };
    }
    const suspects = findSuspects(mirror, listed, page.version);
    let repaired = 0;
    if (suspects.length > 0) {
      await sleep(GRACE_MS, { clock, signal });
      for (const key of suspects) {
        if (!isSuspect(mirror.store.get(key), listed.get(key), page.version)) continue;
        if (await this.#repair(key, signal)) repaired++;
      }
    }
    return { kind: "done", compared: listed.size, repaired };
  }

  /** Adds the next page to `round.listed`; `undefined` when the server forgot where it begins. */
  async #list({ listed, token }: Round, signal: AbortSignal) {
    const { client, selection } = this.#options;
    const { type, namespace, labelSelector, fieldSelector } = selection;
    const query = {
      identityOnly: true,
      limit: PAGE_SIZE,
      signal,
      ...(namespace !== undefined && { namespace }),
      ...(labelSelector !== undefined && { labelSelector }),
      ...(fieldSelector !== undefined && { fieldSelector }),
      ...(token !== undefined && { continueToken: token }),
    };
    try {
      const page = await client.list(type, query);
      for (const { metadata } of page.items) {
        const { uid = "", resourceVersion = "" } = metadata;
        listed.set(objectKey(metadata), { uid, version: resourceVersion });
      }
      const { resourceVersion: version, continueToken } = page;
      return { version, token: continueToken, count: page.items.length };
    } catch (error) {
      if (token !== undefined && isExpired(error)) return undefined;
      throw error;
    }
  }

  /** True when what the server has is not what the store has, even now. */
  async #repair(key: string, signal: AbortSignal): Promise<boolean> {
    const { mirror, onLost } = this.#options;
    const held = mirror.store.get(key);
    const current = await this.#read(key, signal);
    // The watch may have caught up while we read.
    if (mirror.store.get(key) !== held) return false;
    const isSame = held?.metadata.uid === current?.metadata.uid;
    if (isSame && versionOf(held) === versionOf(current)) return false;
    mirror.repair(key, current);
    onLost();
    return true;
  }

  /** By a list of one: an object that left the selection is gone for us, although it exists. */
  async #read(key: string, signal: AbortSignal): Promise<KubeObject | undefined> {
    const { client, selection } = this.#options;
    const { type, labelSelector } = selection;
    const slash = key.indexOf("/");
    const byName = `metadata.name=${key.slice(slash + 1)}`;
    const { items } = await client.list(type, {
      signal,
      fieldSelector: selection.fieldSelector ? `${selection.fieldSelector},${byName}` : byName,
      ...(slash > 0 && { namespace: key.slice(0, slash) }),
      ...(labelSelector !== undefined && { labelSelector }),
    });
    return items[0];
  }
}

function findSuspects(mirror: Mirror, listed: ReadonlyMap<string, Listed>, version: string) {
  const suspects: string[] = [];
  for (const [key, item] of listed) {
    if (isSuspect(mirror.store.get(key), item, version)) suspects.push(key);
  }
  for (const key of mirror.store.keys()) {
    if (!listed.has(key) && isSuspect(mirror.store.get(key), undefined, version)) {
      suspects.push(key);
    }
  }
  return suspects;
}

/** Whether the store is behind the list of this version, as far as one object goes. */
function isSuspect(
  held: KubeObject | undefined,
  listed: Listed | undefined,
  version: string,
): boolean {
  if (held === undefined) return listed !== undefined;
  const heldVersion = versionOf(held);
  // Newer than the list: the list could not know.
  if (isOlderVersion(version, heldVersion)) return false;
  if (listed === undefined) return true;
  return listed.uid !== held.metadata.uid || listed.version !== heldVersion;
}

function versionOf(object: KubeObject | undefined): string {
  return object?.metadata.resourceVersion ?? "";
}
