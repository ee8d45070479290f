/**
 * Faults as data: what goes wrong, at which request or watch event, how often. A plan is a list of
 * them; together with a seed it says everything about a run.
 */
import { type KubeRequest, matchesRequest, type RequestMatch } from "./fault-proxy-request.ts";

/** Which of the matching ones: by count, or by lot. */
export interface Turn {
  /** The first one that is hit, from 1. Default 1. */
  readonly nth?: number;
  /** How many are hit from there on. Default 1; `Infinity` for all. */
  readonly times?: number;
  /** Each one is hit with this probability only. Default 1. */
  readonly chance?: number;
}

/**
 * `before`: the server never hears of it. `committed`: it took effect and nobody learns of it.
 * `answered`: the answer has gone out.
 */
export type Moment = "before" | "committed" | "answered";

export interface RequestFault extends Turn {
  readonly kind: "request";
  readonly match: RequestMatch;
  readonly at?: Moment;
  readonly act: RequestAct;
}

export type RequestAct =
  /** Ends the program under test, by the proxy's `kill`. */
  | { readonly kind: "kill" }
  /** An answer of the proxy's own. Of `committed`, in place of the true one. */
  | {
      readonly kind: "answer";
      readonly status: number;
      readonly reason?: string;
      readonly retryAfterSeconds?: number;
    }
  /** The connection breaks. */
  | { readonly kind: "reset" }
  /** No answer ever; the connection stays. */
  | { readonly kind: "silence" }
  /** Half of the answer, as if it were all. */
  | { readonly kind: "truncate" }
  | { readonly kind: "delay"; readonly ms: number }
  /**
   * A list, watch or get is answered as of this version: a server that lags behind. What a watch tells
   * after its list comes `holdMs` later.
   */
  | { readonly kind: "lag"; readonly resourceVersion: string; readonly holdMs?: number };

export interface EventMatch extends RequestMatch {
  readonly type?: "ADDED" | "MODIFIED" | "DELETED" | "BOOKMARK";
}

export interface EventFault extends Turn {
  readonly kind: "event";
  /** `namespace` and `name` are those of the event's object. */
  readonly match: EventMatch;
  readonly act: EventAct;
}

export type EventAct =
  | { readonly kind: "drop" }
  | { readonly kind: "double" }
  /** The stream pauses for so long, then tells of the object only the last of its events. */
  | { readonly kind: "merge"; readonly withinMs: number }
  /** This event and, as a stream keeps its order, everything behind it. */
  | { readonly kind: "delay"; readonly ms: number }
  /** Like `delay`, until `release()` of the proxy. */
  | { readonly kind: "hold" }
  /** The stream ends in the middle of the event's line, or of a character in it. */
  | { readonly kind: "cut"; readonly inside: "line" | "character"; readonly how: "reset" | "end" }
  /** The stream ends before the event, cleanly. */
  | { readonly kind: "end" }
  /** The stream stays open and says nothing any more. */
  | { readonly kind: "stall" }
  /** The line is no JSON, and the stream goes on. */
  | { readonly kind: "garble" }
  /** An ERROR event instead, then the end. */
  | { readonly kind: "error"; readonly status: number; readonly reason: string }
  /** From here on a few bytes at a time. */
  | { readonly kind: "drip"; readonly bytes: number; readonly everyMs: number };

export type Fault = RequestFault | EventFault;

/** One fault at work: counts its matches and says when it hit. */
export class ArmedFault<F extends Fault = Fault> {
  readonly fault: F;
  readonly #random: () => number;
  readonly #firstHit = Promise.withResolvers<void>();
  #matches = 0;
  #hits = 0;

  constructor(fault: F, random: () => number) {
    this.fault = fault;
    this.#random = random;
  }

  get hits(): number {
    return this.#hits;
  }

  /** Resolves when it was hit for the first time. */
  get hit(): Promise<void> {
    return this.#firstHit.promise;
  }

  /** Called for each match; true when this one is hit. */
  takes(): boolean {
    const { nth = 1, times = 1, chance = 1 } = this.fault;
    this.#matches++;
    if (this.#matches < nth || this.#hits >= times) return false;
    if (chance < 1 && this.#random() >= chance) return false;
    this.#hits++;
    this.#firstHit.resolve();
    return true;
  }
}

export function isRequestFault(armed: ArmedFault): armed is ArmedFault<RequestFault> {
  return armed.fault.kind === "request";
}

export function isEventFault(armed: ArmedFault): armed is ArmedFault<EventFault> {
  return armed.fault.kind === "event";
}

export interface WireEvent {
  readonly type: string;
  readonly object: {
    readonly metadata?: {
      readonly name?: string;
      readonly namespace?: string;
      readonly uid?: string;
      readonly resourceVersion?: string;
    };
  };
}

export function matchesEvent(watch: KubeRequest, event: WireEvent, match: EventMatch): boolean {
  if (match.type !== undefined && match.type !== event.type) return false;
  const { name = "", namespace = "" } = event.object.metadata ?? {};
  return matchesRequest({ ...watch, name, namespace }, match);
}

/** Mulberry32: small, and the same everywhere for the same seed. */
export function seededRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
