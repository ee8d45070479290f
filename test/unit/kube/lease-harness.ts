/**
 * Several electors over one Lease in memory. Each has a clock of its own that can be stopped, as SIGSTOP
 * stops a process: its timers and the answers that came meanwhile wait until it goes on, and then time has
 * gone by all the same.
 */
import type { KubeClient } from "../../../src/kube/client.ts";
import { KubeError } from "../../../src/kube/error.ts";
import type { Candidate } from "../../../src/kube/lease.ts";
import { type ElectionEvent, Elector } from "../../../src/kube/lease-elector.ts";
import { LeaseFence } from "../../../src/kube/lease-fence.ts";
import type { KubeObject } from "../../../src/schema/object.ts";
import type { Clock } from "../../../src/std/clock.ts";
import type { ManualClock } from "../../support/manual-clock.ts";

export const PLACE = { namespace: "ops", name: "orkestra-konductor" };

export function candidate(identity: string, over: Partial<Candidate> = {}): Candidate {
  return { identity, durationMs: 15_000, katalog: "demo", configDigest: "sha256:a", ...over };
}

/** The one object that the API server of these tests holds. */
export class LeaseServer {
  lease: KubeObject | undefined;
  #version = 0;
  #watchers = new Set<() => void>();

  write(object: KubeObject, isCreate: boolean): KubeObject {
    const { resourceVersion } = object.metadata;
    if (isCreate && this.lease) throw refusal(409, "AlreadyExists");
    if (!isCreate && !this.lease) throw refusal(404, "NotFound");
    if (!isCreate && resourceVersion !== this.lease?.metadata.resourceVersion) {
      throw refusal(409, "Conflict");
    }
    const metadata = { ...object.metadata, uid: "u", resourceVersion: String(++this.#version) };
    this.lease = { ...object, metadata };
    for (const tell of this.#watchers) tell();
    return this.lease;
  }

  read(): KubeObject {
    if (!this.lease) throw refusal(404, "NotFound");
    return this.lease;
  }

  watch(tell: () => void, signal: AbortSignal): Promise<void> {
    this.#watchers.add(tell);
    return new Promise((resolve) => {
      signal.addEventListener("abort", () => {
        this.#watchers.delete(tell);
        resolve();
      });
    });
  }
}

export function refusal(status: number, reason: string): KubeError {
  return new KubeError(`injected: ${reason}`, { status, reason });
}

export interface Wire {
  /** How long a request is under way, and how long its answer. */
  delayMs(): number;
  /** The request is lost before, or its answer after it took effect. */
  fault(): "none" | "request" | "answer";
}

const PROMPT: Wire = { delayMs: () => 0, fault: () => "none" };

export class Replica {
  readonly candidate: Candidate;
  readonly events: ElectionEvent[] = [];
  readonly fence: LeaseFence;
  readonly elector: Elector;
  wire: Wire = PROMPT;
  readonly #clock: ManualClock;
  #isStopped = false;
  #waiting: (() => void)[] = [];

  constructor(
    server: LeaseServer,
    clock: ManualClock,
    options: { readonly candidate: Candidate; readonly canWatch?: boolean },
  ) {
    this.candidate = options.candidate;
    this.#clock = clock;
    const own: Clock = {
      now: clock.now,
      monotonicMs: clock.monotonicMs,
      schedule: (delayMs, run) => this.#schedule(delayMs, run),
    };
    this.fence = new LeaseFence(own);
    this.elector = new Elector({
      client: this.#client(server),
      place: PLACE,
      candidate: this.candidate,
      renewDeadlineMs: 10_000,
      retryMs: 2_000,
      fence: this.fence,
      clock: own,
      random: () => 0.5,
      ...(options.canWatch && {
        follow: (tell, signal) => server.watch(() => this.#schedule(0, tell), signal),
      }),
      on: (event) => void this.events.push(event),
    });
  }

  get isLeading(): boolean {
    return this.elector.term !== undefined;
  }

  get kinds(): readonly string[] {
    return this.events.map(({ kind }) => kind).filter((kind) => kind !== "seen");
  }

  stop(): void {
    this.#isStopped = true;
  }

  resume(): void {
    this.#isStopped = false;
    for (const run of this.#waiting.splice(0)) run();
  }

  #schedule(delayMs: number, run: () => void): () => void {
    let isCancelled = false;
    const cancel = this.#clock.schedule(delayMs, () => {
      const unlessCancelled = () => {
        if (!isCancelled) run();
      };
      if (this.#isStopped) this.#waiting.push(unlessCancelled);
      else unlessCancelled();
    });
    return () => {
      isCancelled = true;
      cancel();
    };
  }

  #client(server: LeaseServer): Pick<KubeClient, "get" | "create" | "replace"> {
    return {
      get: (_, options) => this.#send(() => server.read(), options?.signal),
      create: (_, object, options) => this.#send(() => server.write(object, true), options?.signal),
      replace: (_, object, options) =>
        this.#send(() => server.write(object, false), options?.signal),
    };
  }

  /** The server does not stop when the process does: only the way back waits. */
  #send(act: () => KubeObject, signal: AbortSignal | undefined): Promise<KubeObject> {
    const fault = this.wire.fault();
    const promise = new Promise<KubeObject>((resolve, reject) => {
      signal?.addEventListener("abort", () => reject(signal.reason), { once: true });
      const lost = () => this.#schedule(5_000, () => reject(refusal(0, "Timeout")));
      if (fault === "request") return void lost();
      this.#clock.schedule(this.wire.delayMs(), () => {
        let answer: () => void;
        try {
          const stored = act();
          answer = () => resolve(stored);
        } catch (error) {
          answer = () => reject(error);
        }
        if (fault === "answer") lost();
        else this.#schedule(this.wire.delayMs(), answer);
      });
    });
    return promise;
  }
}

/** Lets promises that are due run, as often as a turn of an elector has steps. */
export async function settle(): Promise<void> {
  for (let turn = 0; turn < 20; turn++) await Promise.resolve();
}

/** Moves time on in small steps, so that each timer finds the promises before it settled. */
export async function pass(clock: ManualClock, ms: number, stepMs = 100): Promise<void> {
  for (let leftMs = ms; leftMs > 0; leftMs -= stepMs) {
    clock.advance(Math.min(stepMs, leftMs));
    await settle();
  }
}
