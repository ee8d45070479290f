/**
 * How people name a package of documents (a Katalog, a Komposer, a Motif): by a short name of a
 * registry of their own, as an OCI artifact, or in a git repository. Pure: text → what to fetch.
 */
import { urlScheme } from "../source/source.ts";

export interface WrittenPackage {
  /** With variables replaced. */
  readonly url: string;
  /** A tag, a digest or a git ref, said beside the URL. */
  readonly version?: string | undefined;
  /** Whether it is an artifact, where the URL does not say so. */
  readonly oci?: boolean | undefined;
}

export type PackageReference =
  /** `location` is `oci://host/path:tag` or `oci://host/path@sha256:…`; `http://…` of a registry over plain http. */
  | { readonly kind: "artifact"; readonly location: string; readonly version: string | undefined }
  | {
      readonly kind: "git";
      readonly location: string;
      readonly ref: string | undefined;
      /** The folder that a short name means, and the version that it asks for. */
      readonly entry?: NamedEntry;
    };

/** One of several packages in a git repository. */
export interface NamedEntry {
  readonly name: string;
  readonly version: string | undefined;
}

export interface RefusedReference {
  readonly kind: "refused";
  readonly why: string;
  readonly hint: string;
}

/** Where short names are looked up: the variable that says so, and what it says. */
export interface ShortNames {
  readonly variable: string;
  readonly registry: string | undefined;
}

export function packageReference(
  written: WrittenPackage,
  shortNames: ShortNames,
): PackageReference | RefusedReference {
  const { url, oci } = written;
  const scheme = urlScheme(url);
  const rest = url.replace(/^[a-z][a-z0-9+.-]*:\/\//i, "");
  if (scheme === "oci") return artifact(rest, written.version);
  if (scheme === "https" || scheme === "http") {
    const own = scheme === "http" ? "http" : "oci";
    return (oci ?? isTagged(rest))
      ? artifact(rest, written.version, own)
      : git(url, written.version);
  }
  if (scheme !== undefined) {
    const hint = "Name an oci:// reference, the https URL of a git repository, or a short name";
    return { kind: "refused", why: `nothing reads "${scheme}"`, hint };
  }
  if (isHost(rest.split("/")[0] ?? "") && rest.includes("/"))
    return artifact(rest, written.version);
  return shortName(written, shortNames);
}

/** As Docker tells them apart: the first part of a name is a host when it looks like one. */
function isHost(part: string): boolean {
  return part.includes(".") || part.includes(":") || part === "localhost" || part.startsWith("[");
}

/** Source: the OCI distribution specification, "Pulling manifests". */
const ARTIFACT =
  /^(?<name>[a-z0-9.-]+(?::\d+)?|\[[0-9a-f:]+\](?::\d+)?)(?<path>(?:\/[a-z0-9]+(?:[._-]+[a-z0-9]+)*)+)(?::(?<tag>[\w][\w.-]{0,127}))?(?:@(?<digest>sha256:[0-9a-f]{64}))?$/i;

/** No repository of git has such a name: whoever writes a tag or a digest means an artifact. */
function isTagged(rest: string): boolean {
  const { tag, digest } = ARTIFACT.exec(rest)?.groups ?? {};
  return tag !== undefined || digest !== undefined;
}

function artifact(
  text: string,
  version: string | undefined,
  scheme: "oci" | "http" = "oci",
): PackageReference | RefusedReference {
  // `name@14.2.0` is read like `name:14.2.0`.
  const found = ARTIFACT.exec(text.replace(/@(?!sha256:)([\w][\w.-]*)$/, ":$1"));
  const { name, path, tag, digest } = found?.groups ?? {};
  if (name === undefined || path === undefined) {
    const hint = "Write it like oci://ghcr.io/org/patterns/postgres:v14";
    return { kind: "refused", why: "it is no reference to an OCI artifact", hint };
  }
  const said = version?.replace(/^@/, "");
  const isDigest = said !== undefined && /^sha256:[0-9a-f]{64}$/.test(said);
  const own = digest ?? tag;
  if (said !== undefined && own !== undefined && said !== digest && said !== tag) {
    const hint = "Say the version once";
    return { kind: "refused", why: `it names "${own}" and the version "${said}"`, hint };
  }
  const pin = digest ?? (isDigest ? said : undefined);
  const label = tag ?? (isDigest ? undefined : said);
  const location = `${scheme}://${name}${path}${pin ? `@${pin}` : `:${label ?? "latest"}`}`;
  return { kind: "artifact", location, version: label ?? pin };
}

function git(url: string, version: string | undefined): PackageReference | RefusedReference {
  // The ref stands behind the last "@" of the path; it may hold slashes.
  const [, location = url, ref] = /^([a-z]+:\/\/[^/]+\/[^@]*)@(.+)$/i.exec(url) ?? [];
  if (!URL.canParse(location)) {
    const hint = "Write it like https://github.com/org/registry@main";
    return { kind: "refused", why: "it is not a URL", hint };
  }
  if (ref !== undefined && version !== undefined && ref !== version) {
    const hint = "Say the version once";
    return { kind: "refused", why: `it names "${ref}" and the version "${version}"`, hint };
  }
  return { kind: "git", location, ref: ref ?? version };
}

const SHORT_NAME =
  /^(?<name>[A-Za-z0-9][\w./-]*?)(?:[@:](?<version>[\w][\w.+-]*|sha256:[0-9a-f]{64}))?$/;

function shortName(
  { url, version, oci }: WrittenPackage,
  { variable, registry }: ShortNames,
): PackageReference | RefusedReference {
  const found = SHORT_NAME.exec(url)?.groups;
  const name = found?.["name"];
  if (name === undefined) {
    const hint = "Write a name like postgres@14.2.0, or a whole reference like oci://host/path:tag";
    return { kind: "refused", why: "it is neither a name nor a reference", hint };
  }
  if (!registry) {
    const hint = `Set ${variable} to where short names are found, such as oci://ghcr.io/org/patterns`;
    return { kind: "refused", why: `it is a short name, and ${variable} is not set`, hint };
  }
  const own = found?.["version"] ?? version;
  const base = registry.replace(/\/+$/, "");
  const scheme = urlScheme(base);
  const isWeb = scheme === "https" || scheme === "http";
  if (isWeb && !(oci ?? (scheme === "http" && !saysGit(base)))) {
    const whole = git(base, undefined);
    return whole.kind === "git" ? { ...whole, entry: { name, version: own } } : whole;
  }
  if (scheme !== undefined && scheme !== "oci" && !isWeb) {
    const hint = `Set ${variable} to oci://host/path, or to the https URL of a git repository`;
    return { kind: "refused", why: `nothing reads the "${scheme}" of ${variable}`, hint };
  }
  const rest = base.replace(/^[a-z]+:\/\//i, "");
  return artifact(`${rest}/${name}`, own, scheme === "http" ? "http" : "oci");
}

/** With a ref behind it, or by its name. Over plain http hardly anybody serves git, and many a registry. */
function saysGit(url: string): boolean {
  return /@[^/]+$|\.git$/i.test(url);
}
