/**
 * `auth` of an import → credentials. Values come from the environment alone: from the variable that
 * is named, or from the file that the variable of that name with `_FILE` behind it names, which is
 * how secrets are mounted into containers.
 */
import type { AuthDocument } from "../katalog/imports.ts";
import {
  basicCredentials,
  type Credentials,
  headerCredentials,
  tokenCredentials,
} from "../source/credentials.ts";
import type { FileReader } from "../source/file.ts";
import { SourceError } from "../source/source-error.ts";
import type { Issue } from "../std/issue.ts";
import type { PathSegment } from "../std/json.ts";
import { isSecretForName } from "../telemetry/redact.ts";

/** Reports what is wrong with an import; `below` is the path inside of its entry. */
export type ReportImport = (issue: Omit<Issue, "position">, below?: readonly PathSegment[]) => void;

export interface CredentialScope {
  /** How messages name what they are for. */
  readonly name: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The local ones, whatever the document lies in. */
  readonly files: FileReader;
  readonly report: ReportImport;
  /** Nobody will be asked: what is set is kept from being told, and what is not set is not missed. */
  readonly isOffline: boolean;
}

type Key = "fromEnv" | "usernameFromEnv" | "passwordFromEnv" | "header";

const NEEDED: Readonly<Record<AuthDocument["type"], readonly Key[]>> = {
  github: ["fromEnv"],
  bearer: ["fromEnv"],
  basic: ["usernameFromEnv", "passwordFromEnv"],
  header: ["header", "fromEnv"],
};
const KEYS = ["fromEnv", "usernameFromEnv", "passwordFromEnv", "header"] as const;

export async function readCredentials(
  auth: AuthDocument,
  scope: CredentialScope,
): Promise<Credentials | "failed" | undefined> {
  const { type } = auth;
  const needed = NEEDED[type];
  const spare = KEYS.filter((key) => auth[key] !== undefined && !needed.includes(key));
  for (const key of spare) {
    const message = `Cannot use "${key}" with auth of type ${type}: expected ${needed.join(" and ")}`;
    scope.report({ code: "bad-auth", severity: "error", message }, ["auth", key]);
  }
  const values = await Promise.all(
    needed.filter((key) => key !== "header").map((key) => readVariable(auth, key, scope)),
  );
  const [first, second] = values;
  const header = type === "header" ? readHeaderName(auth, scope) : undefined;
  if (spare.length > 0 || !first) return "failed";
  if (type === "header" && !header) return "failed";
  if (first === "unneeded" || second === "unneeded") return undefined;
  switch (type) {
    case "github":
    case "bearer":
      return tokenCredentials(type, first.value, first.name);
    case "header":
      return header ? headerCredentials(header, first.value, first.name) : "failed";
    case "basic":
      if (!second) return "failed";
      return basicCredentials(first.value, second.value, [first.name, second.name]);
    default:
      return type satisfies never;
  }
}

/** Source: RFC 9110 section 5.6.2. */
const HEADER_NAME = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;
/** Headers that carry the message itself, not who asks. */
const FORBIDDEN = /^(host|connection|content-.*|transfer-encoding|te|upgrade|expect|trailer)$/i;

function readHeaderName({ header }: AuthDocument, { report }: CredentialScope): string | undefined {
  if (header === undefined) {
    const message = 'The key "header" is missing in auth of type header';
    report({ code: "missing-key", severity: "error", message }, ["auth"]);
    return undefined;
  }
  if (HEADER_NAME.test(header) && !FORBIDDEN.test(header)) return header;
  const message = `Cannot use "${header}" as a header: expected a name such as X-Token`;
  report({ code: "bad-auth", severity: "error", message }, ["auth", "header"]);
  return undefined;
}

async function readVariable(
  auth: AuthDocument,
  key: Exclude<Key, "header">,
  scope: CredentialScope,
): Promise<{ readonly name: string; readonly value: string } | "unneeded" | undefined> {
  const { env, report, isOffline } = scope;
  const name = auth[key]?.replace(/^\$\{?(\w+)\}?$/, "$1");
  if (name === undefined) {
    const message = `The key "${key}" is missing in auth of type ${auth.type}`;
    report({ code: "missing-key", severity: "error", message }, ["auth"]);
    return undefined;
  }
  const value = (env[name] || (await fromFile(name, scope)))?.trim();
  if (!value && isOffline) return "unneeded";
  if (!value) {
    if (isSecretForName(name)) {
      report(secretForName(key, scope), ["auth", key]);
      return undefined;
    }
    const hint = `Set it, or set ${name}_FILE to the path of a file that holds the value`;
    report({ ...unsetVariable(name, `authenticate for "${scope.name}"`), hint }, ["auth", key]);
    return undefined;
  }
  // A line end would begin a header of its own.
  if (!/[\r\n\0]/.test(value)) return { name, value };
  const message = `Cannot authenticate for "${scope.name}": the environment variable ${name} holds more than one line`;
  const hint = "A credential is one line: is it a whole file?";
  report({ code: "bad-auth", severity: "error", message, hint }, ["auth", key]);
  return undefined;
}

/** It is not said again: what is written there may be the secret itself. */
function secretForName(key: Key, { name }: CredentialScope) {
  const message = `Cannot authenticate for "${name}": "${key}" is no name of an environment variable that is set`;
  const hint =
    "Name a variable such as API_TOKEN; if the secret itself stands there, take it out, and renew it";
  return { code: "missing-variable", severity: "error", message, hint } as const;
}

async function fromFile(name: string, { name: what, env, files, report }: CredentialScope) {
  const path = env[`${name}_FILE`];
  if (!path) return undefined;
  try {
    return new TextDecoder().decode(await files.read(path));
  } catch (error) {
    if (!(error instanceof SourceError)) throw error;
    const message = `Cannot authenticate for "${what}": ${name}_FILE names a file that cannot be read`;
    report({ code: "bad-auth", severity: "error", message, hint: error.message }, ["auth"]);
    return undefined;
  }
}

export function unsetVariable(name: string, what: string) {
  const message = `Cannot ${what}: the environment variable ${name} is not set`;
  return { code: "missing-variable", severity: "error", message } as const;
}
