/**
 * One entry of `imports.files` → what to read: variables replaced, credentials taken from the
 * environment, folders and globs found. Everything that is wrong with it is told at its place.
 */
import { dirname, isAbsolute, join } from "node:path";
import type { AuthDocument } from "../katalog/imports.ts";
import type { PlacedImport } from "../katalog/komposer.ts";
import { basicCredentials, type Credentials, tokenCredentials } from "../source/credentials.ts";
import { expandGlob, isGlob } from "../source/glob.ts";
import { URL_SCHEMES, urlScheme } from "../source/source.ts";
import { SourceError } from "../source/source-error.ts";
import type { Issue } from "../std/issue.ts";
import type { PathSegment } from "../std/json.ts";
import { kindOf, locate, sourceIssue } from "./load.ts";
import { type DocumentReader, fileTarget, shownUrl, type Target } from "./reader.ts";

/** Reports what is wrong with an import; `below` is the path inside of its entry. */
export type ReportImport = (issue: Omit<Issue, "position">, below?: readonly PathSegment[]) => void;

export interface ImportScope {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly reader: DocumentReader;
  /** The Komposer, as positions name it. */
  readonly file: string;
  readonly report: ReportImport;
}

/** Nothing when it was reported. */
export async function importTargets(
  one: PlacedImport,
  scope: ImportScope,
): Promise<readonly Target[]> {
  const location = replaceVariables(one.url, scope);
  const credentials = one.auth ? readCredentials(one.auth, scope) : undefined;
  if (location === undefined || credentials === "failed") return [];
  const pin = one.sha256 !== undefined && { sha256: one.sha256 };
  const scheme = urlScheme(location);
  if (scheme !== undefined) {
    const target = {
      location,
      name: shownUrl(one.url),
      ...(credentials && { credentials }),
      ...pin,
    };
    return urlTarget(target, scheme, scope);
  }
  if (one.auth) {
    const message = `Cannot use auth for "${one.url}": it is a path, and only a URL takes credentials`;
    scope.report({ code: "bad-auth", severity: "error", message }, ["auth"]);
    return [];
  }
  const files = await findFiles(location, scope);
  if (one.sha256 !== undefined && files.length > 1) {
    const message = `Cannot use sha256 for "${one.url}": it means ${files.length} files, expected one`;
    scope.report({ code: "bad-pin", severity: "error", message }, ["sha256"]);
    return [];
  }
  return files.map((file) => ({ ...fileTarget(file), ...pin }));
}

function urlTarget(target: Target, scheme: string, scope: ImportScope): readonly Target[] {
  const isKnown = URL_SCHEMES.includes(scheme);
  if (/^[^/]*\/\/[^/?#]*@/.test(target.location)) {
    const message = `Cannot import "${target.name}": the URL holds credentials`;
    const hint = "Give them with auth, which takes them from the environment";
    scope.report({ code: SECRET_IN_URL, severity: "error", message, hint }, ["url"]);
    return [];
  }
  if (isKnown && URL.canParse(target.location)) return [scope.reader.addRemote(target)];
  const message = isKnown
    ? `Cannot import "${target.name}": it is not a URL`
    : `Cannot import "${target.name}": this build does not support "${scheme}" yet, it reads files, https and http`;
  scope.report({ code: isKnown ? "bad-url" : "unsupported", severity: "error", message }, ["url"]);
  return [];
}

/** An issue that must not be told with the line that it is about. */
export const SECRET_IN_URL = "secret-in-url";

/** `$NAME` and `${NAME}`. */
const VARIABLE = /\$(?:\{([A-Za-z_]\w*)\}|([A-Za-z_]\w*))/g;

function replaceVariables(text: string, { env, report }: ImportScope): string | undefined {
  const missing = new Set<string>();
  const result = text.replaceAll(VARIABLE, (_, braced?: string, bare?: string) => {
    const name = braced ?? bare ?? "";
    const value = env[name];
    if (!value) missing.add(name);
    return value ?? "";
  });
  for (const name of missing) report(unsetVariable(name, `import "${shownUrl(text)}"`), ["url"]);
  return missing.size === 0 ? result : undefined;
}

function unsetVariable(name: string, what: string): Omit<Issue, "position"> {
  const message = `Cannot ${what}: the environment variable ${name} is not set`;
  return { code: "missing-variable", severity: "error", message };
}

function readCredentials(auth: AuthDocument, scope: ImportScope): Credentials | "failed" {
  const needed =
    auth.type === "basic"
      ? (["usernameFromEnv", "passwordFromEnv"] as const)
      : (["fromEnv"] as const);
  const values = needed.map((key) => readVariable(auth, key, scope));
  const spare = (["fromEnv", "usernameFromEnv", "passwordFromEnv"] as const).filter(
    (key) => auth[key] !== undefined && !needed.some((one) => one === key),
  );
  for (const key of spare) {
    const message = `Cannot use "${key}" with auth of type ${auth.type}: expected ${needed.join(" and ")}`;
    scope.report({ code: "bad-auth", severity: "error", message }, ["auth", key]);
  }
  const [first, second] = values;
  if (spare.length > 0 || !first) return "failed";
  if (auth.type !== "basic") return tokenCredentials(auth.type, first.value, first.name);
  if (!second) return "failed";
  return basicCredentials(first.value, second.value, [first.name, second.name]);
}

function readVariable(
  auth: AuthDocument,
  key: "fromEnv" | "usernameFromEnv" | "passwordFromEnv",
  { env, report }: ImportScope,
): { readonly name: string; readonly value: string } | undefined {
  const name = auth[key]?.replace(/^\$\{?(\w+)\}?$/, "$1");
  if (name === undefined) {
    const message = `The key "${key}" is missing in auth of type ${auth.type}`;
    report({ code: "missing-key", severity: "error", message }, ["auth"]);
    return undefined;
  }
  const value = env[name]?.trim();
  if (!value) {
    report(unsetVariable(name, "authenticate"), ["auth", key]);
    return undefined;
  }
  // A line end would begin a header of its own.
  if (!/[\r\n\0]/.test(value)) return { name, value };
  const message = `Cannot authenticate: the environment variable ${name} holds more than one line`;
  report({ code: "bad-auth", severity: "error", message }, ["auth", key]);
  return undefined;
}

/** A path, a folder or a glob → files. */
async function findFiles(path: string, { reader, file, report }: ImportScope) {
  const { files } = reader;
  const whole = isAbsolute(path) ? path : join(dirname(file), path);
  try {
    const isPattern = isGlob(path) && (await kindOf(whole, files)) === undefined;
    const found = isPattern ? await expandGlob(whole, files) : [whole];
    if (found.length === 0) {
      const message = `Cannot import "${path}": it matches no file`;
      report({ code: "missing-file", severity: "error", message });
    }
    const located = await Promise.all(found.map((one) => locate(one, files)));
    for (const one of located) {
      if (typeof one !== "string") for (const issue of one.issues) report(issue);
    }
    return located.filter((one) => typeof one === "string");
  } catch (error) {
    if (!(error instanceof SourceError)) throw error;
    report(sourceIssue(error));
    return [];
  }
}
