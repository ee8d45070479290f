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
  answerOld,
  answerWith,
  close,
  finish,
  headersOf,
  nameIn,
  type OldList,
  readAll,
} from "./fault-proxy-answer.ts";
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
import { breakOff, FaultyStream } from "./fault-proxy-stream.ts";
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

export class FaultProxy implements AsyncDisposable {
  readonly seed: number;
  /** Called for each request when it has come in, whatever becomes of it. */
  onArrival: (request: KubeRequest, startMs: number) => void = () => {};
  /** The server is away: every connection breaks at its first request. */
  isAway = false;
  /** Requests with another token than the one that is demanded. */
  refusals = 0;
  #options: FaultProxyOptions;
  #agent: Agent;
  #token: string | undefined;
  readonly #arrived: KubeRequest[] = [];
  readonly #random: () => number;
  readonly #server: Server;
  readonly #open = new Map<ServerResponse, KubeRequest>();
  readonly #silent = new Set<ServerResponse>();
  readonly #passed: Passed[] = [];
  #underWay = 0;
  #armed: ArmedFault[] = [];
  #gate = Promise.withResolvers<void>();
  #kill: () => Promise<void> = async () => {
    throw new Error("Cannot kill: nobody said what to end");
  };

  private constructor(options: FaultProxyOptions) {
    this.#options = options;
    this.seed = options.seed ?? 1;
    this.#random = seededRandom(this.seed);
    this.#agent = agentFor(options);
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

  /** Writes a kubeconfig that leads here, or to what leads here, and returns its path. */
  kubeconfig({ token = FIRST_TOKEN, server = this.url } = {}): string {
    const path = join(this.#options.folder, `fault-proxy-${new URL(server).port}.kubeconfig`);
    const text = kubeconfigText({
      server,
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

  /** Another server from now on: what was one comes back with a history of its own. */
  moveTo(upstream: Pick<FaultProxyOptions, "server" | "ca" | "credential">): void {
    this.#options = { ...this.#options, ...upstream };
    this.#agent.destroy();
    this.#agent = agentFor(this.#options);
  }

  /** Requests with another token are answered by 401 from now on. */
  demandToken(token: string): void {
    this.#token = token;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** How many lists and watches have come in that match, whatever became of them. */
  arrivals(match: RequestMatch): number {
    return this.#arrived.filter((request) => matchesRequest(request, match)).length;
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

  /** Of those that match. */
  countWatches(match: RequestMatch): number {
    return [...this.#open.values()].filter((watch) => matchesRequest(watch, match)).length;
  }

  /** Waits until the server has answered every request but watches: all are among the passed then. */
  async untilIdle(): Promise<void> {
    while (this.#underWay > 0) await sleep(2);
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
    this.onArrival(request, startMs);
    if (["list", "watch"].includes(request.verb)) this.#arrived.push(request);
    if (this.isAway) return breakOff(response);
    if (this.#token !== undefined && incoming.headers.authorization !== `Bearer ${this.#token}`) {
      this.refusals++;
      return answerWith(response, { kind: "answer", status: 401 });
    }
    const fault = this.#faultFor(request);
    const at = fault?.at ?? "before";
    if (fault !== undefined && at === "before") {
      const isDone = await this.#actBefore(fault, { request, incoming, response });
      if (isDone) return;
    }
    this.#underWay++;
    const upstream = await this.#forward(request, { incoming, body }).catch((error: unknown) => {
      this.#underWay--;
      throw error;
    });
    if (request.verb === "watch" && upstream.statusCode === 200) {
      this.#underWay--;
      await this.#stream(request, upstream, { response });
      return;
    }
    const answer = await readAll(upstream).finally(() => this.#underWay--);
    const status = upstream.statusCode ?? 0;
    const name = request.verb === "create" ? nameIn(answer) : request.name;
    this.#passed.push({ ...request, name, status, startMs, endMs: performance.now() });
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
    switch (act.kind) {
      case "lag":
        await this.#lag(call.request, act, call);
        return true;
      case "truncate":
        throw new Error("Cannot truncate an answer before there is one: use at: committed");
      default:
        return this.#act(act, call.response);
    }
  }

  /** True when the answer is settled. */
  async #actAfter(
    act: RequestAct,
    response: ServerResponse,
    { upstream, answer }: { readonly upstream: IncomingMessage; readonly answer: Buffer },
  ): Promise<boolean> {
    switch (act.kind) {
      case "truncate":
        await finish(response, upstream, answer.subarray(0, answer.length / 2));
        return true;
      case "lag":
        throw new Error("Cannot answer from an older view after the fact: use at: before");
      default:
        return this.#act(act, response);
    }
  }

  /** What is the same before and after. True when nothing is to follow. */
  async #act(
    act: Exclude<RequestAct, { kind: "lag" | "truncate" }>,
    response: ServerResponse,
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
      case "delay":
        await sleep(act.ms);
        return false;
      default:
        return act satisfies never;
    }
  }

  /** Answers as the server would have at an earlier version. */
  async #lag(
    request: KubeRequest,
    { resourceVersion, holdMs = 0 }: RequestAct & { kind: "lag" },
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
    return this.#streamFrom(list, { request, incoming, response, holdMs });
  }

  /** A streamed list from an old one, and the watch that goes on from there. */
  async #streamFrom(
    list: OldList,
    call: {
      readonly request: KubeRequest;
      readonly incoming: IncomingMessage;
      readonly response: ServerResponse;
      readonly holdMs: number;
    },
  ): Promise<void> {
    const { request, incoming, response, holdMs } = call;
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
    await this.#stream(request, upstream, { response, initial, holdMs });
  }

  async #stream(
    watch: KubeRequest,
    upstream: IncomingMessage,
    {
      response,
      initial = [],
      holdMs = 0,
    }: { response: ServerResponse; initial?: readonly string[]; holdMs?: number },
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
      if (holdMs > 0) await sleep(holdMs);
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

function agentFor(options: FaultProxyOptions): Agent {
  return new Agent({ keepAlive: true, maxSockets: 256, ...tlsOf(options) });
}

function tlsOf({ ca, credential }: FaultProxyOptions) {
  if (credential.kind === "token") return { ca };
  return { ca, cert: credential.certificate, key: credential.key };
}
