/** What every kind of import shares while it is found: its surroundings, its variables, its credentials. */
import type { AuthDocument } from "../katalog/imports.ts";
import type { Bundle } from "../source/bundle.ts";
import type { Credentials } from "../source/credentials.ts";
import { type ReportImport, readCredentials, unsetVariable } from "./import-credentials.ts";
import { type DocumentReader, shownUrl, type Target } from "./reader.ts";

export interface ImportScope {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly reader: DocumentReader;
  /** The Komposer, as positions name it. */
  readonly file: string;
  readonly report: ReportImport;
}

/** One document that an import means. */
export interface FoundDocument {
  readonly target: Target;
  /** `file:…`, `helm:<repo>/<chart>@<version>`, `registry:…`. */
  readonly origin: string;
  /** What was fetched; absent for a document of its own. */
  readonly bundle?: Bundle;
  /** `sha256:` and 64 hex digits of the keyring that it was held against. */
  readonly keyring?: string;
  readonly wants: "Katalog" | "Komposer";
  /** What `metadata.version` must be, because nothing else says it. */
  readonly version?: string;
  /** A file among others: what is no Katalog is no concern of ours. */
  readonly isScanned?: boolean;
}

/** An entry, by whichever of its keys says where it is. */
interface Authenticated {
  readonly auth?: AuthDocument;
  readonly url?: string;
  readonly repo?: string;
  readonly motif?: string;
}

/** Credentials of the entry; local files hold none. */
export function credentialsOf(
  { auth, url, repo, motif }: Authenticated,
  { env, reader, report }: ImportScope,
): Promise<Credentials | "failed" | undefined> | undefined {
  const name = shownUrl(url ?? repo ?? motif ?? "");
  const { files, isOffline } = reader;
  return auth && readCredentials(auth, { name, env, files, report, isOffline });
}

/** An issue that must not be told with the line that it is about. */
export const SECRET_IN_URL = "secret-in-url";

/** Whether a URL holds credentials, which is then told. */
export function refuseSecret(location: string, key: string, { report }: ImportScope): boolean {
  if (!/^[^/]*\/\/[^/?#]*@/.test(location)) return false;
  const message = `Cannot import "${shownUrl(location)}": the URL holds credentials`;
  const hint = "Give them with auth, which takes them from the environment";
  report({ code: SECRET_IN_URL, severity: "error", message, hint }, [key]);
  return true;
}

/** `$NAME` and `${NAME}`. */
const VARIABLE = /\$(?:\{([A-Za-z_]\w*)\}|([A-Za-z_]\w*))/g;

/** The text with its variables replaced; `undefined` when one of them is not set, which is told. */
export function replaceVariables(
  text: string,
  key: string,
  { env, reader, report }: ImportScope,
): string | undefined {
  const missing = new Set<string>();
  const replace = (part: string) =>
    part.replaceAll(VARIABLE, (_, braced?: string, bare?: string) => {
      const name = braced ?? bare ?? "";
      const value = env[name];
      if (!value) missing.add(name);
      return value ?? "";
    });
  const [path = "", ...query] = text.split("?");
  // What a query is given by the environment may be a token.
  for (const [, braced, bare] of query.join("?").matchAll(VARIABLE)) {
    reader.keepSecrets([env[braced ?? bare ?? ""] ?? ""]);
  }
  const result = [path, ...query].map(replace).join("?");
  for (const name of missing) {
    const hint = "Set it before the start: variables are replaced once, then";
    report({ ...unsetVariable(name, `import "${shownUrl(text)}"`), hint }, [key]);
  }
  return missing.size === 0 ? result : undefined;
}
