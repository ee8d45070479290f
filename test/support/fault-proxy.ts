/**
 * A proxy between the program under test and a real API server, that makes happen what happens in
 * the field: answers that get lost, watches that lie, servers that lag behind. What goes wrong is a
 * plan (`fault-proxy-plan.ts`); what no fault is armed for passes through unchanged.
 *
 *     ork ──plain http, loopback──▶ proxy ──TLS, as the given user──▶ kube-apiserver
 *
 * Guarantee: the same seed and the same requests give the same faults. The seed is in `title`.
 */
import { writeFileSync } from "node:fs";
import {
  createServer,
  type IncomingMessage,
  request as plainRequest,
  type Server,
  type ServerResponse,
} from "node:http";
import { Agent, type RequestOptions, request as tlsRequest } from "node:https";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import {
  ArmedFault,
  type Fault,
  isEventFault,
  isRequestFault,
  type RequestAct,
  type RequestFault,
  seededRandom,
} from "./fault-proxy-plan.ts";
import {
  type KubeRequest,
  matchesRequest,
  type RequestMatch,
  readKubeRequest,
} from "./fault-proxy-request.ts";
import { breakOff, FaultyStream, statusObject } from "./fault-proxy-stream.ts";
import { type Credential, kubeconfigText } from "./kubeconfig.ts";

export interface FaultProxyOptions {
  /** `https://127.0.0.1:6443` */
  readonly server: string;
  /** PEM of the authority of the server's certificate. */
  readonly ca: string;
  readonly credential: Credential;
  /** Where the kubeconfig goes. */
  readonly folder: string;
  readonly seed?: number;
}

/** A request that went to the server, as it was answered. */
export interface Passed extends KubeRequest {
  readonly status: number;
  /** When it came in and when its answer was there, in milliseconds of `performance.now()`. */
  readonly startMs: number;
  readonly endMs: number;
}

/** The token that the proxy asks for, unless told otherwise; the server never sees it. */
const FIRST_TOKEN = "through-the-proxy";

const REASONS: Readonly<Record<number, string>> = {
  400: "BadRequest",
  401: "Unauthorized",
  403: "Forbidden",
  404: "NotFound",
  409: "Conflict",
  410: "Expired",
  429: "TooManyRequests",
  500: "InternalError",
  503: "ServiceUnavailable",
};

export class FaultProxy implements AsyncDisposable {
  readonly seed: number;
  readonly #options: FaultProxyOptions;
  readonly #agent: Agent;
  readonly #random: () => number;
  readonly #server: Server;
  readonly #open = new Map<ServerResponse, KubeRequest>();
  readonly #silent = new Set<ServerResponse>();
  readonly #passed: Passed[] = [];
  #armed: ArmedFault[] = [];
  #gate = Promise.withResolvers<void>();
  #kill: () => Promise<void> = async () => {
    throw new Error("Cannot kill: nobody said what to end");
  };

  private constructor(options: FaultProxyOptions) {
    this.#options = options;
    this.seed = options.seed ?? 1;
    this.#random = seededRandom(this.seed);
    this.#agent = new Agent({ keepAlive: true, maxSockets: 256, ...tlsOf(options) });
    this.#server = createServer((request, response) => {
      void this.#serve(request, response).catch((error: unknown) => {
        // Whoever asked sees a broken connection, as with a proxy that crashed.
        if (process.env["ORK_FAULT_DEBUG"]) console.error("fault proxy:", error);
        breakOff(response);
      });
    });
    this.#server.keepAliveTimeout = 0;
    this.#server.requestTimeout = 0;
  }

  static async start(options: FaultProxyOptions): Promise<FaultProxy> {
    const proxy = new FaultProxy(options);
    await new Promise<void>((resolve, reject) => {
      proxy.#server.once("error", reject);
      proxy.#server.listen(0, "127.0.0.1", resolve);
    });
    return proxy;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** Writes a kubeconfig that leads here, and returns its path. */
  kubeconfig(token = FIRST_TOKEN): string {
    const { port } = this.#server.address() as AddressInfo;
    const path = join(this.#options.folder, `fault-proxy-${port}.kubeconfig`);
    const text = kubeconfigText({
      server: this.url,
      ca: this.#options.ca,
      user: "proxied",
      namespace: "default",
      credential: { kind: "token", token },
    });
    writeFileSync(path, text, { mode: 0o600 });
    return path;
  }

  /** How the program under test is killed, and awaited until it is gone. */
  set kill(kill: () => Promise<void>) {
    this.#kill = kill;
  }

  arm<F extends Fault>(fault: F): ArmedFault<F> {
    const armed = new ArmedFault(fault, this.#random);
    this.#armed.push(armed);
    return armed;
  }

  /** No faults any more; what is held goes on. */
  heal(): void {
    this.#armed = [];
    this.release();
  }

  /** Lets held events go. */
  release(): void {
    this.#gate.resolve();
    this.#gate = Promise.withResolvers<void>();
  }

  /** Breaks every connection that a watch is on, or those of one resource. */
  resetStreams(match: RequestMatch = {}): void {
    for (const [response, watch] of this.#open) {
      if (matchesRequest(watch, match)) response.destroy();
    }
  }

  /** Breaks the connections of requests that were left without an answer. */
  resetSilent(): void {
    for (const response of this.#silent) breakOff(response);
    this.#silent.clear();
  }

  /** Requests that the server answered since the last call. */
  takePassed(): readonly Passed[] {
    return this.#passed.splice(0);
  }

  get openWatches(): number {
    return this.#open.size;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.heal();
    this.resetStreams();
    this.resetSilent();
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
    this.#agent.destroy();
  }

  async #serve(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    const startMs = performance.now();
    const body = await readAll(incoming);
    const request = readKubeRequest(incoming.method ?? "GET", incoming.url ?? "/");
    const fault = this.#faultFor(request);
    const at = fault?.at ?? "before";
    if (fault !== undefined && at === "before") {
      const isDone = await this.#actBefore(fault, { request, incoming, response });
      if (isDone) return;
    }
    const upstream = await this.#forward(request, { incoming, body });
    if (request.verb === "watch" && upstream.statusCode === 200) {
      await this.#stream(request, upstream, { response });
      return;
    }
    const answer = await readAll(upstream);
    const status = upstream.statusCode ?? 0;
    this.#passed.push({ ...request, status, startMs, endMs: performance.now() });
    if (fault !== undefined && at === "committed") {
      const isDone = await this.#actAfter(fault.act, response, { upstream, answer });
      if (isDone) return;
    }
    await finish(response, upstream, answer);
    if (fault?.act.kind === "kill" && at === "answered") await this.#kill();
  }

  #faultFor(request: KubeRequest): RequestFault | undefined {
    const armed = this.#armed
      .filter(isRequestFault)
      .find((one) => matchesRequest(request, one.fault.match) && one.takes());
    return armed?.fault;
  }

  /** True when the request is settled and must not reach the server. */
  async #actBefore(
    { act }: RequestFault,
    call: {
      readonly request: KubeRequest;
      readonly incoming: IncomingMessage;
      readonly response: ServerResponse;
    },
  ): Promise<boolean> {
    const { request, response } = call;
    switch (act.kind) {
      case "kill":
        await this.#kill();
        breakOff(response);
        return true;
      case "answer":
        answerWith(response, act);
        return true;
      case "reset":
        breakOff(response);
        return true;
      case "silence":
        this.#silent.add(response);
        return true;
      case "delay":
        await sleep(act.ms);
        return false;
      case "lag":
        await this.#lag(request, act.resourceVersion, call);
        return true;
      case "truncate":
        throw new Error("Cannot truncate an answer before there is one: use at: committed");
      default:
        return act satisfies never;
    }
  }

  /** True when the answer is settled. */
  async #actAfter(
    act: RequestAct,
    response: ServerResponse,
    { upstream, answer }: { readonly upstream: IncomingMessage; readonly answer: Buffer },
  ): Promise<boolean> {
    switch (act.kind) {
      case "kill":
        await this.#kill();
        breakOff(response);
        return true;
      case "answer":
        answerWith(response, act);
        return true;
      case "reset":
        breakOff(response);
        return true;
      case "silence":
        this.#silent.add(response);
        return true;
      case "truncate":
        await finish(response, upstream, answer.subarray(0, answer.length / 2));
        return true;
      case "delay":
        await sleep(act.ms);
        return false;
      case "lag":
        throw new Error("Cannot answer from an older view after the fact: use at: before");
      default:
        return act satisfies never;
    }
  }

  /** Answers as the server would have at an earlier version. */
  async #lag(
    request: KubeRequest,
    resourceVersion: string,
    {
      incoming,
      response,
    }: { readonly incoming: IncomingMessage; readonly response: ServerResponse },
  ): Promise<void> {
    const url = new URL(request.url, "http://server");
    const query = url.searchParams;
    const isStreamedList = query.get("sendInitialEvents") === "true";
    if (request.verb === "get") {
      url.pathname = url.pathname.replace(/\/[^/]+$/, "");
      query.set("fieldSelector", `metadata.name=${request.name}`);
    }
    for (const name of ["watch", "sendInitialEvents", "allowWatchBookmarks", "timeoutSeconds"]) {
      query.delete(name);
    }
    query.delete("limit");
    query.set("resourceVersion", resourceVersion);
    query.set("resourceVersionMatch", "Exact");
    const path = `${url.pathname}${url.search}`;
    const upstream = await this.#forward({ ...request, method: "GET", url: path }, { incoming });
    const answer = await readAll(upstream);
    if (upstream.statusCode !== 200) return finish(response, upstream, answer);
    const list = JSON.parse(answer.toString()) as OldList;
    if (request.verb === "list") return finish(response, upstream, answer);
    if (request.verb === "get") return answerOld(response, list, upstream);
    if (!isStreamedList) throw new Error("Cannot lag: this watch does not begin with a list");
    return this.#streamFrom(list, { request, incoming, response });
  }

  /** A streamed list from an old one, and the watch that goes on from there. */
  async #streamFrom(
    list: OldList,
    call: {
      readonly request: KubeRequest;
      readonly incoming: IncomingMessage;
      readonly response: ServerResponse;
    },
  ): Promise<void> {
    const { request, incoming, response } = call;
    const { resourceVersion } = list.metadata;
    const url = new URL(request.url, "http://server");
    url.searchParams.delete("sendInitialEvents");
    url.searchParams.delete("resourceVersionMatch");
    url.searchParams.set("resourceVersion", resourceVersion);
    const upstream = await this.#forward(
      { ...request, url: `${url.pathname}${url.search}` },
      { incoming },
    );
    const head = { apiVersion: list.apiVersion, kind: list.kind.replace(/List$/, "") };
    const events: unknown[] = list.items.map((item) => ({
      type: "ADDED",
      object: { ...head, ...item },
    }));
    const annotations = { "k8s.io/initial-events-end": "true" };
    events.push({
      type: "BOOKMARK",
      object: { ...head, metadata: { resourceVersion, annotations } },
    });
    const initial = events.map((event) => JSON.stringify(event));
    await this.#stream(request, upstream, { response, initial });
  }

  async #stream(
    watch: KubeRequest,
    upstream: IncomingMessage,
    { response, initial = [] }: { response: ServerResponse; initial?: readonly string[] },
  ): Promise<void> {
    this.#open.set(response, watch);
    response.once("close", () => {
      this.#open.delete(response);
      upstream.destroy();
    });
    response.writeHead(200, headersOf(upstream));
    response.flushHeaders();
    const stream = new FaultyStream(response, {
      watch,
      faults: () => this.#armed.filter(isEventFault),
      released: () => this.#gate.promise,
    });
    try {
      for (const line of initial) {
        const verdict = await stream.line(line);
        if (verdict !== "go on") return close(response, verdict);
      }
      close(response, await stream.pipe(upstream));
    } catch {
      // The server's side broke, or ours was closed: so does the other.
      response.destroy();
    } finally {
      upstream.destroy();
      if (response.destroyed || response.writableEnded) this.#open.delete(response);
    }
  }

  #forward(
    { method, url }: KubeRequest,
    { incoming, body }: { readonly incoming: IncomingMessage; readonly body?: Buffer },
  ): Promise<IncomingMessage> {
    const { server, credential } = this.#options;
    const target = new URL(url, server);
    const { authorization: _, host: __, connection: ___, ...headers } = incoming.headers;
    const isTls = target.protocol === "https:";
    const options: RequestOptions = {
      method,
      ...(isTls && { agent: this.#agent }),
      headers: {
        ...headers,
        ...(credential.kind === "token" && { authorization: `Bearer ${credential.token}` }),
        ...(body !== undefined && body.length > 0 && { "content-length": String(body.length) }),
      },
    };
    return new Promise((resolve, reject) => {
      const outgoing = (isTls ? tlsRequest : plainRequest)(target, options, resolve);
      outgoing.once("error", reject);
      outgoing.end(body);
    });
  }
}

interface OldList {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly resourceVersion: string };
  readonly items: readonly object[];
}

function answerOld(response: ServerResponse, list: OldList, upstream: IncomingMessage) {
  const [item] = list.items;
  if (item === undefined) return answerWith(response, { kind: "answer", status: 404 });
  const head = { apiVersion: list.apiVersion, kind: list.kind.replace(/List$/, "") };
  return finish(response, upstream, Buffer.from(JSON.stringify({ ...head, ...item })));
}

function tlsOf({ ca, credential }: FaultProxyOptions) {
  if (credential.kind === "token") return { ca };
  return { ca, cert: credential.certificate, key: credential.key };
}

function answerWith(
  response: ServerResponse,
  {
    status,
    reason = REASONS[status] ?? "Unknown",
    retryAfterSeconds,
  }: RequestAct & { kind: "answer" },
): void {
  response.writeHead(status, {
    "content-type": "application/json",
    ...(retryAfterSeconds !== undefined && { "retry-after": String(retryAfterSeconds) }),
  });
  response.end(JSON.stringify(statusObject(status, reason, retryAfterSeconds)));
}

function headersOf(upstream: IncomingMessage): Record<string, string> {
  const type = upstream.headers["content-type"] ?? "application/json";
  const retryAfter = upstream.headers["retry-after"];
  return { "content-type": type, ...(retryAfter !== undefined && { "retry-after": retryAfter }) };
}

/** Resolves when the answer has left this process. */
function finish(response: ServerResponse, upstream: IncomingMessage, answer: Buffer) {
  return new Promise<void>((resolve) => {
    response.writeHead(upstream.statusCode ?? 502, headersOf(upstream));
    response.end(answer, () => resolve());
  });
}

function close(response: ServerResponse, verdict: "go on" | "end" | "reset"): void {
  if (verdict === "end") response.end();
  if (verdict === "reset") response.destroy();
}

async function readAll(stream: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const parts: Uint8Array[] = [];
  for await (const part of stream) parts.push(part);
  return Buffer.concat(parts);
}
