/**
 * The one HTTP client of all sources: a request, its redirects, the whole answer.
 *
 * Guarantees: credentials go to the origin (scheme, host and port) of the URL that they were given
 * with and to no other, and once a redirect has led elsewhere they go nowhere any more; https stays
 * https; only addresses that the rules allow are connected to, and exactly those that were checked (a
 * name that answers differently the second time changes nothing); sizes, redirects and time are
 * bounded; no connection outlives the answers for longer than a moment; no message holds a
 * credential, a query, or text that the server chose.
 * Caveats: what is written (another method than GET and HEAD) is never sent on by a redirect.
 */
import { lookup } from "node:dns/promises";
import type { ClientRequest, IncomingHttpHeaders, IncomingMessage } from "node:http";
import { isIP } from "node:net";
import type { CidrBlock } from "../std/ip.ts";
import { unlessAborted } from "../std/unless-aborted.ts";
import { type AddressRules, addressRules } from "./address-rules.ts";
import { type CertificateDates, certificateDates } from "./certificate-dates.ts";
import { SourceError, tooLarge } from "./source-error.ts";
import { type HostAddress, WebConnections } from "./web-connections.ts";
import { connectionFault, isAboutDates } from "./web-faults.ts";

export interface WebOptions {
  /** Read over plain http, too. */
  readonly allowHttp?: boolean;
  /** Addresses beside the public ones. */
  readonly allowedAddresses?: readonly CidrBlock[];
  /** Certificates in PEM that are trusted beside those of the runtime. */
  readonly certificateAuthorities?: string | undefined;
  /** Host name → addresses; the system's resolver when absent. */
  readonly resolveHost?: (host: string) => Promise<readonly HostAddress[]>;
  /** For one request with all its redirects. */
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
}

export interface WebRequest {
  readonly url: URL;
  /** How messages name it: as the user wrote it, and without anything secret. */
  readonly name: string;
  /** What it is all for, behind "Cannot": `push to`. Absent: `read` or `write`, by the method. */
  readonly verb?: string;
  /** `GET` when absent. */
  readonly method?: string;
  /** Sent to wherever redirects lead: nothing secret. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Value of `Authorization`, for the origin of `url` only. */
  readonly authorization?: string | undefined;
  /** Headers that are a credential, too: for the origin of `url` only. */
  readonly secretHeaders?: Readonly<Record<string, string>> | undefined;
  readonly body?: Uint8Array;
  /** What the user named, where a server's word led from there to `url`; its secrets are not told. */
  readonly ledFrom?: LedFrom;
  /** Of the body of the answer. */
  readonly maxBytes: number;
}

export interface LedFrom {
  readonly url: URL;
  readonly authorization?: string | undefined;
}

/** Where an answer came from, when it is not what the user named: behind the name in messages. */
export interface AnswerPlace {
  /** `redirected to "cdn.example.io"`. */
  readonly text: string;
  /** Another host than the one of the request: credentials did not go there. */
  readonly isOther: boolean;
}

export interface WebAnswer {
  /** Any that is no redirect: what it means is for the caller to say. */
  readonly status: number;
  /** By name in lower case. */
  readonly headers: IncomingHttpHeaders;
  /** Of an answer that is no success only the beginning. */
  readonly body: Uint8Array;
  /** Where it came from in the end. */
  readonly url: URL;
  readonly place?: AnswerPlace;
}

/** Throws `SourceError`. */
export type Web = (request: WebRequest) => Promise<WebAnswer>;

const MAX_REDIRECTS = 5;
const TIMEOUT_MS = 30_000;
const REDIRECTS: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);
/** Of what a server says about its failure. */
const MAX_FAILURE_BYTES = 64 * 1024;
/** Nothing that is done here is known to be right: the server decided where it led. */
const SENT_ELSEWHERE =
  "Ask who runs the server why it sends there, or name the place where it really is";
const NAME_THE_PLACE = "Name the place where it really is";

export function openWeb(options: WebOptions = {}): Web {
  const connections = new WebConnections(options.certificateAuthorities);
  const rules = addressRules(options.allowedAddresses ?? []);
  return (request) =>
    connections.use(() =>
      bounded(request, options, (signal, way) =>
        new Visit(request, { options, connections, rules, signal, way }).follow(),
      ),
    );
}

/** Where a request has got to. */
interface Way {
  at: URL;
  /** Of the certificate that was refused for them. */
  dates?: CertificateDates | undefined;
}

/** Within its time, and with every failure in words. */
async function bounded<T>(
  request: WebRequest,
  { timeoutMs = TIMEOUT_MS, signal: stop }: WebOptions,
  work: (signal: AbortSignal, way: Way) => Promise<T>,
): Promise<T> {
  const way: Way = { at: request.url };
  const deadline = AbortSignal.timeout(timeoutMs);
  const signal = stop ? AbortSignal.any([stop, deadline]) : deadline;
  try {
    return await work(signal, way);
  } catch (error) {
    if (stop?.aborted || error instanceof SourceError) throw error;
    const what = taskOf(request, way);
    const isAway = isRedirected(request, way);
    if (!deadline.aborted) {
      const fault = connectionFault(what, error, way.dates);
      throw isAway
        ? new SourceError(fault.code, fault.message, { cause: error, hint: SENT_ELSEWHERE })
        : fault;
    }
    const found = `no whole answer within ${timeoutMs / 1000} s`;
    throw new SourceError("timeout", `Cannot ${what}: ${found}`, {
      hint: isAway ? SENT_ELSEWHERE : "Is the server up, and is a proxy between?",
    });
  }
}

interface Surroundings {
  readonly options: WebOptions;
  readonly connections: WebConnections;
  readonly rules: AddressRules;
  readonly signal: AbortSignal;
  readonly way: Way;
}

/** One request on its way through redirects. */
class Visit {
  readonly #request: WebRequest;
  readonly #around: Surroundings;
  /** Whether it is still where the credentials were given for. */
  #isAtHome = true;

  constructor(request: WebRequest, around: Surroundings) {
    this.#request = request;
    this.#around = around;
  }

  async follow(): Promise<WebAnswer> {
    let { url } = this.#request;
    for (let hops = 0; hops <= MAX_REDIRECTS; hops++) {
      this.#checkScheme(url);
      this.#around.way.at = url;
      if (url.origin !== this.#request.url.origin) this.#isAtHome = false;
      const answer = await this.#get(url);
      try {
        const status = answer.statusCode ?? 0;
        if (!REDIRECTS.has(status)) {
          const body = await this.#body(answer);
          const place = placeOf(this.#request, this.#around.way);
          return { status, headers: answer.headers, body, url, ...(place && { place }) };
        }
        url = this.#nextUrl(answer, url);
      } finally {
        if (!answer.complete) answer.destroy();
      }
    }
    throw this.#fault("redirect", `more than ${MAX_REDIRECTS} redirects`, NAME_THE_PLACE);
  }

  #checkScheme(url: URL): void {
    if (url.username !== "" || url.password !== "") {
      throw this.#fault("insecure", "the URL holds credentials", "Give them with auth");
    }
    if (url.protocol === "https:") return;
    if (url.protocol !== "http:" || this.#request.url.protocol === "https:") {
      const found = `it redirects away from https, to "${url.protocol}"`;
      throw this.#fault("redirect", found, NAME_THE_PLACE);
    }
    if (this.#around.options.allowHttp) return;
    const hint = "Use https, or allow it with --allow-http";
    throw this.#fault("insecure", "plain http can be read and changed by anybody between", hint);
  }

  /** Tries the addresses of the host one after the other. */
  async #get(url: URL): Promise<IncomingMessage> {
    let failure: unknown;
    for (const address of await this.#addressesOf(url)) {
      try {
        return await this.#ask(url, address, true);
      } catch (error) {
        if (this.#around.signal.aborted) throw error;
        if (isAboutDates(error)) await this.#noteDates(url, address);
        failure = error;
      }
    }
    throw failure;
  }

  async #noteDates(url: URL, address: HostAddress): Promise<void> {
    const { way, signal } = this.#around;
    way.dates = await certificateDates(url, address, { signal, nowMs: Date.now() });
  }

  async #addressesOf(url: URL): Promise<readonly HostAddress[]> {
    const host = url.hostname.replace(/^\[|\]$/g, "");
    const { options, rules, signal } = this.#around;
    const { resolveHost = systemAddresses } = options;
    const all = isIP(host) ? [{ address: host }] : await unlessAborted(resolveHost(host), signal);
    const open = all.filter(({ address }) => rules(address) === undefined);
    const [first] = all;
    if (open.length > 0) return open;
    if (!first) throw Object.assign(new Error("No address"), { code: "ENODATA" });
    const kind = rules(first.address);
    const allow = `If that is meant, allow it with --allow-address ${first.address}`;
    const hint = isRedirected(this.#request, this.#around.way) ? SENT_ELSEWHERE : allow;
    const found = `its address ${first.address} is ${kind}, expected a public one`;
    throw this.#fault("address", found, hint);
  }

  async #ask(url: URL, address: HostAddress, isReused: boolean): Promise<IncomingMessage> {
    const { connections, signal } = this.#around;
    const { method = "GET", body } = this.#request;
    const request = connections.request(url, address, {
      method,
      headers: this.#headers(),
      isReused,
    });
    try {
      return await answerOf(request, { body, signal });
    } catch (error) {
      // A kept connection may have been closed by the server just now: that says nothing about it.
      const isStale = request.reusedSocket && isRead(method) && !signal.aborted;
      if (!isStale) throw error;
      return this.#ask(url, address, false);
    }
  }

  #headers(): Record<string, string> {
    const { headers, authorization, secretHeaders, body, method } = this.#request;
    return {
      accept: "*/*",
      "accept-encoding": "identity",
      "user-agent": "orkestra",
      ...headers,
      ...((body || !isRead(method)) && { "content-length": String(body?.length ?? 0) }),
      ...(this.#isAtHome && secretHeaders),
      ...(this.#isAtHome && authorization !== undefined && { authorization }),
    };
  }

  #nextUrl(answer: IncomingMessage, url: URL): URL {
    const { statusCode, headers } = answer;
    const { location } = headers;
    if (!isRead(this.#request.method)) {
      const found = `the server answered ${statusCode}, and nothing is sent on`;
      throw this.#fault("redirect", found, NAME_THE_PLACE);
    }
    if (location !== undefined && URL.canParse(location, url)) return new URL(location, url);
    const found = `the server answered ${statusCode} and no place to go to`;
    throw this.#fault("redirect", found, NAME_THE_PLACE);
  }

  async #body(answer: IncomingMessage): Promise<Uint8Array> {
    const { name, maxBytes, method } = this.#request;
    const { statusCode = 0, headers } = answer;
    const isSuccess = statusCode >= 200 && statusCode < 300;
    if (isSuccess && (headers["content-encoding"] ?? "identity") !== "identity") {
      const found = "the answer is compressed, which was not asked for";
      throw this.#fault("wrong-type", found, "Is a proxy between that packs what it passes on?");
    }
    const chunks: Uint8Array[] = [];
    let size = 0;
    for await (const chunk of withAbort(answer, this.#around.signal)) {
      size += chunk.length;
      if (isSuccess && size > maxBytes) throw tooLarge(name, undefined, maxBytes);
      chunks.push(chunk);
      if (!isSuccess && size > MAX_FAILURE_BYTES) return Buffer.concat(chunks);
    }
    const said = headers["content-length"];
    const hasBody = method !== "HEAD" && statusCode !== 204 && statusCode !== 304;
    if (hasBody && said !== undefined && Number(said) !== size) {
      const found = `the answer ended after ${size} of ${Number(said)} bytes`;
      throw this.#fault("cut-off", found, "Try again; is a proxy between that gives up?");
    }
    return Buffer.concat(chunks);
  }

  #fault(code: SourceError["code"], found: string, hint?: string): SourceError {
    const what = taskOf(this.#request, this.#around.way);
    return new SourceError(code, `Cannot ${what}: ${found}`, { hint });
  }
}

function isRead(method = "GET"): boolean {
  return method === "GET" || method === "HEAD";
}

function isRedirected({ url }: WebRequest, { at }: Way): boolean {
  return at.host !== url.host;
}

/** `read "https://…"`, and to where that has led. */
function taskOf(request: WebRequest, way: Way): string {
  const task = `${verbOf(request)} "${request.name}"`;
  const place = placeOf(request, way);
  return place ? `${task}, ${place.text}` : task;
}

function placeOf(request: WebRequest, { at }: Way): AnswerPlace | undefined {
  const { url, ledFrom } = request;
  const isOther = at.host !== url.host;
  const host = () => shownHost(request, at);
  if (isOther) return { text: `redirected to ${host()}`, isOther };
  if (at.href !== url.href) return { text: `redirected within "${url.host}"`, isOther };
  if (ledFrom && ledFrom.url.host !== url.host) return { text: `at ${host()}`, isOther };
  return undefined;
}

/** The server chose the name: it may say our credentials back, or a lot. */
function shownHost(
  { authorization, secretHeaders = {}, url, ledFrom }: WebRequest,
  at: URL,
): string {
  const own = [authorization, ledFrom?.authorization].filter((one) => one !== undefined);
  const decoded = own.map((one) =>
    Buffer.from(one.replace(/^\w+ /, ""), "base64").toString("latin1"),
  );
  const queries = [url.search, ledFrom?.url.search ?? ""];
  const secrets = [...own, ...decoded, ...Object.values(secretHeaders), ...queries];
  const all = secrets.join(" ").toLowerCase();
  const isSaidBack = at.host.split(/[.:]/).some((part) => part.length >= 4 && all.includes(part));
  return isSaidBack || at.host.length > 100 ? "another host" : `"${at.host}"`;
}

function verbOf({ verb, method }: WebRequest): string {
  return verb ?? (isRead(method) ? "read" : "write");
}

export async function systemAddresses(host: string): Promise<readonly HostAddress[]> {
  return lookup(host, { all: true });
}

/** The head of the answer. The request ends with the signal at any time, the body included. */
export function answerOf(
  request: ClientRequest,
  {
    body,
    signal,
  }: { readonly body: Uint8Array | string | undefined; readonly signal: AbortSignal },
): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const stop = () =>
      request.destroy(new Error("The request was aborted", { cause: signal.reason }));
    if (signal.aborted) stop();
    else signal.addEventListener("abort", stop, { once: true });
    request.once("close", () => signal.removeEventListener("abort", stop));
    // What fails after the head has come is told by the body's reader; here it must only not be thrown.
    request.on("error", reject);
    request.once("response", (answer: IncomingMessage) => {
      answer.on("error", () => {});
      resolve(answer);
    });
    request.end(body);
  });
}

async function* withAbort(
  answer: IncomingMessage,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array, void> {
  const iterator = (answer as AsyncIterable<Uint8Array>)[Symbol.asyncIterator]();
  for (;;) {
    const next = await unlessAborted(Promise.resolve(iterator.next()), signal);
    if (next.done) return;
    yield next.value;
  }
}
