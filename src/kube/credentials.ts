/**
 * Who we are to the API server: headers and client certificate, current at each request.
 *
 * Guarantees: material in files, tokens of plugins and of identity providers is read again when it
 * is due, and once after a 401; one refresh at a time, whoever asks; while nothing changed the same
 * object is given, so that a transport can keep its connections. No message holds a credential.
 */
import type { Clock } from "../std/clock.ts";

export interface Credentials {
  /** A list is sent as several headers of one name. */
  readonly headers: Readonly<Record<string, string | readonly string[]>>;
  /** PEM of the authority that must have signed the server's certificate. Absent: the system's. */
  readonly ca?: string;
  /** PEM of the client certificate and its key; both or none. */
  readonly cert?: string;
  readonly key?: string;
}

export interface CredentialSource {
  /** @throws Error when a file, plugin or identity provider fails. */
  current(): Promise<Credentials>;
  /** What `current` would give at once, when it need not read, ask or wait for anything. */
  fresh?(): Credentials | undefined;
  /**
   * The server answered 401 to `refused`. True when another try with `current()` may end
   * differently; false when these credentials were fetched a moment ago.
   */
  refuse(refused: Credentials): boolean;
}

export interface LoadedCredentials {
  readonly credentials: Credentials;
  /** How long they may be used without asking again. Infinity: until a 401. */
  readonly freshForMs: number;
}

/** Two 401 in a row within this time mean that the credentials are wrong, not old. */
const REFUSAL_PAUSE_MS = 5_000;

export interface CredentialCacheOptions {
  /** `isForced`: what is cached below was refused and must be fetched anew. */
  readonly load: (isForced: boolean) => Promise<LoadedCredentials>;
  readonly clock: Clock;
}

export class CredentialCache implements CredentialSource {
  readonly #options: CredentialCacheOptions;
  #current: Credentials | undefined;
  #freshUntilMs = Number.NEGATIVE_INFINITY;
  #forcedAtMs = Number.NEGATIVE_INFINITY;
  #isRefused = false;
  #loading: Promise<Credentials> | undefined;

  constructor(options: CredentialCacheOptions) {
    this.#options = options;
  }

  fresh(): Credentials | undefined {
    const isFresh = this.#options.clock.monotonicMs() < this.#freshUntilMs;
    return isFresh && !this.#isRefused ? this.#current : undefined;
  }

  async current(): Promise<Credentials> {
    const fresh = this.fresh();
    if (fresh !== undefined) return fresh;
    this.#loading ??= this.#load().finally(() => {
      this.#loading = undefined;
    });
    return this.#loading;
  }

  refuse(refused: Credentials): boolean {
    if (refused !== this.#current || this.#isRefused) return true;
    const nowMs = this.#options.clock.monotonicMs();
    if (nowMs - this.#forcedAtMs < REFUSAL_PAUSE_MS) return false;
    this.#forcedAtMs = nowMs;
    this.#isRefused = true;
    return true;
  }

  async #load(): Promise<Credentials> {
    const isForced = this.#isRefused;
    const { credentials, freshForMs } = await this.#options.load(isForced);
    if (isForced) this.#isRefused = false;
    this.#freshUntilMs = this.#options.clock.monotonicMs() + freshForMs;
    if (this.#current === undefined || !isSame(this.#current, credentials)) {
      this.#current = credentials;
    }
    return this.#current;
  }
}

function isSame(left: Credentials, right: Credentials): boolean {
  return (
    left.ca === right.ca &&
    left.cert === right.cert &&
    left.key === right.key &&
    JSON.stringify(left.headers) === JSON.stringify(right.headers)
  );
}
