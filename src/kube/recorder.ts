/**
 * Says what happened where people look for it: Events beside the object. A courtesy, never a duty:
 * `record` returns at once and never throws, one request is in flight at a time, and what is too
 * much or cannot be written is dropped and counted. It gives way: what happens by itself is told at
 * once, but as long as things keep happening, the API server has better to do, for some seconds.
 *
 * Events that repeat become one whose `series` counts, written at most every half minute. An object
 * that never rests runs out of its own allowance before it uses up that of all others.
 */
import { hostname } from "node:os";
import type { KubeObject, ObjectMeta } from "../schema/object.ts";
import type { Clock } from "../std/clock.ts";
import { TimeHeap } from "../std/time-heap.ts";
import { TokenBucket, type TokenBucketOptions } from "../std/token-bucket.ts";
import type { Logger } from "../telemetry/log.ts";
import type { Counter, Metrics } from "../telemetry/metrics.ts";
import type { KubeClient } from "./client.ts";
import { isKubeError, isNotFound } from "./error.ts";
import {
  aboutKey,
  EVENT_RESOURCE,
  type EventRecord,
  isSameText,
  microTime,
  type Reporter,
  toEventObject,
} from "./event-object.ts";

export interface EventRecorder extends AsyncDisposable {
  record(record: EventRecord): void;
}

export interface EventRecorderOptions {
  readonly client: KubeClient;
  readonly clock: Clock;
  readonly log: Logger;
  readonly metrics: Metrics;
  readonly reporter?: Reporter;
  /** Uniform in [0, 1); for names that nobody else chose. */
  readonly random?: () => number;
  /** How long disposing waits for what is still to be written; 2 s unless given. */
  readonly drainMs?: number;
}

/** An event that was, or is about to be, written. */
interface Series {
  readonly record: EventRecord;
  readonly firstAt: number;
  lastAt: number;
  count: number;
  /** What the server has; absent before the first write. */
  written?: { readonly name: string; readonly namespace: string; readonly count: number };
  dueAtMs: number;
  /** Something else had just happened. */
  readonly givesWay: boolean;
  attempts: number;
}

const CONTROLLER = "orkestra.orkspace.io/ork";
const OBJECT_BURST = 25;
const OBJECT_PER_SECOND = 1 / 60;
const TOTAL_BURST = 50;
const TOTAL_PER_SECOND = 20;
const SERIES_PAUSE_MS = 30_000;
/** A repetition after this time is a new event. */
const SERIES_LIFETIME_MS = 10 * 60_000;
const MAX_SERIES = 2_000;
const SWEEP_PAUSE_MS = 5_000;
const MAX_ATTEMPTS = 3;
const RETRY_MS = 5_000;
/** Nothing was recorded for so long: whatever went on is over. */
const QUIET_MS = 100;
/** It is not over, and an event gives way no longer. */
const PATIENCE_MS = 5_000;
const DRAIN_MS = 2_000;

export function createEventRecorder(options: EventRecorderOptions): EventRecorder {
  return new MergingRecorder(options);
}

class MergingRecorder implements EventRecorder {
  readonly #options: EventRecorderOptions;
  /** The oldest first. */
  readonly #series = new Set<Series>();
  /** The same, by the object that they are about. */
  readonly #ofObject = new Map<string, Series[]>();
  /** Those of which something is still to be written, by when it may be. */
  readonly #open = new TimeHeap<Series, undefined>();
  readonly #allowances = new Map<string, TokenBucket>();
  readonly #allowance: TokenBucketOptions;
  readonly #reporter: Reporter;
  readonly #total: TokenBucket;
  readonly #recorded: Counter;
  readonly #dropped: Counter;
  readonly #stopping = new AbortController();
  #writing: Promise<void> | undefined;
  #resting: { readonly untilMs: number; wake(): void } | undefined;
  #isClosed = false;
  #sweptAtMs = Number.NEGATIVE_INFINITY;
  #recordedAtMs = Number.NEGATIVE_INFINITY;

  constructor(options: EventRecorderOptions) {
    this.#options = options;
    const { clock, reporter = { controller: CONTROLLER, instance: hostname() } } = options;
    this.#reporter = reporter;
    this.#allowance = { burst: OBJECT_BURST, perSecond: OBJECT_PER_SECOND, clock };
    this.#total = new TokenBucket({ burst: TOTAL_BURST, perSecond: TOTAL_PER_SECOND, clock });
    this.#recorded = options.metrics.counter({
      name: "orkestra_events_total",
      help: "Kubernetes Events by type and reason, those that were merged or dropped, too",
      labels: ["type", "reason"],
    });
    this.#dropped = options.metrics.counter({
      name: "orkestra_events_dropped_total",
      help: "Kubernetes Events that were not written, by reason",
      labels: ["reason"],
    });
  }

  record(record: EventRecord): void {
    if (this.#isClosed) return;
    const { clock } = this.#options;
    this.#recorded.add({ type: record.type, reason: record.reason });
    const same = this.#ofObject.get(aboutKey(record.object));
    const known = same?.find((series) => isSameText(series.record, record));
    if (known !== undefined && clock.now() - known.lastAt < SERIES_LIFETIME_MS) {
      known.count++;
      known.lastAt = clock.now();
      this.#start(known);
    } else if (!this.#isAllowed(record)) this.#dropped.add({ reason: "rate" });
    else if (this.#series.size >= MAX_SERIES && !this.#forgetOne()) {
      this.#dropped.add({ reason: "overflow" });
    } else {
      this.#forget(known);
      this.#start(this.#begin(record));
    }
  }

  #begin(record: EventRecord): Series {
    const { clock } = this.#options;
    const now = clock.now();
    const dueAtMs = clock.monotonicMs();
    const givesWay = dueAtMs < this.#recordedAtMs + QUIET_MS;
    const series: Series = {
      record: lean(record),
      firstAt: now,
      lastAt: now,
      count: 1,
      dueAtMs,
      givesWay,
      attempts: 0,
    };
    this.#series.add(series);
    const key = aboutKey(record.object);
    const same = this.#ofObject.get(key);
    if (same) same.push(series);
    else this.#ofObject.set(key, [series]);
    return series;
  }

  #forget(series: Series | undefined): void {
    if (series === undefined) return;
    this.#series.delete(series);
    this.#open.delete(series);
    const key = aboutKey(series.record.object);
    const others = this.#ofObject.get(key)?.filter((one) => one !== series) ?? [];
    if (others.length > 0) this.#ofObject.set(key, others);
    else this.#ofObject.delete(key);
  }

  #isAllowed({ object }: EventRecord): boolean {
    const key = object.metadata.uid ?? object.metadata.name;
    let bucket = this.#allowances.get(key);
    if (bucket === undefined) {
      if (this.#allowances.size >= MAX_SERIES) this.#forgetRested();
      bucket = new TokenBucket(this.#allowance);
      this.#allowances.set(key, bucket);
    }
    return bucket.tryTake();
  }

  /** Not at every event: with many objects at work, few of their allowances are whole again. */
  #forgetRested(): void {
    const nowMs = this.#options.clock.monotonicMs();
    if (nowMs - this.#sweptAtMs < SWEEP_PAUSE_MS) return;
    this.#sweptAtMs = nowMs;
    for (const [key, bucket] of this.#allowances) {
      if (bucket.isFull) this.#allowances.delete(key);
    }
  }

  /** Makes room by the oldest series that has nothing left to write. */
  #forgetOne(): boolean {
    if (this.#open.size === this.#series.size) return false;
    for (const series of this.#series) {
      if (this.#open.has(series)) continue;
      this.#forget(series);
      return true;
    }
    return false;
  }

  #start(series: Series): void {
    this.#open.add(series, series.dueAtMs, undefined);
    this.#recordedAtMs = this.#options.clock.monotonicMs();
    if (this.#writing === undefined) {
      this.#writing = this.#write().finally(() => {
        this.#writing = undefined;
      });
    } else if (this.#resting && this.#dueMs(series) < this.#resting.untilMs) this.#resting.wake();
  }

  /** When its turn may come at the earliest. */
  #dueMs({ dueAtMs, givesWay }: Series): number {
    const calmMs = givesWay ? Math.min(this.#recordedAtMs + QUIET_MS, dueAtMs + PATIENCE_MS) : 0;
    return Math.max(dueAtMs, calmMs, this.#options.clock.monotonicMs() + this.#total.waitMs);
  }

  /** Runs while there is something to write, now or later. */
  async #write(): Promise<void> {
    const { signal } = this.#stopping;
    // The caller is in the middle of something more important.
    await Promise.resolve();
    while (!signal.aborted) {
      const next = this.#open.earliest;
      if (next === undefined) return;
      const waitMs = this.#isClosed
        ? this.#total.waitMs
        : this.#dueMs(next) - this.#options.clock.monotonicMs();
      if (waitMs > 0) {
        await this.#rest(waitMs);
        continue;
      }
      this.#total.tryTake();
      await this.#send(next, signal);
    }
  }

  /** There is something to write, later. */
  #postpone(series: Series, delayMs: number): void {
    this.#open.delete(series);
    series.dueAtMs = this.#options.clock.monotonicMs() + delayMs;
    this.#open.add(series, series.dueAtMs, undefined);
  }

  /** Until the time has come, something else was recorded, or the end. */
  async #rest(waitMs: number): Promise<void> {
    const { clock } = this.#options;
    const untilMs = clock.monotonicMs() + waitMs;
    await new Promise<void>((resolve) => {
      const cancel = clock.schedule(waitMs, resolve);
      const wake = () => {
        cancel();
        resolve();
      };
      this.#resting = { untilMs, wake };
    });
    this.#resting = undefined;
  }

  async #send(series: Series, signal: AbortSignal): Promise<void> {
    const { log } = this.#options;
    const { count } = series;
    try {
      const { name, namespace = "default" } = (await this.#put(series, signal)).metadata;
      series.written = { name, namespace, count };
      series.attempts = 0;
      this.#postpone(series, SERIES_PAUSE_MS);
      if (series.count === count) this.#open.delete(series);
    } catch (error) {
      if (signal.aborted) return;
      if (++series.attempts < MAX_ATTEMPTS && isPassing(error)) {
        this.#postpone(series, RETRY_MS * series.attempts);
        return;
      }
      this.#forget(series);
      this.#dropped.add({ reason: "refused" });
      log.debug("Cannot write an event", { reason: series.record.reason, error });
    }
  }

  async #put(series: Series, signal: AbortSignal): Promise<KubeObject> {
    const { client } = this.#options;
    const { written } = series;
    if (written !== undefined) {
      const { name, namespace } = written;
      const patch = { series: seriesOf(series) };
      try {
        const reference = { type: EVENT_RESOURCE, namespace, name };
        return await client.patch(reference, patch, { patchType: "merge", signal });
      } catch (error) {
        // The server forgets events after an hour.
        if (!isNotFound(error)) throw error;
      }
    }
    return client.create(EVENT_RESOURCE, this.#toObject(series), { signal });
  }

  #toObject(series: Series): KubeObject {
    const { clock, random = Math.random } = this.#options;
    const chance = Math.floor(random() * 0x1_0000_0000).toString(16);
    const suffix = `${clock.now().toString(16)}${chance.padStart(8, "0")}`;
    const event = toEventObject(series.record, this.#reporter, { now: series.firstAt, suffix });
    return series.count > 1 ? { ...event, series: seriesOf(series) } : event;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isClosed = true;
    this.#resting?.wake();
    const { clock, drainMs = DRAIN_MS } = this.#options;
    const cancel = clock.schedule(drainMs, () => {
      this.#stopping.abort();
      this.#resting?.wake();
    });
    await this.#writing;
    cancel();
  }
}

/** Series live for minutes: they must not keep whole objects alive. */
function lean(record: EventRecord): EventRecord {
  const { related } = record;
  return {
    ...record,
    object: identityOf(record.object),
    ...(related && { related: identityOf(related) }),
  };
}

function identityOf({ apiVersion, kind, metadata: all }: KubeObject): KubeObject {
  const metadata: { -readonly [Name in keyof ObjectMeta]: ObjectMeta[Name] } = { name: all.name };
  if (all.namespace !== undefined) metadata.namespace = all.namespace;
  if (all.uid !== undefined) metadata.uid = all.uid;
  if (all.resourceVersion !== undefined) metadata.resourceVersion = all.resourceVersion;
  return { apiVersion, kind, metadata };
}

function seriesOf({ count, lastAt }: Series) {
  return { count, lastObservedTime: microTime(lastAt) };
}

/** Whether another attempt may end differently; a namespace on its way out, or no rights, will not. */
function isPassing(error: unknown): boolean {
  return isKubeError(error) && (error.status === 0 || error.status === 429 || error.status >= 500);
}
