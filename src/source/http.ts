/**
 * http(s) as a source: one GET, its redirects, one document.
 *
 * Guarantees: credentials go to the origin (scheme, host and port) that they were given for and to
 * no other; https stays https; only addresses that the rules allow are connected to, and exactly
 * those that were checked (a name that answers differently the second time changes nothing); sizes,
 * redirects and time are bounded; no connection outlives the answer; no message holds a credential,
 * a query, or text that the server chose.
 */
import { lookup } from "node:dns/promises";
import {
  type ClientRequest,
  request as httpRequest,
  type IncomingMessage,
  STATUS_CODES,
} from "node:http";
import { request as httpsRequest } from "node:https";
import { isIP } from "node:net";
import { rootCertificates } from "node:tls";
import type { CidrBlock } from "../std/ip.ts";
import { type AddressRules, addressRules } from "./address-rules.ts";
import type { SourceReference } from "./reference.ts";
import { MAX_SOURCE_BYTES, SourceError, tooLarge } from "./source-error.ts";
import { connectionFault } from "./web-faults.ts";

/** Where a host is. */
export interface HostAddress {
  readonly address: string;
  /** Another port than the URL says; for tests, whose servers take a free one. */
  readonly port?: number;
}

export interface WebOptions {
  /** Read over plain http, too. */
  readonly allowHttp?: boolean;
  /** Addresses beside the public ones. */
  readonly allowedAddresses?: readonly CidrBlock[];
  /** Certificates in PEM that are trusted beside those of the runtime. */
  readonly certificateAuthorities?: string | undefined;
  /** Host name → addresses; the system's resolver when absent. */
  readonly resolveHost?: (host: string) => Promise<readonly HostAddress[]>;
  /** For one reference with all its redirects. */
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
}

const MAX_REDIRECTS = 5;
const TIMEOUT_MS = 30_000;
const REDIRECTS: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);

/** The body of what a URL answers. Throws `SourceError`. */
export async function readWeb(
  reference: SourceReference,
  options: WebOptions = {},
): Promise<Uint8Array> {
  const { timeoutMs = TIMEOUT_MS, signal: stop } = options;
  const deadline = AbortSignal.timeout(timeoutMs);
  const signal = stop ? AbortSignal.any([stop, deadline]) : deadline;
  const visit = new Visit(reference, options, signal);
  try {
    return await visit.follow();
  } catch (error) {
    if (stop?.aborted || error instanceof SourceError) throw error;
    if (deadline.aborted) {
      const message = `Cannot read "${reference.name}": no whole answer within ${timeoutMs / 1000} s`;
      throw new SourceError("timeout", message, {
        hint: "Is the server up, and is a proxy between?",
      });
    }
    throw connectionFault(reference.name, error);
  }
}

/** One reference on its way through redirects. */
class Visit {
  readonly #reference: SourceReference;
  readonly #options: WebOptions;
  readonly #signal: AbortSignal;
  readonly #rules: AddressRules;

  constructor(reference: SourceReference, options: WebOptions, signal: AbortSignal) {
    this.#reference = reference;
    this.#options = options;
    this.#signal = signal;
    this.#rules = addressRules(options.allowedAddresses ?? []);
  }

  async follow(): Promise<Uint8Array> {
    const start = new URL(this.#reference.location);
    let url = start;
    for (let hops = 0; hops <= MAX_REDIRECTS; hops++) {
      this.#checkScheme(url, start);
      const answer = await this.#get(url, start);
      try {
        if (!REDIRECTS.has(answer.statusCode ?? 0)) return await this.#body(answer);
        url = this.#nextUrl(answer, url);
      } finally {
        answer.destroy();
      }
    }
    throw this.#fault("redirect", `more than ${MAX_REDIRECTS} redirects`);
  }

  #checkScheme(url: URL, start: URL): void {
    if (url.username !== "" || url.password !== "") {
      throw this.#fault("insecure", "the URL holds credentials", "Give them with auth");
    }
    if (url.protocol === "https:") return;
    if (url.protocol !== "http:" || start.protocol === "https:") {
      throw this.#fault("redirect", `it redirects away from https, to "${url.protocol}"`);
    }
    if (this.#options.allowHttp) return;
    const hint = "Use https, or allow it with --allow-http";
    throw this.#fault("insecure", "plain http can be read and changed by anybody between", hint);
  }

  /** Tries the addresses of the host one after the other. */
  async #get(url: URL, start: URL): Promise<IncomingMessage> {
    let failure: unknown;
    for (const address of await this.#addressesOf(url)) {
      try {
        return await this.#ask(url, address, url.origin === start.origin);
      } catch (error) {
        if (this.#signal.aborted) throw error;
        failure = error;
      }
    }
    throw failure;
  }

  async #addressesOf(url: URL): Promise<readonly HostAddress[]> {
    const host = url.hostname.replace(/^\[|\]$/g, "");
    const { resolveHost = systemAddresses } = this.#options;
    const all = isIP(host) ? [{ address: host }] : await abortable(resolveHost(host), this.#signal);
    const open = all.filter(({ address }) => this.#rules(address) === undefined);
    const [first] = all;
    if (open.length > 0 || !first) return open;
    const kind = this.#rules(first.address);
    const hint = `If that is meant, allow it with --allow-address ${first.address}`;
    const found = `its address ${first.address} is ${kind}, expected a public one`;
    throw this.#fault("address", found, hint);
  }

  #ask(url: URL, { address, port }: HostAddress, isOwnOrigin: boolean): Promise<IncomingMessage> {
    const { certificateAuthorities: own } = this.#options;
    const credentials = isOwnOrigin ? this.#reference.credentials : undefined;
    const isTls = url.protocol === "https:";
    const host = url.hostname.replace(/^\[|\]$/g, "");
    const options = {
      method: "GET",
      agent: false as const,
      // The address that was checked, whatever the name means a moment later.
      host: address,
      port: port ?? (url.port || (isTls ? 443 : 80)),
      path: `${url.pathname}${url.search}`,
      headers: {
        host: url.host,
        accept: credentials?.type === "github" ? "application/vnd.github.raw, */*" : "*/*",
        "accept-encoding": "identity",
        connection: "close",
        "user-agent": "orkestra",
        ...(credentials && { authorization: credentials.authorization }),
      },
    };
    const tls = {
      ...(isIP(host) === 0 && { servername: host }),
      ...(own !== undefined && { ca: [...rootCertificates, own] }),
      // Not even an environment variable switches this off.
      rejectUnauthorized: true,
    };
    return answerOf(
      isTls ? httpsRequest({ ...options, ...tls }) : httpRequest(options),
      this.#signal,
    );
  }

  #nextUrl(answer: IncomingMessage, url: URL): URL {
    const { location } = answer.headers;
    if (location !== undefined && URL.canParse(location, url)) return new URL(location, url);
    throw this.#fault("redirect", `the server answered ${answer.statusCode} and no place to go to`);
  }

  async #body(answer: IncomingMessage): Promise<Uint8Array> {
    this.#checkAnswer(answer);
    const chunks: Uint8Array[] = [];
    let size = 0;
    for await (const chunk of withAbort(answer, this.#signal)) {
      size += chunk.length;
      if (size > MAX_SOURCE_BYTES) throw tooLarge(this.#reference.name);
      chunks.push(chunk);
    }
    const said = answer.headers["content-length"];
    if (said !== undefined && Number(said) !== size) {
      throw this.#fault("cut-off", `the answer ended after ${size} of ${Number(said)} bytes`);
    }
    return Buffer.concat(chunks);
  }

  #checkAnswer({ statusCode = 0, headers }: IncomingMessage): void {
    if (statusCode !== 200) {
      const reason = STATUS_CODES[statusCode] ?? "";
      const found = `the server answered ${`${statusCode} ${reason}`.trim()}, expected 200 OK`;
      throw this.#fault("status", found, this.#statusHint(statusCode));
    }
    const encoding = headers["content-encoding"] ?? "identity";
    if (encoding !== "identity") {
      throw this.#fault("wrong-type", "the answer is compressed, which was not asked for");
    }
    if (/^text\/html\b/i.test(headers["content-type"] ?? "")) {
      const hint = "Name the file itself, not the page that shows it; is a login needed?";
      throw this.#fault("wrong-type", "the answer is a web page, expected YAML", hint);
    }
  }

  #statusHint(status: number): string | undefined {
    const { credentials } = this.#reference;
    const names = credentials?.variables.map((name) => `$${name}`) ?? [];
    const variables = names.join(" and ");
    if (status === 401 || status === 403) {
      if (names.length === 0) return "Does it need auth?";
      return `${names.length === 1 ? "Is" : "Are"} ${variables} right, and is that enough?`;
    }
    if (status !== 404) return undefined;
    const isGithub = credentials?.type === "github";
    return isGithub ? `GitHub also says so when ${variables} may not read it` : "Is the URL right?";
  }

  #fault(code: SourceError["code"], found: string, hint?: string): SourceError {
    return new SourceError(code, `Cannot read "${this.#reference.name}": ${found}`, { hint });
  }
}

async function systemAddresses(host: string): Promise<readonly HostAddress[]> {
  return lookup(host, { all: true });
}

/** The head of the answer. The request ends with the signal at any time, the body included. */
function answerOf(request: ClientRequest, signal: AbortSignal): Promise<IncomingMessage> {
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
    request.end();
  });
}

async function* withAbort(
  answer: IncomingMessage,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array, void> {
  const iterator = (answer as AsyncIterable<Uint8Array>)[Symbol.asyncIterator]();
  for (;;) {
    const next = await abortable(Promise.resolve(iterator.next()), signal);
    if (next.done) return;
    yield next.value;
  }
}

/** `work`, or a rejection as soon as the signal comes; what was started may end unseen. */
function abortable<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const stop = () => reject(signal.reason);
    if (signal.aborted) stop();
    signal.addEventListener("abort", stop, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener("abort", stop));
  });
}
