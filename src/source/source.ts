/**
 * The door of the sources: a table from the scheme of a reference to what reads it. Everything
 * comes back as text with the digest of its bytes; what a pin does not fit is refused here, for all
 * of them.
 */
import { createHash } from "node:crypto";
import { invariant } from "../std/invariant.ts";
import type { Bundle } from "./bundle.ts";
import type { FindLogin } from "./docker-config.ts";
import type { FileReader } from "./file.ts";
import { Ledger } from "./ledger.ts";
import type { BundleReference, SourceReference } from "./reference.ts";
import { SourceError } from "./source-error.ts";
import type { Web, WebOptions } from "./web.ts";

export interface Content {
  readonly text: string;
  /** `sha256:` and 64 hex digits, over the bytes. */
  readonly digest: string;
}

/** What stands behind one scheme. Throws `SourceError`. */
type Source = (reference: SourceReference) => Promise<Uint8Array>;

export interface Sources {
  readonly files: FileReader;
  /** Nothing is fetched: no credentials are needed. */
  readonly isOffline?: boolean;
  read(reference: SourceReference): Promise<Content>;
  /** Throws `SourceError`. */
  fetch(reference: BundleReference): Promise<Bundle>;
  /** Cannot be exchanged by whoever serves it: it is locked. */
  isFixed?(reference: SourceReference): boolean;
}

/** Schemes of URLs that can be read. */
export const URL_SCHEMES: readonly string[] = ["https", "http"];

export interface SourceOptions extends WebOptions {
  /** For what registries are logged into with; none: nothing of Docker's is looked at. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** Milliseconds since the Unix epoch: keys that sign charts expire. */
  readonly now?: () => number;
}

export function openSources(files: FileReader, options: SourceOptions = {}): Sources {
  const web = openWebLater(options);
  const readWeb: Source = async (reference) => (await import("./http.ts")).readWeb(reference, web);
  const table: ReadonlyMap<string, Source> = new Map<string, Source>([
    ["input", () => files.readInput()],
    ["file", ({ location }) => files.read(location)],
    ...URL_SCHEMES.map((scheme): [string, Source] => [scheme, readWeb]),
  ]);
  return {
    files,
    async read(reference) {
      const source = table.get(schemeOf(reference.location));
      invariant(source, `a source for "${reference.name}"`);
      return content(reference, await source(reference));
    },
    fetch: bundleSource(web, files, options),
  };
}

/** What is fetched as a whole; each kind is loaded when the first of it is. */
function bundleSource(
  web: Web,
  files: FileReader,
  { env = {}, now = Date.now }: SourceOptions,
): Sources["fetch"] {
  const ledger = new Ledger();
  let findLogin: Promise<FindLogin> | undefined;
  const openLogins = async () => (await import("./docker-config.ts")).openDockerConfig({ env });
  return async (reference) => {
    switch (reference.kind) {
      case "artifact": {
        const { pullArtifact } = await import("./oci/pull.ts");
        findLogin ??= openLogins();
        const { realm } = reference;
        const verify = await verifierOf(reference);
        return pullArtifact(reference, { web, findLogin: await findLogin, realm, verify, ledger });
      }
      case "git":
        return (await import("./git.ts")).readGit(reference, web, ledger);
      case "chart": {
        const { fetchChart } = await import("./helm.ts");
        findLogin ??= openLogins();
        const verify = await verifierOf(reference);
        const login = { web, findLogin: await findLogin, verify };
        return fetchChart(reference, { web, files, login, now, ledger });
      }
      default:
        return reference satisfies never;
    }
  };
}

async function verifierOf({ signatures = [] }: BundleReference) {
  if (signatures.length === 0) return undefined;
  return (await import("./oci/verify-policy.ts")).verifyArtifacts(signatures);
}

/** Most starts read files only: what speaks to servers is loaded when it is needed. */
function openWebLater(options: WebOptions): Web {
  let opened: Promise<Web> | undefined;
  return async (request) => {
    opened ??= import("./web.ts").then(({ openWeb }) => openWeb(options));
    return (await opened)(request);
  };
}

/** `https` of a URL, in lower case; `undefined` of a path. */
export function urlScheme(location: string): string | undefined {
  return /^([a-z][a-z0-9+.-]*):\/\//i.exec(location)?.[1]?.toLowerCase();
}

function schemeOf(location: string): string {
  return location === "-" ? "input" : (urlScheme(location) ?? "file");
}

/** `sha256:` and 64 hex digits. */
export function digestOf(bytes: Uint8Array): string {
  return `sha256:${createHash("sha256").update(bytes).digest("hex")}`;
}

/** What was read, held against its pin. Throws `SourceError`. */
export function content({ name, location, sha256 }: SourceReference, bytes: Uint8Array): Content {
  const digest = digestOf(bytes);
  const found = digest.slice("sha256:".length);
  if (sha256 !== undefined && sha256 !== found) {
    const message = `Cannot use "${name}": its SHA-256 is ${found}, expected ${sha256}`;
    const hint = "Look at what changed there, then change the pin or go back to what it means";
    // What a server gives is its fault; a file beside the document is as much the user's as the pin.
    const code = urlScheme(location) === undefined ? "own-digest" : "digest";
    throw new SourceError(code, message, { hint });
  }
  return { text: decode(name, bytes), digest };
}

function decode(name: string, bytes: Uint8Array): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch (cause) {
    const shown = name === "-" ? "standard input" : name;
    throw new SourceError("not-text", `Cannot read "${shown}": it is not UTF-8 text`, { cause });
  }
}
