/**
 * Where a remote may be: any `https` URL; plain `http` only where it stays inside the cluster or the
 * machine. Pure; asked at the start for what is written down, and in each pass for what templates give.
 */
import { isIP } from "node:net";

export type Endpoint =
  | {
      readonly kind: "url";
      readonly url: URL /** Without its query, for messages. */;
      readonly title: string;
    }
  /** `why` completes "Cannot ask the remote". */
  | { readonly kind: "refused"; readonly why: string };

export function readEndpoint(text: string): Endpoint {
  if (!URL.canParse(text)) return refused("its endpoint is no URL");
  const url = new URL(text);
  const title = `${url.origin}${url.pathname}`;
  if (url.username !== "" || url.password !== "") {
    return refused(`a credential stands in the URL of ${url.host}, use auth`);
  }
  if (url.protocol === "https:") return { kind: "url", url, title };
  if (url.protocol !== "http:") return refused(`"${title}" is not https`);
  if (isNear(url.hostname)) return { kind: "url", url, title };
  return refused(
    `"${title}" leaves the cluster without encryption, use https, or the name of a Service such as pricing.shop.svc`,
  );
}

/** Scheme, host and port are written down: no data decides where a credential is sent. */
export function hasFixedOrigin(template: string): boolean {
  return /^https?:\/\/[^/?#{}]+(?:[/?#]|$)/.test(template);
}

/** A name that only the cluster's DNS knows, or this machine. */
export function isNear(host: string): boolean {
  const bare = host.replace(/^\[|\]$/g, "");
  if (isIP(bare) !== 0) return bare === "::1" || bare.startsWith("127.");
  if (!host.includes(".")) return true;
  return /\.svc(\.|$)/.test(host) || host.endsWith(".localhost");
}

function refused(why: string): Endpoint {
  return { kind: "refused", why };
}
