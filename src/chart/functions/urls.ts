/** Sprig's `urlParse` and `urlJoin`: a URL in the parts that Go's `net/url` sees. */
import type { TemplateValue } from "../../template/template.ts";
import { asMapValue, type GoMap, getField } from "../go-map.ts";
import { kindOf } from "./reflect.ts";
import type { HelmArguments } from "./signature.ts";

const URL_PARTS =
  /^(?:([A-Za-z][A-Za-z0-9+.-]*):)?(?:\/\/(?:([^/?#@]*)@)?([^/?#]*))?([^?#]*)(?:\?([^#]*))?(?:#(.*))?$/s;

export function parseUrl(args: HelmArguments): TemplateValue {
  const url = args.text(0);
  const match = URL_PARTS.exec(url);
  if (!match) return args.fail(`unable to parse url: ${url}`);
  const [, scheme = "", userinfo = "", host = "", rest = "", query = "", fragment = ""] = match;
  if (hasControl(url)) args.fail("unable to parse url: invalid control character in URL");
  if (/[\s<>"`{}|\\^]/.test(host)) args.fail("unable to parse url: invalid character in host name");
  // A scheme before something that does not begin with a slash: `mailto:a@b`.
  const isOpaque = scheme !== "" && rest !== "" && !rest.startsWith("/") && host === "";
  return asMapValue({
    scheme: scheme.toLowerCase(),
    host,
    hostname: host.replace(/:\d*$/, "").replace(/^\[(.*)\]$/, "$1"),
    path: isOpaque ? "" : decode(args, rest),
    query,
    opaque: isOpaque ? rest : "",
    fragment: decode(args, fragment),
    userinfo,
  });
}

function hasControl(text: string): boolean {
  return [...text].some((character) => character < " " || character === "\u007f");
}

function decode(args: HelmArguments, text: string): string {
  try {
    return decodeURIComponent(text);
  } catch (cause) {
    return args.fail(`unable to parse url: invalid URL escape in "${text}"`, cause);
  }
}

export function joinUrl(args: HelmArguments): string {
  const parts = args.map(0);
  const read = (key: string) => textPart(args, parts, key);
  const [scheme, host, path, userinfo] = [
    read("scheme"),
    read("host"),
    read("path"),
    read("userinfo"),
  ];
  const [opaque, query, fragment] = [read("opaque"), read("query"), read("fragment")];
  const start = scheme === "" ? "" : `${scheme}:`;
  const tail = `${query && `?${query}`}${fragment && `#${escapePath(fragment)}`}`;
  if (opaque !== "") return start + opaque + tail;
  const isPlaced = scheme !== "" || host !== "" || userinfo !== "";
  const slashes = host !== "" || path !== "" || userinfo !== "" ? "//" : "";
  const isRootless =
    scheme !== "" && host === "" && userinfo === "" && path !== "" && !path.startsWith("/");
  const authority = isPlaced && !isRootless ? `${slashes}${userinfo && `${userinfo}@`}${host}` : "";
  const gap = path !== "" && !path.startsWith("/") && host !== "" ? "/" : "";
  return start + authority + gap + escapePath(path) + tail;
}

/** Go leaves these of a path as they are. */
function escapePath(text: string): string {
  return encodeURI(text.toWellFormed()).replaceAll("#", "%23").replaceAll("?", "%3F");
}

function textPart(args: HelmArguments, parts: GoMap, key: string): string {
  const value = getField(parts, key);
  if (value === undefined) return "";
  if (typeof value === "string") return value;
  return args.fail(
    `unable to parse ${key} key, must be of type string, but ${kindOf(value)} found`,
  );
}
