/**
 * Elects a leader among replicas by a Lease: takes it when it is free, renews it while it leads, gives it
 * back at the end.
 *
 *     look ──free──▶ take ──▶ lead ──renewed──▶ lead
 *      ▲ ▲ held       │409      │ the deadline is over, or another one holds it
 *      │ └────────────┘         ▼
 *      └───────────────── the term is aborted
 *
 * Guarantees: at most one candidate leads, as long as clocks run at about the same rate; a term has ended
 * before its fence would refuse a write; every write of the Lease names the version that it was read at.
 * Never throws: what goes wrong is told, and tried again. Rules: `lease.ts`. Semantics: client-go's
 * `tools/leaderelection`, except that a process that lost goes on as a standby, and that a standby looks as
 * soon as the server tells of a change.
 */
import type { KubeObject } from "../schema/object.ts";
import type { Clock } from "../std/clock.ts";
import { sleep } from "../std/sleep.ts";
import type { KubeClient } from "./client.ts";
import { isConflict, isNotFound } from "./error.ts";
import {
  type Candidate,
  decideLease,
  heldLease,
  LEASE_RESOURCE,
  type LeasePlace,
  type LeaseRecord,
  readLease,
  releasedLease,
} from "./lease.ts";
import { elapsedSince, type LeaseFence, stampNow } from "./lease-fence.ts";

export interface ElectorOptions {
  /** Its own one, past the fence, and not behind the requests of others. */
  readonly client: Pick<KubeClient, "get" | "create" | "replace">;
  readonly place: LeasePlace;
  readonly candidate: Candidate;
  /** Less than the candidate's `durationMs`. */
  readonly renewDeadlineMs: number;
  readonly retryMs: number;
  readonly fence: LeaseFence;
  readonly clock: Clock;
  /** Uniform in [0, 1). */
  readonly random: () => number;
  /** Calls `onChange` when the server tells of the Lease, until aborted or as long as it can. */
  follow?(onChange: () => void, signal: AbortSignal): Promise<void>;
  on(event: ElectionEvent): void;
}

export type ElectionEvent =
  | { readonly kind: "won"; readonly lease: KubeObject }
  | { readonly kind: "lost"; readonly reason: string }
  /** The Lease is another one than at the last look. */
  | { readonly kind: "seen"; readonly lease: KubeObject; readonly record: LeaseRecord }
  | { readonly kind: "failed"; readonly error: unknown };

/** Standbys spread their looks over this share of `retryMs`, as client-go does. */
const JITTER = 1.2;
/** A watch that could not be opened, for want of a right to it, is left alone for so long. */
const DEAF_MS = 60_000;
/** How long the last renewal under way, and then the release, may hold up a stop. */
const RELEASE_MS = 2_000;

export class Elector implements AsyncDisposable {
  readonly #options: ElectorOptions;
  readonly #stopping = new AbortController();
  readonly #firstTurn = Promise.withResolvers<void>();
  #running: Promise<void> | undefined;
  #seen: { readonly lease: KubeObject | undefined; readonly sinceMs: number } | undefined;
  #term: AbortController | undefined;
  #cancelDeadline = () => {};
  #following: AbortController | undefined;
  #followFromMs = 0;
  #wake = () => {};
  #isClosing = false;
  /** Something happened since the last look began. */
  #isDue = false;

  constructor(options: ElectorOptions) {
    this.#options = options;
    options.fence.onExpired = () => this.#lose("its renew deadline went by");
  }

  /** Begins. Resolves after the first look, whatever it found. */
  start(): Promise<void> {
    this.#running ??= this.#run();
    return this.#firstTurn.promise;
  }

  /** Aborted when the term ends; `undefined` while another one leads. */
  get term(): AbortSignal | undefined {
    return this.#term?.signal;
  }

  get record(): LeaseRecord | undefined {
    return this.#seen?.lease && readLease(this.#seen.lease);
  }

  async #run(): Promise<void> {
    const { signal } = this.#stopping;
    while (!signal.aborted) {
      let waitMs = this.#retryMs();
      this.#isDue = false;
      try {
        waitMs = Math.min(waitMs, await this.#turn());
      } catch (error) {
        if (!signal.aborted) this.#options.on({ kind: "failed", error });
      }
      this.#firstTurn.resolve();
      if (signal.aborted) return;
      if (this.#term === undefined) this.#follow();
      await this.#rest(waitMs);
    }
  }

  #retryMs(): number {
    const { retryMs, random } = this.#options;
    return this.#term ? retryMs : retryMs * (1 + JITTER * random());
  }

  /** One look, or one renewal. Milliseconds after which the next one is due at the latest. */
  async #turn(): Promise<number> {
    const { client, place, candidate, retryMs, clock } = this.#options;
    const known = this.#seen?.lease;
    if (this.#term && known && (await this.#renewed(known))) return retryMs;
    const { signal } = this.#stopping;
    const reference = { type: LEASE_RESOURCE, ...place };
    const lease = await client.get(reference, { signal }).catch((error: unknown) => {
      if (!isNotFound(error)) throw error;
      return undefined;
    });
    this.#see(lease);
    // By the clock that cannot be set: a standby must not take its own wall clock's word for it.
    const quietMs = clock.monotonicMs() - (this.#seen?.sinceMs ?? 0);
    const observation = { record: lease && readLease(lease), quietMs, nowMs: clock.now() };
    const decision = decideLease(observation, { candidate, retryMs });
    if (decision.kind === "take") {
      await this.#hold(lease);
      return this.#retryMs();
    }
    this.#lose(`another replica holds the lease: ${observation.record?.holder || "nobody"}`);
    return decision.forMs;
  }

  /** The short way: nobody else writes the Lease of a leader. False when somebody did. */
  async #renewed(known: KubeObject): Promise<boolean> {
    try {
      await this.#hold(known);
      return true;
    } catch (error) {
      if (isConflict(error) || isNotFound(error)) return false;
      throw error;
    }
  }

  async #hold(base: KubeObject | undefined): Promise<void> {
    const { client, place, candidate, renewDeadlineMs, fence, clock } = this.#options;
    const { signal } = this.#stopping;
    // The term is as long as it can be shown to be: from before the request went out.
    const sent = stampNow(clock);
    const wanted = heldLease(base, candidate, { place, nowMs: clock.now() });
    const stored = base
      ? await client.replace(LEASE_RESOURCE, wanted, { signal })
      : await client.create(LEASE_RESOURCE, wanted, { signal });
    this.#see(stored);
    const leftMs = renewDeadlineMs - elapsedSince(sent, clock);
    // Came too late to be of use. A release under way must not be undone either.
    if (leftMs <= 0 || signal.aborted) return;
    fence.open(sent, renewDeadlineMs);
    this.#armDeadline(leftMs);
    if (this.#term) return;
    this.#term = new AbortController();
    this.#following?.abort();
    this.#options.on({ kind: "won", lease: stored });
  }

  #armDeadline(leftMs: number): void {
    this.#cancelDeadline();
    this.#cancelDeadline = this.#options.clock.schedule(leftMs, () => {
      this.#lose("the lease was not renewed before its deadline");
    });
  }

  #lose(reason: string): void {
    const term = this.#term;
    if (term === undefined) return;
    this.#term = undefined;
    this.#cancelDeadline();
    this.#options.fence.close();
    term.abort(new Error(`The leadership is lost: ${reason}`));
    if (this.#isClosing) return;
    this.#options.on({ kind: "lost", reason });
    this.#look();
  }

  /** Only what changes counts as a sign of life of its holder. */
  #see(lease: KubeObject | undefined): void {
    const known = this.#seen?.lease?.metadata;
    const isSame =
      this.#seen !== undefined &&
      known?.uid === lease?.metadata.uid &&
      known?.resourceVersion === lease?.metadata.resourceVersion;
    if (isSame) return;
    this.#seen = { lease, sinceMs: this.#options.clock.monotonicMs() };
    if (lease) this.#options.on({ kind: "seen", lease, record: readLease(lease) });
  }

  /** As long as a standby can, it learns of a release when it happens, and not at its next look. */
  #follow(): void {
    const { follow } = this.#options;
    const nowMs = this.#options.clock.monotonicMs();
    if (!follow || nowMs < this.#followFromMs) return;
    if (this.#following?.signal.aborted === false) return;
    const following = new AbortController();
    this.#following = following;
    let hasHeard = false;
    const onChange = () => {
      hasHeard = true;
      this.#look();
    };
    const signal = AbortSignal.any([following.signal, this.#stopping.signal]);
    void follow(onChange, signal).finally(() => {
      following.abort();
      if (!hasHeard) this.#followFromMs = nowMs + DEAF_MS;
    });
  }

  /** At once, or as soon as the look under way is done: it may have been too early. */
  #look(): void {
    this.#isDue = true;
    this.#wake();
  }

  async #rest(waitMs: number): Promise<void> {
    if (this.#isDue) return;
    const waking = new AbortController();
    this.#wake = () => waking.abort();
    const signal = AbortSignal.any([waking.signal, this.#stopping.signal]);
    const { clock } = this.#options;
    await sleep(waitMs, { clock, signal }).catch(() => undefined);
    this.#wake = () => {};
  }

  /** Ends the term and gives the Lease back, so that the next one need not wait. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#isClosing = true;
    this.#lose("this process stops");
    const { clock } = this.#options;
    const late = new AbortController();
    const cancel = clock.schedule(RELEASE_MS, () => late.abort());
    this.#stopping.abort(new Error("The election is stopping"));
    await this.#running;
    await this.#release(late.signal).catch(() => undefined);
    cancel();
  }

  /** The renewal that was cut off by the stop may have taken effect; then a second look is due. */
  async #release(signal: AbortSignal): Promise<void> {
    const { client, place, candidate, clock } = this.#options;
    let lease = this.#seen?.lease;
    for (let attempt = 0; attempt < 2; attempt++) {
      if (!lease || readLease(lease).holder !== candidate.identity) return;
      try {
        await client.replace(LEASE_RESOURCE, releasedLease(lease, clock.now()), { signal });
        return;
      } catch (error) {
        if (!isConflict(error)) throw error;
        lease = await client.get({ type: LEASE_RESOURCE, ...place }, { signal });
      }
    }
  }
}
