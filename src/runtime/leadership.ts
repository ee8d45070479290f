/**
 * Whether this process works, or stands by while another replica does. Boxes ask for a *term*: a signal
 * that is aborted when the leadership is lost.
 *
 * Guarantees: a change of hands is told in log, metric and Event; so is a leader whose configuration is
 * another one than ours, once for each leader. Says nothing else.
 */
import { isKubeError } from "../kube/error.ts";
import type { EventRecord } from "../kube/event-object.ts";
import type { Candidate, LeasePlace, LeaseRecord } from "../kube/lease.ts";
import type { ElectionEvent } from "../kube/lease-elector.ts";
import type { KubeObject } from "../schema/object.ts";
import type { Bell } from "../std/bell.ts";
import { causes, type Logger } from "../telemetry/log.ts";
import type { Metrics } from "../telemetry/metrics.ts";

export interface Leadership {
  /** Absent: there is no election, and this process works alone. */
  readonly election?: ElectionView;
  /** While this process may work: aborted when it may no more. */
  readonly term: AbortSignal | undefined;
  /** Rings when a term begins. */
  readonly changed: Pick<Bell, "wait">;
}

/** What the windows show of the election. */
export interface ElectionView {
  readonly place: LeasePlace;
  readonly identity: string;
  readonly isLeading: boolean;
  /** Whether the Lease was ever seen: who may not look at it will never lead. */
  readonly hasLooked: boolean;
  /** Milliseconds since the Unix epoch. */
  readonly leadingSinceMs?: number;
  /** Empty: nobody leads. */
  readonly holder: string;
  readonly holderDigest?: string;
  readonly transitions: number;
  /** Why the Lease cannot be read or written, while that is so. */
  readonly trouble?: string;
}

const FOREVER = new AbortController().signal;

/** A process that works from start to end: no election. */
export const alone: Leadership = { term: FOREVER, changed: { wait: () => new Promise(() => {}) } };

/** Resolves with the term once this process may work; rejects when `signal` is aborted before. */
export async function untilLeading(
  leadership: Leadership,
  signal: AbortSignal,
): Promise<AbortSignal> {
  for (;;) {
    signal.throwIfAborted();
    const { term } = leadership;
    if (term?.aborted === false) return term;
    await leadership.changed.wait(signal);
  }
}

export interface ElectedOptions {
  readonly place: LeasePlace;
  readonly candidate: Candidate;
  /** As the elector knows it. */
  readonly current: () => {
    readonly term: AbortSignal | undefined;
    readonly record: LeaseRecord | undefined;
  };
  readonly changed: Bell;
  readonly log: Logger;
  readonly metrics: Metrics;
  readonly now: () => number;
  /** An Event about the Lease, from a standby. */
  emit(event: EventRecord): void;
  /** The same from the leader; not sent once it is deposed. */
  emitAsLeader(event: EventRecord): void;
}

export interface Elected extends Leadership {
  readonly election: ElectionView;
  /** Tells what the elector found. */
  on(event: ElectionEvent): void;
}

export function followElection(options: ElectedOptions): Elected {
  return new ElectedLeadership(options);
}

class ElectedLeadership implements Elected {
  readonly #options: ElectedOptions;
  #leadingSinceMs: number | undefined;
  #trouble: string | undefined;
  #hasLooked = false;
  /** The holder whose other configuration was told. */
  #told = "";

  constructor(options: ElectedOptions) {
    this.#options = options;
    exposeElection(this, options);
  }

  get term(): AbortSignal | undefined {
    return this.#options.current().term;
  }

  get changed(): Bell {
    return this.#options.changed;
  }

  get election(): ElectionView {
    const { place, candidate, current } = this.#options;
    const { record, term } = current();
    const sinceMs = this.#leadingSinceMs;
    return {
      place,
      identity: candidate.identity,
      isLeading: term !== undefined,
      hasLooked: this.#hasLooked,
      ...(sinceMs !== undefined && { leadingSinceMs: sinceMs }),
      holder: record?.holder ?? "",
      ...(record?.configDigest !== undefined && { holderDigest: record.configDigest }),
      transitions: record?.transitions ?? 0,
      ...(this.#trouble !== undefined && { trouble: this.#trouble }),
    };
  }

  on(event: ElectionEvent): void {
    const { log, candidate, now } = this.#options;
    const { identity } = candidate;
    switch (event.kind) {
      case "won":
        this.#leadingSinceMs = now();
        this.#trouble = undefined;
        log.info("Leading", { lease: this.#leaseName, identity });
        this.#emit(event.lease, "LeaderElection", `${identity} became the leader`);
        break;
      case "lost":
        this.#leadingSinceMs = undefined;
        log.warn("Not leading any more, standing by", { reason: event.reason, identity });
        break;
      case "seen":
        this.#trouble = undefined;
        this.#hasLooked = true;
        this.#compare(event.lease, event.record);
        break;
      case "failed":
        this.#complain(event.error);
        break;
      default:
        event satisfies never;
    }
    this.#options.changed.ring();
  }

  get #leaseName(): string {
    const { namespace, name } = this.#options.place;
    return `${namespace}/${name}`;
  }

  /** Once for each holder: a standby, or a leader whose Lease belongs to another Katalog. */
  #compare(lease: KubeObject, { holder, katalog, configDigest }: LeaseRecord): void {
    const { candidate, log } = this.#options;
    const isForeign = katalog !== undefined && katalog !== candidate.katalog;
    const isOther = configDigest !== undefined && configDigest !== candidate.configDigest;
    if (holder === "" || holder === candidate.identity || !(isForeign || isOther)) {
      this.#told = "";
      return;
    }
    if (this.#told === holder) return;
    this.#told = holder;
    const fields = { lease: this.#leaseName, holder, leaderDigest: configDigest };
    if (isForeign) {
      const message = `The lease is held for the Katalog "${katalog}", this process serves "${candidate.katalog}": give each its own with --lease-name`;
      log.error(message, fields);
      this.#emit(lease, "LeaseOfAnotherKatalog", `${candidate.identity}: ${message}`);
      return;
    }
    const message = "The leader runs another configuration, standing by until it ends";
    log.warn(message, { ...fields, digest: candidate.configDigest });
    this.#emit(
      lease,
      "ConfigDigestDiffers",
      `${candidate.identity} with the configuration ${candidate.configDigest} stands by: the leader ${holder} runs ${configDigest}`,
    );
  }

  #emit(
    object: KubeObject,
    reason: "LeaderElection" | "LeaseOfAnotherKatalog" | "ConfigDigestDiffers",
    message: string,
  ): void {
    const { emit, emitAsLeader } = this.#options;
    if (reason === "LeaderElection") emitAsLeader({ object, type: "Normal", reason, message });
    else emit({ object, type: "Warning", reason, message });
  }

  #complain(error: unknown): void {
    const reason = causes(error).join(": ");
    const isNews = this.#trouble !== reason;
    this.#trouble = reason;
    const write = isNews ? this.#options.log.warn : this.#options.log.debug;
    const hint = isMissingNamespace(error) ? hintOf(this.#options.place) : {};
    write(`Cannot hold or read the Lease "${this.#leaseName}"`, { reason, ...hint });
  }
}

/** What the server answers to a create in a namespace that is not there: the thing not found is not the Lease. */
function isMissingNamespace(error: unknown): boolean {
  return isKubeError(error) && error.status === 404 && error.details?.["kind"] === "namespaces";
}

function hintOf({ namespace }: LeasePlace): { readonly hint: string } {
  return {
    hint: `create the namespace "${namespace}", or name another one with --lease-namespace`,
  };
}

/** `leader_election_master_status` is client-go's name, which dashboards know. */
function exposeElection(leadership: Elected, { place, candidate, metrics }: ElectedOptions): void {
  const status = {
    name: "leader_election_master_status",
    help: "1 while this process leads, by the name of the lease",
    labels: ["name"],
  };
  metrics.onScrape(status, () => [
    { labels: { name: place.name }, value: leadership.election.isLeading ? 1 : 0 },
  ]);
  const differs = {
    name: "orkestra_leader_config_differs",
    help: "1 while the leader runs another configuration than this process",
    labels: ["name"],
  };
  metrics.onScrape(differs, () => {
    const { holder, holderDigest = candidate.configDigest } = leadership.election;
    const value = holder !== "" && holderDigest !== candidate.configDigest ? 1 : 0;
    return [{ labels: { name: place.name }, value }];
  });
}
