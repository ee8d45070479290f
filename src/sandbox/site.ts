/** What every part of one running sandbox shares. Time and randomness come in from outside. */
import type { Clock } from "../std/clock.ts";
import type { Logger } from "../telemetry/log.ts";
import type { KindRegistry } from "./kinds/registry.ts";
import type { Store } from "./store/store.ts";

export interface Random {
  /** A version 4 UUID. */
  uuid(): string;
  /** Lower-case letters and digits without those that form words, as Kubernetes appends to names. */
  suffix(length: number): string;
}

export interface Site {
  readonly store: Store;
  readonly registry: KindRegistry;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Logger;
}

/** Now, as Kubernetes writes times: RFC 3339 in whole seconds. */
export function timestamp(clock: Clock): string {
  return rfc3339(clock.now());
}

export function rfc3339(milliseconds: number): string {
  return `${new Date(milliseconds).toISOString().slice(0, 19)}Z`;
}

const SUFFIX_ALPHABET = "bcdfghjklmnpqrstvwxz2456789";

export function webRandom(crypto: Crypto): Random {
  return {
    uuid: () => crypto.randomUUID(),
    suffix(length) {
      const bytes = crypto.getRandomValues(new Uint8Array(length));
      return [...bytes].map((byte) => SUFFIX_ALPHABET[byte % SUFFIX_ALPHABET.length]).join("");
    },
  };
}
