/** Takes secrets out of what is about to be shown: by field name, and out of URLs and headers. */
import type { Json } from "../std/json.ts";

const SECRET_WORD =
  /(password|passwd|secret|token|authorization|api[-_]?key|client[-_]?key|credential)s?/i;
const SECRET_NAME = new RegExp(`${SECRET_WORD.source}$`, "i");
const URL_CREDENTIALS = /(\b[a-z][a-z0-9+.-]*:\/\/)[^\s/@:]+(?::[^\s/@]*)?@/gi;
const BEARER = /\b(bearer|basic)\s+[A-Za-z0-9._~+/=-]{8,}/gi;
/** Tokens that say by their beginning what they are: of GitHub, GitLab, Slack, and JSON Web Tokens (RFC 7519). */
export const TOKEN_SHAPES =
  /\b(?:gh[pousr]_|github_pat_|glpat-|xox[abp]-)[\w-]{8,}|\beyJ[\w-]{8,}\.[\w.-]+/g;
/** What stands in the place of a secret. */
export const HIDDEN = "[redacted]";

/** A copy of the fields without secrets, at any depth. Errors pass through with cleaned messages. */
export function redact(
  fields: Readonly<Record<string, unknown>>,
): Readonly<Record<string, unknown>> {
  return Object.fromEntries(Object.entries(fields).map(([key, value]) => [key, clean(key, value)]));
}

/** Removes credentials from text: `https://user:pass@host` and `Bearer …`. */
export function redactText(text: string): string {
  return text.replace(URL_CREDENTIALS, `$1${HIDDEN}@`).replace(BEARER, `$1 ${HIDDEN}`);
}

/** Whether what should name a variable is a secret itself, by its shape: names are mostly in upper case. */
export function isSecretForName(text: string): boolean {
  if (!/^[A-Za-z_]\w*$/.test(text)) return true;
  const isMixed = text.length >= 16 && /[a-z]/.test(text) && /\d/.test(text);
  return isMixed || text.search(TOKEN_SHAPES) >= 0;
}

export function isSecretName(key: string): boolean {
  return SECRET_NAME.test(key);
}

/** A value that stands at `key`, without secrets. */
function redactValue(key: string, value: unknown): unknown {
  if (isSecretName(key) && value !== null && typeof value === "object") return HIDDEN;
  return clean(key, value);
}

/** A value of the field at `path`, without secrets. Names of keyed items count, too: `env[name=DB_PASSWORD].value`. */
export function redactField(path: string, value: Json): Json {
  // A path that holds no such word has no such name: most have none.
  const names = SECRET_WORD.test(path) ? path.split(/[.[\]=,]/) : [];
  return redactValue(names.find(isSecretName) ?? "", value) as Json;
}

function clean(key: string, value: unknown): unknown {
  if (typeof value === "string") return isSecretName(key) ? HIDDEN : redactText(value);
  if (value instanceof Error) return cleanError(value);
  if (Array.isArray(value)) return value.map((item) => clean(key, item));
  if (typeof value === "object" && value !== null) return redact(value as Record<string, unknown>);
  return value;
}

/** Deeper than this nobody reads, and an error may even be its own cause. */
const MAX_ERROR_DEPTH = 10;

function cleanError(error: Error, depth = 0): Error {
  const message = redactText(error.message);
  const inner = (value: unknown) => {
    if (typeof value === "string") return redactText(value);
    return value instanceof Error ? cleanError(value, depth + 1) : value;
  };
  const hasCause = error.cause !== undefined && depth < MAX_ERROR_DEPTH;
  const options = hasCause ? { cause: inner(error.cause) } : {};
  const copy =
    error instanceof AggregateError && depth < MAX_ERROR_DEPTH
      ? new AggregateError(error.errors.map(inner), message, options)
      : new Error(message, options);
  copy.name = error.name;
  if (error.stack !== undefined) copy.stack = redactText(error.stack);
  return copy;
}
