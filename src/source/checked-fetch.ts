/**
 * The way to services that a custom resource's deletion calls: one request over a connection of its own, to
 * an address that was checked.
 *
 * Guarantees: exactly the address that was checked is connected to, so a name that answers differently the
 * second time changes nothing; link-local addresses, metadata services and reserved blocks are refused, and
 * where the Katalog does not say which host it is, whatever is not public; no redirect is followed;
 * certificates are verified. What the user allows with `--allow-address` is allowed here, too.
 */
import { isIP } from "node:net";
import { Readable } from "node:stream";
import { RefusedAddress } from "../std/refused-address.ts";
import { unlessAborted } from "../std/unless-aborted.ts";
import { addressRules } from "./address-rules.ts";
import { answerOf, systemAddresses, type WebOptions } from "./web.ts";
import { type HostAddress, WebConnections } from "./web-connections.ts";

/** `inside`: the Katalog says which host it is, and it may be one of the cluster. `public`: data says it. */
export type Reach = "inside" | "public";

export interface CheckedRequest {
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string | undefined;
  readonly reach: Reach;
  readonly signal: AbortSignal;
}

/** Rejects with a `RefusedAddress`, or what the connection failed with. */
export type CheckedFetch = (url: URL, request: CheckedRequest) => Promise<Response>;

/** What a Service, or a neighbour in the same Pod, has for an address. */
const INSIDE: ReadonlySet<string> = new Set(["private", "loopback"]);
/** A `Response` with one of them must have no body. Source: https://fetch.spec.whatwg.org/#null-body-status. */
const NO_BODY: ReadonlySet<number> = new Set([101, 204, 205, 304]);

export function createCheckedFetch(
  options: Pick<WebOptions, "allowedAddresses" | "certificateAuthorities" | "resolveHost"> = {},
): CheckedFetch {
  const { resolveHost = systemAddresses } = options;
  const connections = new WebConnections(options.certificateAuthorities);
  const rules = addressRules(options.allowedAddresses ?? []);
  return async (url, request) => {
    const host = url.hostname.replace(/^\[|\]$/g, "");
    const all = isIP(host)
      ? [{ address: host }]
      : await unlessAborted(resolveHost(host), request.signal);
    const open = all.filter(({ address }) => isOpen(rules(address), request.reach));
    if (open.length === 0) throw refusal(all, rules, request.reach);
    let failure: unknown;
    for (const address of open) {
      try {
        return await ask(connections, { url, address }, request);
      } catch (error) {
        // Another address may be tried as long as nothing was sent: only then is it a fault to connect.
        if (request.signal.aborted || !isUnconnected(error)) throw error;
        failure = error;
      }
    }
    throw failure;
  };
}

function isOpen(kind: string | undefined, reach: Reach): boolean {
  return kind === undefined || (reach === "inside" && INSIDE.has(kind));
}

function refusal(
  [first]: readonly HostAddress[],
  rules: (address: string) => string | undefined,
  reach: Reach,
): Error {
  if (!first) return Object.assign(new Error("No address"), { code: "ENODATA" });
  const kind = rules(first.address) ?? "reserved";
  const { address } = first;
  const way =
    reach === "public" && INSIDE.has(kind)
      ? `write the host, or the end .svc of it, in the Katalog, or allow it with --allow-address ${address}`
      : `allow it with --allow-address ${address}, if that is meant`;
  return new RefusedAddress(`its address ${address} is ${kind}; ${way}`);
}

const UNCONNECTED: ReadonlySet<string> = new Set([
  "ECONNREFUSED",
  "EHOSTUNREACH",
  "ENETUNREACH",
  "EADDRNOTAVAIL",
]);

function isUnconnected(error: unknown): boolean {
  return UNCONNECTED.has(String((error as NodeJS.ErrnoException | undefined)?.code));
}

async function ask(
  connections: WebConnections,
  { url, address }: { readonly url: URL; readonly address: HostAddress },
  { method, headers, body, signal }: CheckedRequest,
): Promise<Response> {
  const length = String(Buffer.byteLength(body ?? ""));
  const hasLength = body !== undefined || !["GET", "HEAD"].includes(method);
  const request = connections.request(url, address, {
    method,
    headers: { ...headers, ...(hasLength && { "content-length": length }) },
    isReused: false,
  });
  const answer = await answerOf(request, { body, signal });
  const { statusCode: status = 0 } = answer;
  const found = new Headers();
  const { "retry-after": retryAfter } = answer.headers;
  if (retryAfter !== undefined) found.set("retry-after", retryAfter);
  if (NO_BODY.has(status) || method === "HEAD") {
    answer.resume();
    return new Response(null, { status, headers: found });
  }
  return new Response(Readable.toWeb(answer) as unknown as ReadableStream, {
    status,
    headers: found,
  });
}
