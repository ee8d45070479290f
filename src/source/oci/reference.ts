/**
 * `oci://host/path:tag` → what to ask of which server. Pure.
 *
 * Source: the OCI distribution specification 1.1, "Pulling manifests"; names as Docker resolves them.
 */
import { SourceError } from "../source-error.ts";

export interface OciReference {
  /** As it was written, with `oci://` before it. */
  readonly name: string;
  /** Of the server that is asked: `https://ghcr.io`. */
  readonly origin: string;
  /** As Docker's config calls the registry: `ghcr.io`, `docker.io`. */
  readonly registry: string;
  /** `org/patterns/postgres`. */
  readonly repository: string;
  readonly tag?: string | undefined;
  /** `sha256:` and 64 hex digits; wins over the tag. */
  readonly digest?: string | undefined;
}

const REFERENCE =
  /^(?:(?<scheme>oci|https?):\/\/)?(?<host>[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?|\[[0-9a-f:.]+\])(?::(?<port>\d{1,5}))?\/(?<path>[^:@]+)(?::(?<tag>\w[\w.-]{0,127}))?(?:@(?<digest>sha256:[0-9a-f]{64}))?$/i;

const REPOSITORY =
  /^[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*(?:\/[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*)*$/;

/** Docker's own registry lives elsewhere than its name says, and has a folder for official images. */
const DOCKER_HUB = { names: ["docker.io", "index.docker.io"], server: "registry-1.docker.io" };

/** What is asked for where a reference names neither tag nor digest. */
export const DEFAULT_TAG = "latest";

/** Throws `SourceError`. */
export function parseOciReference(text: string): OciReference {
  const groups = REFERENCE.exec(text)?.groups;
  const { scheme = "oci", host, port, path, tag, digest } = groups ?? {};
  if (host === undefined || path === undefined || !REPOSITORY.test(path)) {
    throw notOne(text, path);
  }
  const registry = host.toLowerCase() + (port === undefined ? "" : `:${port}`);
  const isHub = DOCKER_HUB.names.includes(registry);
  const server = isHub ? DOCKER_HUB.server : registry;
  const origin = `${scheme.toLowerCase() === "http" ? "http" : "https"}://${server}`;
  if (!URL.canParse(origin)) throw unreadable(text, `"${host}" is no host`);
  return {
    name: text.includes("://") ? text : `oci://${text}`,
    origin: new URL(origin).origin,
    registry: isHub ? "docker.io" : registry,
    repository: isHub && !path.includes("/") ? `library/${path}` : path,
    ...(tag !== undefined && { tag }),
    ...(digest !== undefined && { digest: digest.toLowerCase() }),
  };
}

/** A tag may have capitals, and so may a host, for which they mean nothing; a repository may not. */
function notOne(text: string, path = ""): SourceError {
  if (!REPOSITORY.test(path.toLowerCase())) {
    return unreadable(text, "it is no reference to an OCI artifact");
  }
  const found = `the repository "${path}" has upper-case letters, expected lower case`;
  const start = text.lastIndexOf(`/${path}`);
  const lower = `${text.slice(0, start)}/${path.toLowerCase()}${text.slice(start + path.length + 1)}`;
  return unreadable(text, found, `Did you mean "${shown(lower)}"?`);
}

const EXAMPLE =
  "Write it like oci://ghcr.io/org/patterns/postgres:v14, or with @sha256:… behind it";

function unreadable(text: string, found: string, hint = EXAMPLE): SourceError {
  return new SourceError("unreadable", `Cannot use "${shown(text)}": ${found}`, { hint });
}

/** What stands before an "@" may be a password. */
function shown(text: string): string {
  return text.replace(/^([a-z]+:\/\/)[^/]*@/i, "$1…@");
}
