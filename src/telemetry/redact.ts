/** Takes secrets out of what is about to be shown: by field name, and out of URLs and headers. */

const SECRET_NAME =
  /(password|passwd|secret|token|authorization|api[-_]?key|client[-_]?key|credential)s?$/i;
const URL_CREDENTIALS = /(\b[a-z][a-z0-9+.-]*:\/\/)[^\s/@:]+(?::[^\s/@]*)?@/gi;
const BEARER = /\b(bearer|basic)\s+[A-Za-z0-9._~+/=-]{8,}/gi;
const HIDDEN = "[redacted]";

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

function clean(key: string, value: unknown): unknown {
  if (typeof value === "string") return SECRET_NAME.test(key) ? HIDDEN : redactText(value);
  if (value instanceof Error) return cleanError(value);
  if (Array.isArray(value)) return value.map((item) => clean(key, item));
  if (typeof value === "object" && value !== null) return redact(value as Record<string, unknown>);
  return value;
}

function cleanError(error: Error): Error {
  const message = redactText(error.message);
  const cause = error.cause instanceof Error ? cleanError(error.cause) : error.cause;
  const copy = new Error(message, cause === undefined ? {} : { cause });
  copy.name = error.name;
  if (error.stack !== undefined) copy.stack = redactText(error.stack);
  return copy;
}
