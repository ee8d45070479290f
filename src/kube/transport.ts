/**
 * Requests to one API server: credentials, limits, timeouts, errors, metrics. What a request means
 * is the business of `kube-client.ts` and `watch.ts`.
 *
 * Guarantees: every failure is a `KubeError`, except an abort, which throws the signal's reason; a
 * 401 is followed by one refresh of the credentials and one more try, and nothing else is retried;
 * no more requests are in flight, each on a connection of its own, than were allowed; none goes over a
 * connection that was unused when a stream failed.
 */
import type { Clock } from "../std/clock.ts";
import { isJsonObject, type JsonObject } from "../std/json.ts";
import { Semaphore } from "../std/semaphore.ts";
import { unlessAborted } from "../std/unless-aborted.ts";
import type { Counter, Metrics } from "../telemetry/metrics.ts";
import type { Connection } from "./connection.ts";
import type { Credentials } from "./credentials.ts";
import { Echoes } from "./echoes.ts";
import { KubeError } from "./error.ts";
import { createHttpClient, type HttpClient, type HttpStream } from "./http.ts";
import type { HttpCall } from "./http-pool.ts";
import { isProtobuf, readIdentityList } from "./identity-list.ts";
import { loginFailure, withIdentity } from "./login-error.ts";
import { networkError, timeoutError } from "./network-error.ts";
import { answerError } from "./status-error.ts";

export interface TransportRequest {
  readonly method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  /** Path and query, behind the server's URL. */
  readonly path: string;
  readonly body?: string;
  readonly contentType?: string;
  /** `application/json` unless given. */
  readonly accept?: string;
  readonly signal?: AbortSignal | undefined;
  /** Until the whole answer is there; of a stream, until it begins. */
  readonly timeoutMs?: number;
}

export interface Transport extends Disposable {
  readonly server: string;
  /** Between the answers of its writes and the events of its watches; absent: each is parsed. */
  readonly echoes?: Echoes;
  /**
   * The answer's JSON object; an empty one for an answer without a body. What was accepted in protocol
   * buffers is a list of identities (`identity-list.ts`).
   */
  request(request: TransportRequest): Promise<JsonObject>;
  /** An answer that keeps coming. Abort the signal to end it. */
  stream(request: TransportRequest): Promise<AsyncIterable<Uint8Array>>;
}

export interface TransportOptions {
  readonly connection: Connection;
  readonly metrics: Metrics;
  readonly clock: Clock;
  /** Of this program, for the User-Agent. */
  readonly version: string;
  /** Each holds a connection; those of streams are not counted. */
  readonly maxInFlight?: number;
  /** Asked as a request goes out, after every wait; what it throws stops the request. */
  readonly fence?: { check(request: TransportRequest): void };
}

const MAX_IN_FLIGHT = 192;

/** What can be given up: a deadline passed, or nobody needs it any more. */
interface Pending<T> {
  readonly answer: Promise<T>;
  abort(reason: unknown): void;
}

interface Peer {
  readonly credentials: Credentials;
  readonly client: HttpClient;
}

export function createTransport(options: TransportOptions): Transport {
  return new HttpTransport(options);
}

class HttpTransport implements Transport {
  readonly server: string;
  readonly echoes = new Echoes();
  readonly #options: TransportOptions;
  readonly #slots: Semaphore;
  readonly #requests: Counter;
  readonly #host: string;
  #peer: { readonly credentials: Credentials; readonly client: Promise<HttpClient> } | undefined;
  #known: Peer | undefined;

  constructor(options: TransportOptions) {
    this.#options = options;
    this.server = options.connection.server;
    this.#host = new URL(this.server).host;
    this.#slots = new Semaphore(options.maxInFlight ?? MAX_IN_FLIGHT);
    this.#requests = options.metrics.counter({
      name: "rest_client_requests_total",
      help: "Requests to the API server by status code, method and host",
      labels: ["code", "method", "host"],
    });
  }

  async request(request: TransportRequest): Promise<JsonObject> {
    const { signal, method } = request;
    await this.#slots.acquire(signal);
    const isWrite = method !== "GET" && method !== "DELETE";
    const answered = isWrite ? this.echoes.expectAnswer() : undefined;
    try {
      const { fence } = this.#options;
      const beforeSend = fence && { beforeSend: () => fence.check(request) };
      const answer = await this.#authorized(request, (call, peer) =>
        this.#within(request, () => peer.client.exchange({ ...call, ...beforeSend })),
      );
      if (isProtobuf(answer.contentType) && answer.status === 200) {
        return parseIdentities(request, answer.body);
      }
      const body = answer.body.toString("utf8");
      if (answer.status < 200 || answer.status > 299) {
        throw this.#refusal(request, { ...answer, body });
      }
      if (!isWrite) return parseBody(request, body);
      // What an encoder puts behind an object in an answer, and not in an event.
      return this.echoes.answer(body.trimEnd(), (text) => parseBody(request, text));
    } finally {
      answered?.();
      this.#slots.release();
    }
  }

  async stream(request: TransportRequest): Promise<AsyncIterable<Uint8Array>> {
    const answer = await this.#authorized(request, (call, peer) =>
      this.#within(request, () => openStream(call, peer)),
    ).catch((error: unknown) => {
      this.#suspectIdle();
      throw error;
    });
    const chunks = this.#readable(answer.chunks, request.signal);
    if (answer.status === 200) return chunks;
    throw this.#refusal(request, { ...answer, body: await readText(chunks) });
  }

  /** Runs `attempt` with current credentials, and once more with fresh ones after a 401. */
  async #authorized<T extends { readonly status: number }>(
    request: TransportRequest,
    attempt: (call: HttpCall, peer: Peer) => Promise<T>,
  ): Promise<T> {
    const first = this.#freshPeer() ?? (await this.#currentPeer(request.signal));
    const answer = await attempt(this.#callOf(request, first), first);
    this.#count(request, String(answer.status));
    const { credentials } = this.#options.connection;
    if (answer.status !== 401 || !credentials.refuse(first.credentials)) return answer;
    const second = await this.#currentPeer(request.signal);
    const retried = await attempt(this.#callOf(request, second), second);
    this.#count(request, String(retried.status));
    return retried;
  }

  /** Adds the deadline, and turns what the network throws into a `KubeError`. */
  async #within<T>(request: TransportRequest, start: () => Pending<T>): Promise<T> {
    const { signal, timeoutMs = this.#options.connection.requestTimeoutMs } = request;
    signal?.throwIfAborted();
    // From here on nothing waits until the request is out.
    this.#options.fence?.check(request);
    const pending = start();
    const onAbort = () => pending.abort(signal?.reason);
    signal?.addEventListener("abort", onAbort, { once: true });
    let isLate = false;
    const cancel = this.#options.clock.schedule(timeoutMs, () => {
      isLate = true;
      pending.abort(undefined);
    });
    let isStreaming = false;
    try {
      const answer = await pending.answer;
      // The body of a stream is still to come and must remain abortable.
      isStreaming = typeof answer === "object" && answer !== null && "chunks" in answer;
      return answer;
    } catch (cause) {
      if (signal?.aborted) throw signal.reason;
      // The fence stopped it on its way out; the network has no part in that.
      if (cause instanceof KubeError) throw cause;
      this.#count(request, "<error>");
      const what = `${request.method} ${pathOf(request)}`;
      throw isLate ? timeoutError(this.server, what, timeoutMs) : networkError(this.server, cause);
    } finally {
      cancel();
      if (!isStreaming) signal?.removeEventListener("abort", onAbort);
    }
  }

  async *#readable(
    chunks: AsyncIterable<Uint8Array>,
    signal: AbortSignal | undefined,
  ): AsyncGenerator<Uint8Array, void> {
    try {
      yield* chunks;
    } catch (cause) {
      this.#suspectIdle();
      if (signal?.aborted) throw signal.reason;
      throw networkError(this.server, cause);
    }
  }

  /**
   * A stream broke, said nothing, or was never begun. When its peer vanished, so did that of the connections
   * that nobody uses: over one of them the next request would wait for its whole deadline.
   */
  #suspectIdle(): void {
    this.#known?.client.closeIdle();
  }

  /** The peer of the last request, while its credentials are good: nothing to wait for. */
  #freshPeer(): Peer | undefined {
    const fresh = this.#options.connection.credentials.fresh?.();
    return fresh !== undefined && fresh === this.#known?.credentials ? this.#known : undefined;
  }

  async #currentPeer(signal: AbortSignal | undefined): Promise<Peer> {
    let credentials: Credentials;
    try {
      // An exec plugin may take its time; a stop does not wait for it.
      const current = this.#options.connection.credentials.current();
      credentials = await (signal ? unlessAborted(current, signal) : current);
    } catch (cause) {
      signal?.throwIfAborted();
      throw loginFailure(this.server, cause);
    }
    this.#peer ??= { credentials, client: this.#createClient(credentials) };
    if (this.#peer.credentials !== credentials) {
      // Requests under way keep the old connections, which close when they have been idle.
      const { client } = isSameTls(this.#peer.credentials, credentials)
        ? this.#peer
        : { client: this.#createClient(credentials) };
      this.#peer = { credentials, client };
    }
    this.#known = { credentials, client: await this.#peer.client };
    return this.#known;
  }

  #createClient(credentials: Credentials): Promise<HttpClient> {
    const { serverName, isInsecure } = this.#options.connection;
    const tls = { credentials, isInsecure, ...(serverName !== undefined && { serverName }) };
    return createHttpClient(this.server, tls, this.#options.clock);
  }

  #callOf(request: TransportRequest, peer: Peer): HttpCall {
    const { method, path, body, contentType = "application/json", accept } = request;
    return {
      method,
      url: this.server + path,
      headers: {
        "User-Agent": `ork/${this.#options.version}`,
        "Accept-Encoding": "identity",
        ...peer.credentials.headers,
        Accept: accept ?? "application/json",
        ...(body !== undefined && { "Content-Type": contentType }),
      },
      ...(body !== undefined && { body }),
    };
  }

  #refusal(
    request: TransportRequest,
    answer: { status: number; retryAfter: string | undefined; body: string },
  ): KubeError {
    const what = `${request.method} ${pathOf(request)}`;
    const { connection, clock } = this.#options;
    const refusal = answerError({ ...answer, what, now: clock.now(), server: this.server });
    return withIdentity(this.server, refusal, connection.identity);
  }

  #count(request: TransportRequest, code: string): void {
    this.#requests.add({ code, method: request.method, host: this.#host });
  }

  [Symbol.dispose](): void {
    void this.#peer?.client.then((client) => client[Symbol.dispose]());
    this.#peer = undefined;
    this.#known = undefined;
  }
}

function openStream(call: HttpCall, { client }: Peer): Pending<HttpStream> {
  const ending = new AbortController();
  return {
    answer: client.stream(call, ending.signal),
    abort: (reason) => ending.abort(reason),
  };
}

function isSameTls(left: Credentials, right: Credentials): boolean {
  return left.ca === right.ca && left.cert === right.cert && left.key === right.key;
}

function parseBody(request: TransportRequest, body: string): JsonObject {
  if (body === "") return {};
  let value: unknown;
  try {
    value = JSON.parse(body);
  } catch (cause) {
    throw foreignAnswer(request, body, cause);
  }
  if (isJsonObject(value)) return value;
  throw foreignAnswer(request, body, undefined);
}

function parseIdentities(request: TransportRequest, body: Buffer): JsonObject {
  try {
    return readIdentityList(body);
  } catch (cause) {
    throw foreignAnswer(request, body.toString("latin1", 0, 100), cause);
  }
}

function foreignAnswer(request: TransportRequest, body: string, cause: unknown): KubeError {
  const what = `${request.method} ${pathOf(request)}`;
  return new KubeError(
    `${what} answered no JSON object but "${body.slice(0, 100)}": is this an API server?`,
    { status: 0, reason: "NotKubernetes", cause },
  );
}

/** Without the query, which may hold continue tokens of several hundred characters. */
function pathOf(request: TransportRequest): string {
  const query = request.path.indexOf("?");
  return query < 0 ? request.path : request.path.slice(0, query);
}

/** As much of a refusal as a Status object can be. */
const MAX_REFUSAL_BYTES = 1 << 20;

async function readText(chunks: AsyncIterable<Uint8Array>): Promise<string> {
  const parts: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of chunks) {
    parts.push(chunk);
    size += chunk.length;
    if (size > MAX_REFUSAL_BYTES) break;
  }
  return Buffer.concat(parts).toString("utf8");
}
