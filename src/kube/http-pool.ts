/**
 * Requests over connections of our own that stay open: one request at a time on each, the connection
 * used last first.
 *
 * Why not the runtime's client: Bun's `fetch` hands each request to another thread and back. On a
 * machine that is busy each of the two hand-overs takes as long as the request itself, and requests
 * that should leave together leave one after the other. Here they are written at once.
 *
 * Guarantees: nothing is sent before the server's certificate was verified; an aborted request takes its
 * connection with it, so that no answer can be taken for that of another request. A request is sent
 * once, except over a connection that was open before and ended before a byte came back: servers close
 * connections that are not used, and that may cross our request. Then it is sent once more, over a new
 * one. (A write that was carried out all the same is met as what it is, a conflict: RFC 9112, 9.3.1.)
 */
import type { Socket } from "node:net";
import { closedEarly, type DialTarget, dial } from "./dial.ts";
import { AnswerReader, type HttpAnswer } from "./http-answer.ts";

export interface HttpCall {
  readonly method: string;
  readonly url: string;
  /** A list is sent as several headers of one name. */
  readonly headers: Readonly<Record<string, string | readonly string[]>>;
  readonly body?: string;
  /** Called when nothing waits any more and the request goes out; what it throws stops it. */
  beforeSend?(): void;
}

/** A request that is under way. */
export interface HttpExchange {
  readonly answer: Promise<HttpAnswer>;
  /** Makes `answer` reject with `reason`; nothing when it is there already. */
  abort(reason: unknown): void;
}

export interface HttpPoolOptions extends DialTarget {
  /** An unused connection is not used again after this time. */
  readonly idleMs: number;
}

export class HttpPool implements Disposable {
  readonly #options: HttpPoolOptions;
  readonly #url: URL;
  readonly #originLength: number;
  readonly #idle: Connection[] = [];
  readonly #all = new Set<Connection>();
  #isDisposed = false;

  constructor(options: HttpPoolOptions) {
    this.#options = options;
    this.#url = new URL(options.server);
    const path = options.server.indexOf("/", options.server.indexOf("://") + 3);
    this.#originLength = path < 0 ? options.server.length : path;
  }

  /** `answer` rejects with what the network or the server did wrong. */
  exchange(call: HttpCall): HttpExchange {
    const flight: Flight = {};
    return {
      answer: this.#run(call, flight),
      abort(reason) {
        flight.aborted = { reason };
        flight.connection?.abort(reason);
      },
    };
  }

  async #run(call: HttpCall, flight: Flight): Promise<HttpAnswer> {
    const text = this.#textOf(call);
    const kept = this.#take();
    if (kept !== undefined) {
      try {
        return await this.#send(kept, { call, text, flight });
      } catch (error) {
        // Closed by the server while it was unused, which we learn by using it.
        const isOurs = flight.aborted !== undefined || this.#isDisposed;
        if (!kept.wasClosedUnanswered || isOurs) throw error;
      }
    }
    return this.#send(this.#open(), { call, text, flight });
  }

  async #send(
    connection: Connection,
    { call, text, flight }: { readonly call: HttpCall; text: string; readonly flight: Flight },
  ): Promise<HttpAnswer> {
    flight.connection = connection;
    try {
      // Without waiting where there is no need: what is asked for together leaves together.
      if (!connection.isEstablished) await connection.established;
      if (flight.aborted) throw flight.aborted.reason;
      call.beforeSend?.();
      return await connection.exchange(text);
    } finally {
      // By the next turn it may be at work for somebody else.
      delete flight.connection;
      this.#giveBack(connection);
    }
  }

  /** What nobody uses at this moment is not used again: it may be half-open. */
  closeIdle(): void {
    for (const connection of this.#idle.splice(0)) connection.close();
  }

  #textOf(call: HttpCall): string {
    return requestText(call, {
      target: call.url.slice(this.#originLength),
      host: this.#url.host,
    });
  }

  #giveBack(connection: Connection): void {
    if (connection.isReusable) {
      connection.idleSinceMs = this.#options.clock.monotonicMs();
      this.#idle.push(connection);
    } else connection.close();
  }

  #take(): Connection | undefined {
    const { clock, idleMs } = this.#options;
    const oldestMs = clock.monotonicMs() - idleMs;
    for (let last = this.#idle.pop(); last !== undefined; last = this.#idle.pop()) {
      if (last.isReusable && last.idleSinceMs >= oldestMs) return last;
      last.close();
    }
    return undefined;
  }

  #open(): Connection {
    const connection: Connection = new Connection(this.#options, () => this.#forget(connection));
    this.#all.add(connection);
    return connection;
  }

  #forget(connection: Connection): void {
    this.#all.delete(connection);
    const index = this.#idle.indexOf(connection);
    if (index >= 0) this.#idle.splice(index, 1);
  }

  /** Ends what is unused at once, and what is in use with an error. */
  [Symbol.dispose](): void {
    this.#isDisposed = true;
    for (const connection of this.#all) connection.close();
    this.#idle.length = 0;
  }
}

/** A request, from one connection to the next. */
interface Flight {
  connection?: Connection;
  aborted?: { readonly reason: unknown };
}

interface Exchange {
  readonly reader: AnswerReader;
  resolve(answer: HttpAnswer): void;
  reject(error: unknown): void;
}

class Connection {
  idleSinceMs = 0;
  /** Its peer is known, and requests may be sent. */
  isEstablished = false;
  readonly established: Promise<void>;
  readonly #stands = Promise.withResolvers<void>();
  readonly #onClosed: () => void;
  readonly #giveUp: () => void;
  #socket: Socket | undefined;
  #exchange: Exchange | undefined;
  #isOpen = true;
  #wasClosedUnanswered = false;
  #error: unknown;

  constructor(target: DialTarget, onClosed: () => void) {
    this.#onClosed = onClosed;
    this.established = this.#stands.promise;
    // Whoever asked for it may have given up.
    this.established.catch(() => undefined);
    this.#giveUp = dial(target, {
      onConnected: (socket) => this.#use(socket),
      onFailed: (error) => {
        this.#error ??= error;
        this.#end();
      },
    });
  }

  #use(socket: Socket): void {
    this.#socket = socket;
    socket.on("data", (bytes: Buffer) => this.#read(bytes));
    socket.on("error", (error) => {
      this.#error ??= error;
    });
    // The server says no more; what it said may be complete by that.
    socket.once("end", () => this.#finish());
    socket.once("close", () => this.#end());
    this.isEstablished = true;
    this.#stands.resolve();
  }

  /** It ended, and not by us, when a request had been written and not a byte had come back. */
  get wasClosedUnanswered(): boolean {
    return this.#wasClosedUnanswered;
  }

  /** Open, and nothing of an answer is still to come. */
  get isReusable(): boolean {
    return this.#isOpen && this.#exchange === undefined && this.#socket?.destroyed === false;
  }

  exchange(text: string): Promise<HttpAnswer> {
    const { promise, resolve, reject } = Promise.withResolvers<HttpAnswer>();
    this.#exchange = { reader: new AnswerReader(), resolve, reject };
    if (this.#isOpen) this.#socket?.write(text);
    else this.#finish();
    return promise;
  }

  abort(reason: unknown): void {
    if (this.isEstablished && this.#exchange === undefined) return;
    this.#error = reason;
    this.close();
    this.#finish();
  }

  close(): void {
    this.#isOpen = false;
    if (this.#socket !== undefined) this.#socket.destroy();
    else {
      this.#giveUp();
      this.#end();
    }
  }

  #read(bytes: Buffer): void {
    const exchange = this.#exchange;
    if (exchange === undefined) {
      // Nobody asked: a server that is about to close says so (408), or is none.
      this.close();
      return;
    }
    try {
      const answer = exchange.reader.push(bytes);
      if (answer === undefined) return;
      this.#isOpen &&= exchange.reader.isReusable;
      this.#exchange = undefined;
      exchange.resolve(answer);
    } catch (error) {
      this.#error ??= error;
      this.close();
      this.#finish();
    }
  }

  #end(): void {
    this.#finish();
    this.#onClosed();
  }

  #finish(): void {
    this.#isOpen = false;
    const error = this.#error ?? closedEarly();
    if (!this.isEstablished) this.#stands.reject(error);
    const exchange = this.#exchange;
    this.#exchange = undefined;
    if (exchange === undefined) return;
    this.#wasClosedUnanswered = !exchange.reader.hasBegun;
    const answer = this.#error === undefined ? exchange.reader.end() : undefined;
    if (answer === undefined) exchange.reject(error);
    else exchange.resolve(answer);
  }
}

/** Of a request target and of field values: nothing that could end a line. */
const TARGET = /^\/[\x21-\x7e]*$/;
const LINE_BREAK = /[\r\n\0]/;

function requestText(
  { method, headers, body }: HttpCall,
  { target, host }: { readonly target: string; readonly host: string },
): string {
  if (!TARGET.test(target)) throw new TypeError(`Cannot request "${target}": expected a path`);
  let text = `${method} ${target} HTTP/1.1\r\nHost: ${host}\r\n`;
  for (const name in headers) {
    const value = headers[name] ?? [];
    for (const each of typeof value === "string" ? [value] : value) {
      if (LINE_BREAK.test(each)) {
        throw new TypeError(`Cannot send the header "${name}": its value has a line break`);
      }
      text += `${name}: ${each}\r\n`;
    }
  }
  if (body === undefined) return `${text}\r\n`;
  return `${text}Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`;
}
