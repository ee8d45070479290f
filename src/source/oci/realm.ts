/**
 * Whether a registry may send us to a server for a token: to itself, to another host of its own
 * domain, or to the one that the user names. Credentials follow that way, so in doubt the answer is no.
 *
 * Caveats: which domains are given out to different people is a list of ten thousand lines
 * (https://publicsuffix.org) that we do not carry. The rule here is stricter than that list: where it
 * is not plain from the name that two hosts belong to one owner, the realm has to be named.
 */
import { isIP } from "node:net";

export function isOwnRealm(registry: URL, realm: URL): boolean {
  if (realm.origin === registry.origin) return true;
  if (realm.protocol !== "https:" || realm.username !== "" || realm.password !== "") return false;
  return isSameOwner(plainHost(registry), plainHost(realm));
}

/** Whether both are hosts below one domain that somebody registered. */
export function isSameOwner(left: string, right: string): boolean {
  if (left === right) return true;
  if (isAddress(left) || isAddress(right)) return false;
  const shared = sharedLabels(left, right);
  const [top = "", second = ""] = [...shared].reverse();
  if (shared.length < 2) return false;
  if (SHARED_DOMAINS.some((domain) => `.${shared.join(".")}`.endsWith(`.${domain}`))) return false;
  if (shared.length > 3) return true;
  if (CATEGORIES.has(second)) return false;
  if (top.length !== 2 || GENERIC_COUNTRIES.has(top)) return second.length > 2 || shared.length > 2;
  // Below a country: `co.uk` and `tokyo.jp` are nobody's, and only short names tell themselves apart.
  return FLAT_COUNTRIES.has(top) && second.length > 3;
}

function plainHost(url: URL): string {
  return url.hostname.replace(/\.$/, "").toLowerCase();
}

function isAddress(host: string): boolean {
  return host.startsWith("[") || isIP(host) !== 0 || !host.includes(".");
}

function sharedLabels(left: string, right: string): readonly string[] {
  const [a, b] = [left, right].map((host) => host.split("."));
  const shared: string[] = [];
  for (let back = 1; ; back++) {
    const label = a?.at(-back);
    if (label === undefined || label === "" || label !== b?.at(-back)) return shared;
    shared.unshift(label);
  }
}

/** Two letters, but open to anybody, and registered right below. */
const GENERIC_COUNTRIES: ReadonlySet<string> = new Set([
  "ai",
  "cc",
  "eu",
  "fm",
  "gg",
  "io",
  "ly",
  "me",
  "sh",
  "so",
  "to",
  "tv",
  "ws",
]);

/** Names are registered right below these, apart from a few categories. */
const FLAT_COUNTRIES: ReadonlySet<string> = new Set([
  "at",
  "be",
  "ca",
  "ch",
  "cz",
  "de",
  "dk",
  "es",
  "fi",
  "fr",
  "ie",
  "lu",
  "nl",
  "pt",
  "se",
  "sk",
]);

/** Second-level names that are nobody's, below one country or another. */
const CATEGORIES: ReadonlySet<string> = new Set(
  "ac asso co com edu gob gouv gov info mil net nom nome or org priv prive publ".split(" "),
);

/** Below these everybody can have a host. */
const SHARED_DOMAINS: readonly string[] = [
  "amazonaws.com",
  "appspot.com",
  "azurecr.io",
  "azurewebsites.net",
  "cloudapp.net",
  "cloudfront.net",
  "co.com",
  "com.de",
  "dyndns.org",
  "eu.org",
  "fly.dev",
  "github.io",
  "gitlab.io",
  "googleapis.com",
  "herokuapp.com",
  "netlify.app",
  "ngrok.app",
  "ngrok.dev",
  "ngrok.io",
  "nip.io",
  "onrender.com",
  "pages.dev",
  "pkg.dev",
  "run.app",
  "scw.cloud",
  "sslip.io",
  "ts.net",
  "uk.com",
  "us.com",
  "vercel.app",
  "web.app",
  "windows.net",
  "workers.dev",
];
