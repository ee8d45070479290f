/**
 * Connections to servers of imports: kept for the next request of the same fetch, and closed as soon
 * as nothing is asked any more, so that none is left when the runtime begins.
 */
import { type ClientRequest, Agent as HttpAgent, request as httpRequest } from "node:http";
import { Agent as HttpsAgent, request as httpsRequest } from "node:https";
import { isIP } from "node:net";
import { rootCertificates } from "node:tls";

/** Where a host is. */
export interface HostAddress {
  readonly address: string;
  /** Another port than the URL says; for tests, whose servers take a free one. */
  readonly port?: number;
}

export interface Head {
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
}

/** Long enough for the next of several requests to one server, and no longer. */
const LINGER_MS = 100;

export class WebConnections {
  readonly #authorities: readonly string[] | undefined;
  #agents: { readonly http: HttpAgent; readonly https: HttpsAgent } | undefined;
  #inUse = 0;
  #closing: NodeJS.Timeout | undefined;

  /** `authorities`: certificates in PEM that are trusted beside those of the runtime. */
  constructor(authorities: string | undefined) {
    if (authorities !== undefined) this.#authorities = [...rootCertificates, authorities];
  }

  /** Runs `work`, which may open connections with `request`. The last to end has them closed. */
  async use<T>(work: () => Promise<T>): Promise<T> {
    clearTimeout(this.#closing);
    this.#inUse++;
    try {
      return await work();
    } finally {
      if (--this.#inUse === 0) this.#closing = setTimeout(() => this.#close(), LINGER_MS).unref();
    }
  }

  /**
   * A request to exactly this address, whatever the name means a moment later. The connection is of
   * its own where `isReused` is false.
   */
  request(
    url: URL,
    { address, port }: HostAddress,
    { method, headers, isReused }: Head & { readonly isReused: boolean },
  ): ClientRequest {
    this.#agents ??= {
      http: new HttpAgent({ keepAlive: true }),
      https: new HttpsAgent({ keepAlive: true }),
    };
    const isTls = url.protocol === "https:";
    const host = url.hostname.replace(/^\[|\]$/g, "");
    const options = {
      method,
      host: address,
      port: port ?? (url.port || (isTls ? 443 : 80)),
      path: `${url.pathname}${url.search}`,
      headers: { host: url.host, ...headers },
    };
    if (!isTls) return httpRequest({ ...options, agent: isReused && this.#agents.http });
    return httpsRequest({
      ...options,
      agent: isReused && this.#agents.https,
      ...(isIP(host) === 0 && { servername: host }),
      ...(this.#authorities && { ca: [...this.#authorities] }),
      // Not even an environment variable switches this off.
      rejectUnauthorized: true,
    });
  }

  #close(): void {
    this.#agents?.http.destroy();
    this.#agents?.https.destroy();
    this.#agents = undefined;
  }
}
