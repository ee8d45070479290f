/**
 * What another program printed, or a library put into a message, about to be shown: without control sequences,
 * short, and without what looks like a credential.
 *
 * Unlike our own messages (`redactText`), which are written to hold no secret, nobody knows what is in these: values
 * behind names such as `refresh_token`, queries of URLs, keys, and long words of mixed letters and digits are hidden.
 * Rather too much is hidden than too little. Pure.
 */
import { stripVTControlCharacters } from "node:util";
import { HIDDEN, redactText, TOKEN_SHAPES } from "./redact.ts";

const MAX_CHARS = 2_000;

const PEM = /-----BEGIN [\s\S]*?(?:-----END [^-\n]*-----|$)/g;
const URL_QUERY = /(\b[a-z][a-z0-9+.-]{0,20}:\/\/[^\s?#"'<>]+[?#])[^\s"'<>]+/gi;
const HEADER =
  /(authorization["']?\s{0,3}[:=]\s{0,3}["']?)(?:basic|bearer|digest|negotiate|token)\s[^\n"';]+/gi;
/** A name that says so, and what follows it. */
const NAMED =
  /([\w.-]{0,60}(?:password|passwd|secret|token|authorization|api[-_]?key|client[-_]?key|credential)s?["']?)(\s{0,3}[:=]\s{0,3})(\[redacted\]|"(?:[^"\\\n]|\\.)*"?|'[^'\n]*'?|[^\s"',;&}\]]+)/gi;
const LONG_WORD = /[A-Za-z0-9_~+=-]{20,}/g;
/** Control characters but line ends and tabs. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const CONTROL = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g;

/** Trimmed; the empty string when there is nothing to show. */
export function redactOutput(text: string): string {
  const plain = stripVTControlCharacters(text).replace(/\r\n?/g, "\n").replace(CONTROL, "");
  const shown = redactText(plain.replace(PEM, HIDDEN))
    .replace(URL_QUERY, `$1${HIDDEN}`)
    .replace(HEADER, `$1${HIDDEN}`)
    .replace(TOKEN_SHAPES, HIDDEN)
    .replace(NAMED, hideNamed)
    .replace(LONG_WORD, (word) => (isMixed(word) ? HIDDEN : word));
  const lines = shown.split("\n").map((line) => line.trimEnd());
  const tight = lines
    .filter((line) => line.trim() !== "")
    .join("\n")
    .trim();
  return tight.length > MAX_CHARS ? `${tight.slice(0, MAX_CHARS)} …` : tight;
}

function isMixed(word: string): boolean {
  return /[a-z]/.test(word) && /[A-Z]/.test(word) && /\d/.test(word);
}

// biome-ignore lint/complexity/useMaxParams: the signature of a replacer
function hideNamed(
  whole: string,
  name: string,
  between: string,
  value: string,
  at: number,
  all: string,
): string {
  const isSaid = between.trim() === ":" && /\s$/.test(between);
  const isQuoted = /^["']/.test(value);
  if (isSaid && !isQuoted && isProse(name, value, all.slice(at + whole.length))) return whole;
  return `${name}${between}${HIDDEN}`;
}

/** `cannot fetch token: 401 Unauthorized`, `no secret: access denied`: a sentence goes on. */
function isProse(name: string, value: string, rest: string): boolean {
  if (value === HIDDEN || /^\d{1,3}$/.test(value)) return true;
  if (!/^[A-Za-z][a-z'-]*[:.]?$|^[a-z][a-z0-9]*:$/.test(value)) return false;
  return (
    /(?:token|credential|authorization)s?$/i.test(name) || /:$/.test(value) || /^ \w/.test(rest)
  );
}
