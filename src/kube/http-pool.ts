/**
 * Connections to one server that stay open from request to request, over TCP or TLS; one request at
 * a time on each. It exists because of what the runtimes' own clients cost: of a small write, `fetch`
 * takes half again as much processor time and a change of threads, `node:https` three times as much.
 *
 * Guarantees: an aborted request closes its connection; a connection on which anything unexpected
 * came is not used again; nothing is sent twice. Knows no redirects, proxies or compression.
 */
import { connect, type Socket } from "node:net";
import type { ConnectionOptions } from "node:tls";
import { AnswerReader } from "./http-answer.ts";
import type { HttpAnswer, HttpCall } from "./http-call.ts";

export interface HttpPoolOptions {
  /** Scheme, host and port are used. */
  readonly server: URL;
  readonly tls: ConnectionOptions | undefined;
  /** A connection that was not used for so long is closed. */
  readonly idleMs: number;
  /** After so long without traffic the system probes whether the peer is still there. */
  readonly probeMs: number;
}

type TlsConnect = typeof import("node:tls").connect;

export interface HttpPool extends Disposable {
  exchange(call: HttpCall): Promise<HttpAnswer>;
}

export async function createHttpPool(options: HttpPoolOptions): Promise<HttpPool> {
  // Loaded when it is needed: `ork version` must not pay for it.
  const tlsConnect = options.tls && (await import("node:tls")).connect;
  return new Pool(options, tlsConnect);
}

class Pool implements HttpPool {
  readonly #options: HttpPoolOptions;
  readonly #tlsConnect: TlsConnect | undefined;
  /** The last one is the one used last: the first ones grow old and are closed. */
  readonly #idle: Channel[] = [];
  #sweeping: NodeJS.Timeout | undefined;
  #isClosed = false;

  constructor(options: HttpPoolOptions, tlsConnect: TlsConnect | undefined) {
    this.#options = options;
    this.#tlsConnect = tlsConnect;
  }

  async exchange(call: HttpCall): Promise<HttpAnswer> {
    const text = requestText(call, this.#options.server);
    const channel = this.#takeIdle() ?? this.#open();
    const answer = await channel.exchange(text, call.signal);
    if (channel.isUsable && !this.#isClosed) this.#keep(channel);
    else channel.close();
    return answer;
  }

  #takeIdle(): Channel | undefined {
    for (let channel = this.#idle.pop(); channel; channel = this.#idle.pop()) {
      if (channel.isUsable) return channel;
    }
    return undefined;
  }

  #keep(channel: Channel): void {
    channel.idleSinceMs = performance.now();
    this.#idle.push(channel);
    this.#sweeping ??= setTimeout(() => this.#sweep(), this.#options.idleMs).unref();
  }

  #sweep(): void {
    this.#sweeping = undefined;
    const oldestMs = performance.now() - this.#options.idleMs;
    const young = this.#idle.findIndex(({ idleSinceMs }) => idleSinceMs > oldestMs);
    const old = this.#idle.splice(0, young < 0 ? this.#idle.length : young);
    for (const channel of old) channel.close();
    const [next] = this.#idle;
    if (next === undefined) return;
    const leftMs = Math.max(1, next.idleSinceMs - oldestMs);
    this.#sweeping = setTimeout(() => this.#sweep(), leftMs).unref();
  }

  #open(): Channel {
    const { server, tls, probeMs } = this.#options;
    const host = server.hostname.replace(/^\[|\]$/g, "");
    const port = Number(server.port) || (server.protocol === "https:" ? 443 : 80);
    const socket =
      this.#tlsConnect === undefined
        ? connect({ host, port })
        : this.#tlsConnect({ host, port, ...tls, ALPNProtocols: ["http/1.1"] });
    socket.setNoDelay(true);
    socket.setKeepAlive(true, probeMs);
    return new Channel(socket, this.#tlsConnect === undefined ? "connect" : "secureConnect");
  }

  [Symbol.dispose](): void {
    this.#isClosed = true;
    clearTimeout(this.#sweeping);
    for (const channel of this.#idle.splice(0)) channel.close();
  }
}

interface Exchange {
  readonly reader: AnswerReader;
  readonly resolve: (answer: HttpAnswer) => void;
  readonly reject: (error: unknown) => void;
}

/** One connection and the request that is under way on it, if any. */
class Channel {
  idleSinceMs = 0;
  readonly #socket: Socket;
  #isOpen = false;
  #isBroken = false;
  /** Waits for the connection to be made. */
  #unsent: string | undefined;
  #current: Exchange | undefined;

  constructor(socket: Socket, opened: "connect" | "secureConnect") {
    this.#socket = socket;
    socket.once(opened, () => {
      this.#isOpen = true;
      if (this.#unsent !== undefined) socket.write(this.#unsent);
      this.#unsent = undefined;
    });
    socket.on("data", (chunk: Buffer) => this.#receive(chunk));
    socket.on("error", (error) => this.#fail(error));
    socket.on("close", () => this.#ended());
    socket.on("end", () => this.#ended());
  }

  get isUsable(): boolean {
    return !this.#isBroken;
  }

  exchange(text: string, signal: AbortSignal): Promise<HttpAnswer> {
    return new Promise((resolve, reject) => {
      const onAbort = () => this.#fail(signal.reason);
      const release = () => signal.removeEventListener("abort", onAbort);
      this.#current = {
        reader: new AnswerReader(),
        resolve(answer) {
          release();
          resolve(answer);
        },
        reject(error) {
          release();
          reject(error);
        },
      };
      if (signal.aborted) {
        onAbort();
        return;
      }
      signal.addEventListener("abort", onAbort, { once: true });
      if (this.#isOpen) this.#socket.write(text);
      else this.#unsent = text;
    });
  }

  close(): void {
    this.#isBroken = true;
    this.#socket.destroy();
  }

  #receive(chunk: Buffer): void {
    const exchange = this.#current;
    // Nobody asked: a server that says good-bye, or no HTTP server at all.
    if (exchange === undefined) {
      this.close();
      return;
    }
    try {
      exchange.reader.push(chunk);
    } catch (error) {
      this.#fail(error);
      return;
    }
    if (exchange.reader.isDone) this.#finish(exchange);
  }

  #finish(exchange: Exchange): void {
    const { head, body, hasExcess } = exchange.reader;
    if (head === undefined) return;
    this.#current = undefined;
    if (!head.isReusable || hasExcess) this.#isBroken = true;
    exchange.resolve({ status: head.status, retryAfter: head.retryAfter, body });
  }

  #ended(): void {
    this.#isBroken = true;
    const exchange = this.#current;
    if (exchange?.reader.end()) this.#finish(exchange);
    else this.#fail(Object.assign(new Error("The server closed the connection"), HANG_UP));
  }

  #fail(error: unknown): void {
    const exchange = this.#current;
    this.#current = undefined;
    this.close();
    exchange?.reject(error);
  }
}

/** The code that Node gives for it. */
const HANG_UP = { code: "ECONNRESET" };

/** Line breaks in a value would be further headers. */
const UNSAFE = /[\r\n\0]/;

function requestText({ method, url, headers, body }: HttpCall, server: URL): string {
  const target = url.slice(server.origin.length) || "/";
  let head = `${method} ${target} HTTP/1.1\r\nHost: ${server.host}\r\n`;
  for (const [name, values] of Object.entries(headers)) {
    for (const value of typeof values === "string" ? [values] : values) {
      if (UNSAFE.test(value)) {
        throw new Error(`Cannot send header "${name}": its value has a line break`);
      }
      head += `${name}: ${value}\r\n`;
    }
  }
  if (UNSAFE.test(target)) throw new Error("Cannot send a request: its path has a line break");
  if (body === undefined) return `${head}\r\n`;
  return `${head}Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`;
}
