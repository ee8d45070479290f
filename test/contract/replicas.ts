/**
 * Replicas of one Katalog, each behind a fault proxy of its own, and the record of what they sent when.
 *
 * The record is the judge. A write is a *deposed* leader's when it set out after the replica's own renew
 * deadline, counted from its last renewal that took effect; or after another replica had taken the lease.
 * What was under way before that is counted apart.
 */
import { cp, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { FaultProxy } from "../support/fault-proxy.ts";
import { type KubeRequest, matchesRequest, WRITES } from "../support/fault-proxy-request.ts";
import { OrkProcess } from "../support/ork-process.ts";
import { SEED, type Stage } from "./stage.ts";

/** All in milliseconds. */
export interface LeaseTimes {
  readonly durationMs: number;
  readonly renewDeadlineMs: number;
  readonly retryMs: number;
}

interface Sent {
  readonly replica: number;
  /** When it was seen; it may have been sent at any time since `earliestMs`. */
  readonly atMs: number;
  readonly earliestMs: number;
  readonly request: KubeRequest;
}

interface Renewal {
  readonly replica: number;
  /** When it came in, and when it had taken effect. */
  readonly atMs: number;
  readonly doneMs: number;
}

/** From the process to the record, while the record is not held up. */
const ON_ITS_WAY_MS = 25;

/**
 * The proxies live in this process, which a busy machine holds up now and then: a request then lies in its
 * socket, and is seen late. So each is taken to have come since the second last beat.
 */
class Beats implements Disposable {
  readonly #timer = setInterval(() => this.#beat(), 5);
  #lastMs = performance.now();
  #secondLastMs = this.#lastMs;

  get secondLastMs(): number {
    return this.#secondLastMs;
  }

  #beat(): void {
    this.#secondLastMs = this.#lastMs;
    this.#lastMs = performance.now();
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
  }
}

export class Replicas implements AsyncDisposable {
  readonly #stage: Stage;
  readonly #times: LeaseTimes;
  readonly #all: Replica[] = [];
  readonly #writes: Sent[] = [];
  readonly #renewals: Renewal[] = [];
  readonly #beats = new Beats();
  readonly #notes: { readonly atMs: number; readonly text: string }[] = [];
  readonly #resumes: { readonly replica: number; readonly atMs: number }[] = [];

  constructor(stage: Stage, times: LeaseTimes) {
    this.#stage = stage;
    this.#times = times;
  }

  /** Does not start it yet. `entry` may change what it is given: another configuration. */
  async add(
    options: { readonly entry?: (folder: string) => Promise<void> } = {},
  ): Promise<Replica> {
    const folder = await mkdtemp(join(tmpdir(), "orkestra-replica-"));
    const entry = join(folder, "entry");
    await cp(this.#stage.entryFolder, entry, { recursive: true });
    await options.entry?.(entry);
    const { server, ca } = this.#stage.cluster;
    const credential = this.#stage.cluster.credential("operator");
    const proxy = await FaultProxy.start({ server, ca, credential, folder, seed: SEED });
    const replica = this.#all.length;
    proxy.onArrival = (request, atMs) => {
      const isOwn = matchesRequest(request, { verb: WRITES, except: ["leases"] });
      const earliestMs = Math.min(atMs, this.#beats.secondLastMs);
      if (isOwn) this.#writes.push({ replica, atMs, earliestMs, request });
    };
    const one = new Replica({ proxy, folder, entry, flags: this.#flags() });
    this.#all.push(one);
    return one;
  }

  #flags(): readonly string[] {
    const { durationMs, renewDeadlineMs, retryMs } = this.#times;
    return [
      "--leader-elect",
      ...["--lease-namespace", this.#stage.namespace],
      ...["--lease-duration", `${durationMs}ms`],
      ...["--renew-deadline", `${renewDeadlineMs}ms`],
      ...["--retry-period", `${retryMs}ms`],
    ];
  }

  /** Reads what the proxies have passed on since the last time. */
  #readRenewals(): void {
    for (const [replica, { proxy }] of this.#all.entries()) {
      for (const passed of proxy.takePassed()) {
        const isHold = passed.resource === "leases" && WRITES.includes(passed.verb);
        if (!isHold || passed.status > 299) continue;
        this.#renewals.push({ replica, atMs: passed.startMs, doneMs: passed.endMs });
      }
    }
    this.#renewals.sort((left, right) => left.doneMs - right.doneMs);
  }

  /** The first time after `sinceMs` that a replica took or renewed the lease; `undefined`: not yet. */
  firstHold(replica: Replica, sinceMs: number): number | undefined {
    this.#readRenewals();
    const index = this.#all.indexOf(replica);
    return this.#renewals.find((one) => one.replica === index && one.doneMs > sinceMs)?.doneMs;
  }

  firstWrite(replica: Replica, sinceMs: number): number | undefined {
    const index = this.#all.indexOf(replica);
    return this.#writes.find((one) => one.replica === index && one.atMs >= sinceMs)?.atMs;
  }

  get writeCount(): number {
    return this.#writes.length;
  }

  /** Writes that no leader may have sent, in words; empty when all is as it must be. */
  violations(): readonly string[] {
    this.#readRenewals();
    return this.#writes.flatMap(({ replica, atMs, earliestMs, request }) => {
      const own = this.#renewals.findLast((one) => one.replica === replica && one.atMs <= atMs);
      const holder = this.#renewals.findLast(({ doneMs }) => doneMs <= earliestMs - ON_ITS_WAY_MS);
      const what = `replica ${replica} sent ${request.method} ${request.url}${this.#after(atMs)}`;
      if (own === undefined) return [`${what}, and never held the lease`];
      const lateMs = earliestMs - own.atMs - this.#times.renewDeadlineMs;
      if (lateMs > ON_ITS_WAY_MS && this.#wasStoppedAt({ replica, atMs })) return [];
      if (lateMs > ON_ITS_WAY_MS) return [`${what}, ${Math.round(lateMs)} ms after its deadline`];
      if (holder === undefined || holder.replica === replica || own.atMs > holder.doneMs) return [];
      return [`${what}, while replica ${holder.replica} held the lease`];
    });
  }

  /** Writes that were seen when another replica held the lease already: under way, unless they are violations. */
  get lateCount(): number {
    this.#readRenewals();
    return this.#writes.filter(({ replica, atMs }) => {
      const holder = this.#renewals.findLast(({ doneMs }) => doneMs <= atMs);
      return holder !== undefined && holder.replica !== replica;
    }).length;
  }

  /** A replica that was stopped goes on. */
  noteResume(replica: Replica): void {
    this.#resumes.push({ replica: this.#all.indexOf(replica), atMs: performance.now() });
  }

  /**
   * Whether the process was stopped at this very request: it had passed the fence and was not in the kernel yet. The
   * thread does one thing at a time, so that can be the first request after the stop, and no other.
   */
  #wasStoppedAt({ replica, atMs }: Pick<Sent, "replica" | "atMs">): boolean {
    const resume = this.#resumes.findLast((one) => one.replica === replica && one.atMs <= atMs);
    if (resume === undefined || atMs - resume.atMs > ON_ITS_WAY_MS) return false;
    const first = this.#writes.find((one) => one.replica === replica && one.atMs >= resume.atMs);
    return first?.atMs === atMs;
  }

  /** What the test does, for whoever reads of a violation. */
  note(text: string): void {
    this.#notes.push({ atMs: performance.now(), text });
  }

  #after(nowMs: number): string {
    const last = this.#notes.findLast(({ atMs }) => atMs <= nowMs);
    return last ? ` ${Math.round(nowMs - last.atMs)} ms after "${last.text}"` : "";
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#beats[Symbol.dispose]();
    for (const replica of this.#all) await replica[Symbol.asyncDispose]();
  }
}

interface ReplicaParts {
  readonly proxy: FaultProxy;
  readonly folder: string;
  readonly entry: string;
  readonly flags: readonly string[];
}

export class Replica implements AsyncDisposable {
  readonly proxy: FaultProxy;
  readonly #parts: ReplicaParts;
  #ork: OrkProcess | undefined;

  constructor(parts: ReplicaParts) {
    this.#parts = parts;
    this.proxy = parts.proxy;
  }

  get ork(): OrkProcess {
    if (this.#ork === undefined) throw new Error("Cannot use a replica that does not run");
    return this.#ork;
  }

  async start(): Promise<void> {
    const { proxy, entry, flags } = this.#parts;
    const args = ["-f", entry, "--kubeconfig", proxy.kubeconfig(), ...flags];
    this.#ork = await OrkProcess.serve(["--log-format", "json", ...args], {
      lifeMs: 3 * 3_600_000,
    });
  }

  /** `leading`, `standby`; `undefined` while it does not answer. */
  async state(): Promise<string | undefined> {
    const asked = this.#ork?.view<{ leaderElection?: string }>("/health");
    return (await asked?.catch(() => undefined))?.body.leaderElection;
  }

  async kill(): Promise<void> {
    this.ork.signal("SIGKILL");
    await this.ork.ended();
    this.#ork = undefined;
  }

  /** Nothing of it reaches the server any more, and nothing of the server reaches it. */
  cutOff(): void {
    // Of several faults the first one counts.
    this.proxy.heal();
    const act = { kind: "silence" } as const;
    this.proxy.arm({ kind: "request", match: {}, act, times: Number.POSITIVE_INFINITY });
    this.proxy.resetStreams();
  }

  heal(): void {
    this.proxy.heal();
    this.proxy.resetSilent();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#ork !== undefined) {
      this.#ork.signal("SIGCONT");
      await this.kill();
    }
    await this.proxy[Symbol.asyncDispose]();
    await rm(this.#parts.folder, { recursive: true, force: true });
  }
}
