/**
 * List and watch as one sequence of events that never ends by itself.
 *
 * Flow: listing (as a stream, else in pages) → watching from the list's version → on any failure
 * waiting, then watching again from the last version seen, or listing again where that version is
 * too old. The consumer mirrors what it is told: between `reset-started` and `reset-done` it hears
 * of every object there is, and what it did not hear of in that time is gone.
 *
 * Guarantees: no event between two `reset-done` is lost or reordered; versions never go back
 * without a reset; a connection on which nothing is heard, bookmarks included, is given up after
 * 70–75 s; failures are told, with what is tried next, and retried for ever with backoff. Ends only
 * when the signal aborts, without an error.
 * Assumptions: bookmarks come about once a minute (kube-apiserver does); without them a quiet watch
 * is merely opened anew.
 * Source: https://kubernetes.io/docs/reference/using-api/api-concepts/ (watch, streaming lists).
 */
import type { KubeObject, ResourceType } from "../schema/object.ts";
import { backoff } from "../std/backoff.ts";
import type { Clock } from "../std/clock.ts";
import { sleep } from "../std/sleep.ts";
import { isKubeError, KubeError } from "./error.ts";
import { toObjectList } from "./kube-client.ts";
import { resourcePath, withQuery } from "./resource-path.ts";
import { isOlderVersion } from "./resource-version.ts";
import type { Transport } from "./transport.ts";
import { afterFailure, type Phase } from "./watch-phase.ts";
import { readWatch, type WireEvent } from "./watch-stream.ts";

export type Change =
  | { readonly kind: "applied"; readonly object: KubeObject }
  | { readonly kind: "deleted"; readonly object: KubeObject };

export type WatchEvent =
  /** `isNewHistory`: the server counts from an earlier version now, all that was told before is void. */
  | { readonly kind: "reset-started"; readonly isNewHistory?: true }
  | { readonly kind: "changed"; readonly changes: readonly Change[] }
  | { readonly kind: "reset-done"; readonly resourceVersion: string }
  /** Everything up to this version was told. */
  | { readonly kind: "progress"; readonly resourceVersion: string }
  /** The watch stands, or stands again after a failure. */
  | { readonly kind: "watching" }
  | { readonly kind: "failed"; readonly error: KubeError; readonly attempts: number };

export interface WatchSelection {
  readonly type: ResourceType;
  readonly namespace?: string;
  readonly labelSelector?: string;
  readonly fieldSelector?: string;
}

export interface WatchOptions {
  readonly transport: Transport;
  readonly signal: AbortSignal;
  readonly clock: Clock;
  /** Uniform in [0, 1). */
  readonly random: () => number;
}

/** Servers cut watches after a while of their choice; ours is 5 to 10 minutes, as client-go's. */
const MIN_WATCH_SECONDS = 300;
/** Bookmarks come each minute, give or take a second or two. */
const MIN_SILENCE_MS = 70_000;
const SILENCE_JITTER_MS = 4_500;
/** A server that has begun a streamed list goes on with it at once. One that does not is asked for pages. */
const LIST_SILENCE_MS = 15_000;
/**
 * A fair queue in the server may hold a request for a quarter of a minute before it begins to answer. One that was
 * written to a peer that vanished is found by this alone: while data is on its way TCP sends no probes.
 */
const OPEN_TIMEOUT_MS = 25_000;
const PAGE_SIZE = 500;
const FIRST_RETRY_MS = 250;
/** However long a server was away: its watches stand again within five seconds of its return, lists included. */
const LAST_RETRY_MS = 3_500;
/** Least pause where only a person can help. */
const SLOW_RETRY_MS = 4_000;
/** A watch that ends sooner, and told nothing, counts as failed. */
const SHORT_WATCH_MS = 1_000;

const INITIAL_END = "k8s.io/initial-events-end";

export function watchList(selection: WatchSelection, options: WatchOptions) {
  return new Watcher(selection, options).events();
}

class Watcher {
  readonly #selection: WatchSelection;
  readonly #options: WatchOptions;
  #phase: Phase = { kind: "listing", by: "stream" };
  #attempts = 0;
  /** A watch has ended since the last list: what answers now may be another server. */
  #isResumed = false;
  #isNewHistory = false;
  #delays: Iterator<number, never>;

  constructor(selection: WatchSelection, options: WatchOptions) {
    this.#selection = selection;
    this.#options = options;
    this.#delays = this.#freshDelays();
  }

  async *events(): AsyncGenerator<WatchEvent, void> {
    const { signal, clock } = this.#options;
    while (!signal.aborted) {
      try {
        yield* this.#step();
      } catch (error) {
        if (signal.aborted) return;
        // Anything else is a fault of this program, not of the wire.
        if (!isKubeError(error)) throw error;
        const delayMs = this.#recover(error);
        if (delayMs === undefined) continue;
        yield { kind: "failed", error, attempts: this.#attempts };
        await sleep(delayMs, { clock, signal }).catch(() => undefined);
      }
    }
  }

  #step(): AsyncGenerator<WatchEvent, void> {
    const phase = this.#phase;
    switch (phase.kind) {
      case "listing":
        return phase.by === "stream" ? this.#listByStream() : this.#listInPages();
      case "watching":
        return this.#watch(phase.resourceVersion);
      default:
        return phase satisfies never;
    }
  }

  async *#listByStream(): AsyncGenerator<WatchEvent, void> {
    const query = { sendInitialEvents: true, resourceVersionMatch: "NotOlderThan" };
    let isListed = false;
    for await (const batch of this.#open(query)) {
      if (isListed) {
        yield* this.#tell(batch);
        continue;
      }
      if (batch.length === 0) yield this.#startReset();
      const end = batch.findIndex(isInitialEnd);
      const changes = toChanges(end < 0 ? batch : batch.slice(0, end));
      if (changes.length > 0) yield { kind: "changed", changes };
      const bookmark = batch[end];
      if (bookmark === undefined) continue;
      isListed = true;
      yield* this.#finishList(bookmark.object.metadata.resourceVersion ?? "");
      yield { kind: "watching" };
      yield* this.#tell(batch.slice(end + 1));
    }
    if (!isListed) throw cutShort("before its list was complete");
  }

  async *#listInPages(): AsyncGenerator<WatchEvent, void> {
    const { transport, signal } = this.#options;
    let token: string | undefined;
    let resourceVersion = "";
    do {
      const path = this.#path({ limit: PAGE_SIZE, continue: token });
      const answer = await transport.request({ method: "GET", path, signal });
      const page = toObjectList(this.#selection.type, answer);
      if (token === undefined) yield this.#startReset();
      token = page.continueToken;
      resourceVersion = page.resourceVersion;
      if (page.items.length === 0) continue;
      yield {
        kind: "changed",
        changes: page.items.map((object) => ({ kind: "applied", object })),
      };
    } while (token !== undefined);
    yield* this.#finishList(resourceVersion);
  }

  *#finishList(resourceVersion: string): Generator<WatchEvent, void> {
    this.#isNewHistory = false;
    // A streamed list is the watch itself.
    this.#isResumed = this.#phase.by === "stream";
    this.#phase = { kind: "watching", by: this.#phase.by, resourceVersion };
    this.#succeeded();
    yield { kind: "reset-done", resourceVersion };
  }

  async *#watch(resourceVersion: string): AsyncGenerator<WatchEvent, void> {
    const { clock } = this.#options;
    if (this.#isResumed) await this.#checkHistory(resourceVersion);
    this.#isResumed = true;
    const startMs = clock.monotonicMs();
    for await (const batch of this.#open({ resourceVersion })) {
      if (batch.length === 0) yield { kind: "watching" };
      else yield* this.#tell(batch);
    }
    const hasMoved =
      this.#phase.kind === "watching" && this.#phase.resourceVersion !== resourceVersion;
    if (!hasMoved && clock.monotonicMs() - startMs < SHORT_WATCH_MS) {
      throw cutShort("as soon as it was opened");
    }
  }

  /**
   * A watch from a version that is yet to come is not refused: it stays open and tells nothing, until
   * a server that was wiped or restored from a backup has counted up to it.
   */
  async #checkHistory(resourceVersion: string): Promise<void> {
    const { transport, signal } = this.#options;
    const path = this.#path({ limit: 1 });
    const timeoutMs = OPEN_TIMEOUT_MS;
    const answer = await transport.request({ method: "GET", path, signal, timeoutMs });
    this.#checkOrder(resourceVersion, toObjectList(this.#selection.type, answer).resourceVersion);
  }

  /** Events of a watch, after its list. */
  *#tell(batch: readonly WireEvent[]): Generator<WatchEvent, void> {
    if (batch.length === 0) return;
    for (const { object } of batch) this.#advance(object.metadata.resourceVersion ?? "");
    this.#succeeded();
    const changes = toChanges(batch);
    if (changes.length > 0) yield { kind: "changed", changes };
    const { resourceVersion = "" } = batch.at(-1)?.object.metadata ?? {};
    yield { kind: "progress", resourceVersion };
  }

  /** A server that was restored from a backup counts from an earlier number: all we know is void. */
  #advance(resourceVersion: string): void {
    const phase = this.#phase;
    if (phase.kind !== "watching") return;
    this.#checkOrder(phase.resourceVersion, resourceVersion);
    this.#phase = { ...phase, resourceVersion };
  }

  /** @throws KubeError 410 when the server went back. */
  #checkOrder(before: string, now: string): void {
    if (!isOlderVersion(now, before)) return;
    this.#isNewHistory = true;
    throw new KubeError(
      `Cannot follow changes: the server went back from version ${before} to ${now}`,
      { status: 410, reason: "Expired" },
    );
  }

  #startReset(): WatchEvent {
    return { kind: "reset-started", ...(this.#isNewHistory && { isNewHistory: true }) };
  }

  #open(query: Readonly<Record<string, string | boolean>>) {
    const { transport, signal, clock, random } = this.#options;
    const path = this.#path({
      ...query,
      watch: true,
      allowWatchBookmarks: true,
      timeoutSeconds: Math.round(MIN_WATCH_SECONDS * (1 + random())),
    });
    const quietMs = MIN_SILENCE_MS + SILENCE_JITTER_MS * random();
    const silenceMs = () => (this.#phase.kind === "listing" ? LIST_SILENCE_MS : quietMs);
    return readWatch(transport, { path, signal, silenceMs, timeoutMs: OPEN_TIMEOUT_MS }, clock);
  }

  #path(query: Readonly<Record<string, string | number | boolean | undefined>>): string {
    const { type, namespace, labelSelector, fieldSelector } = this.#selection;
    const selectors = { labelSelector, fieldSelector };
    return withQuery(resourcePath(type, { namespace }), { ...selectors, ...query });
  }

  /** Milliseconds to wait before the next step; `undefined` when there is no reason to wait. */
  #recover(error: KubeError): number | undefined {
    const { next, pace } = afterFailure(this.#phase, error);
    this.#phase = next;
    if (pace === "now") return undefined;
    this.#attempts++;
    const delayMs = Math.max(this.#delays.next().value, error.retryAfterMs ?? 0);
    return pace === "slow" ? Math.max(delayMs, SLOW_RETRY_MS) : delayMs;
  }

  #succeeded(): void {
    if (this.#attempts === 0) return;
    this.#attempts = 0;
    this.#delays = this.#freshDelays();
  }

  #freshDelays(): Iterator<number, never> {
    const { random } = this.#options;
    return backoff({ initialMs: FIRST_RETRY_MS, maxMs: LAST_RETRY_MS, jitter: 0.5, random });
  }
}

function isInitialEnd({ type, object }: WireEvent): boolean {
  return type === "BOOKMARK" && object.metadata.annotations?.[INITIAL_END] === "true";
}

function toChanges(batch: readonly WireEvent[]): readonly Change[] {
  const changes: Change[] = [];
  for (const { type, object } of batch) {
    if (type === "BOOKMARK") continue;
    changes.push({ kind: type === "DELETED" ? "deleted" : "applied", object });
  }
  return changes;
}

function cutShort(when: string): KubeError {
  return new KubeError(`Cannot follow changes: the server ended the watch ${when}`, {
    status: 0,
    reason: "CutShort",
  });
}
