/**
 * Where a call at a deletion may go: any `https` URL; plain `http` only where it stays inside the cluster or
 * the machine, unless the user allows it. Pure; asked at the start for what is written down, and in each pass
 * for what templates give.
 */
import { isNear } from "./remote-endpoint.ts";

export type CallUrl =
  | { readonly kind: "url"; readonly url: URL }
  /** `why` completes "Cannot call it". */
  | { readonly kind: "refused"; readonly why: string };

export function readCallUrl(text: string, allowHttp: boolean): CallUrl {
  if (!URL.canParse(text)) return refused("its url is no URL");
  const url = new URL(text);
  if (url.username !== "" || url.password !== "") {
    return refused(`a credential stands in the URL of ${url.host}, use token or auth`);
  }
  if (url.protocol === "https:") return { kind: "url", url };
  if (url.protocol !== "http:") return refused(`its url is "${url.protocol}", expected https`);
  if (allowHttp || isNear(url.hostname)) return { kind: "url", url };
  return refused(
    `plain http to ${url.host} leaves the cluster without encryption, use https, the name of a Service such as billing.shop.svc, or --allow-http`,
  );
}

/**
 * Does the Katalog itself, and no data, say that this is a host of the cluster? It writes the whole host down,
 * or at least an end that only the cluster's own DNS knows, `.svc`.
 */
export function isHostWritten(template: string, { hostname }: URL): boolean {
  const plain = template.trim().replace(/\{\{.*?\}\}/gs, "\0");
  const [, authority = ""] = /^https?:\/\/([^/?#]*)/i.exec(plain) ?? [];
  const host = authority.replace(/:[\d\0]*$/, "").toLowerCase();
  const end = host.slice(host.lastIndexOf("\0") + 1);
  if (!host.includes("\0"))
    return (
      URL.canParse(`http://${host}`) &&
      host !== "" &&
      new URL(`http://${host}`).hostname === hostname
    );
  return /\.svc(\.[a-z0-9-]+)*$/.test(end) && hostname.endsWith(end);
}

function refused(why: string): CallUrl {
  return { kind: "refused", why };
}
