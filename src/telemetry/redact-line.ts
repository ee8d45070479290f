/**
 * One line of somebody's YAML, about to be shown under an error: without what may be secret in it.
 *
 * Judged by names and shapes, since the text is often no valid YAML: what follows a key with a secret name (also
 * when the key stands on a line above), credentials and queries in URLs, tokens that are known by how they begin.
 * Rather too much is hidden than too little. Pure.
 */
import { HIDDEN, isSecretForName, isSecretName, TOKEN_SHAPES } from "./redact.ts";

export interface RedactedLine {
  readonly text: string;
  /** Where `column` (from 1) of the source stands in `text`; what is hidden is at its begin. */
  readonly columnOf: (column: number) => number;
}

/** Half-open, in UTF-16 units from 0. */
type Range = readonly [start: number, end: number];

/** `line` counts from 1; a line that is not there is empty. */
export function redactLine(lines: readonly string[], line: number): RedactedLine {
  const text = lines[line - 1] ?? "";
  const isInside = isInsideSecret(lines, line - 1);
  const ranges = isInside ? [wholeOf(text)] : joined(secretsIn(text, lines[line - 2] ?? ""));
  let shown = "";
  let last = 0;
  for (const [start, end] of ranges) {
    shown += text.slice(last, start) + HIDDEN;
    last = end;
  }
  return { text: shown + text.slice(last), columnOf: (column) => moved(column - 1, ranges) + 1 };
}

function moved(index: number, ranges: readonly Range[]): number {
  let shift = 0;
  for (const [start, end] of ranges) {
    if (index < start) break;
    if (index < end) return start + shift;
    shift += HIDDEN.length - (end - start);
  }
  return index + shift;
}

const KEY = /(?<![\w.$-])(["']?)([A-Za-z_][\w.$-]*)\1\s*:(?=\s|$|["'{[])\s*(?:[!&]\S+\s+)*/g;
const URL_CREDENTIALS = /(?<=:\/\/)[^\s"'/?#]+(?=@)/g;
/** Of a URL, or of what becomes one: `$BASE/k.yaml?token=…`. */
const QUERY = /(?<=:\/\/[^\s"']{1,2000}[?#]|\?)[^\s"'?]*[^\s"',}\]?]/g;
const SCHEME = /(?<=\b(?:bearer|basic)\s+)[A-Za-z0-9._~+/=-]{8,}/gi;

/** `above`: the line before, which may name what this one gives the value of. */
function secretsIn(text: string, above: string): readonly Range[] {
  const byShape = [URL_CREDENTIALS, QUERY, SCHEME, TOKEN_SHAPES].flatMap((shape) =>
    [...text.matchAll(shape)].map(({ 0: found, index }): Range => [index, index + found.length]),
  );
  const keys = [...text.matchAll(KEY)];
  const isNamed = keys.length > 0 && isNameOfSecret(`${above} ${text}`);
  const byKey = keys
    .map(({ 0: head, 2: key = "", index }) => ({ key, range: valueAt(text, index + head.length) }))
    .filter(({ key, range }) => {
      const value = unquoted(text.slice(...range));
      if (/fromEnv$/i.test(key)) return isSecretForName(value.replace(/^\$\{?(\w+)\}?$/, "$1"));
      const isSecret = isSecretName(key) || (key === "value" && isNamed);
      return isSecret && !ONLY_A_TEMPLATE.test(value);
    })
    .map(({ range }) => range);
  return [...byShape, ...byKey].filter(([start, end]) => end > start);
}

/** What a template takes from elsewhere is no secret, a text in it may be one. */
const ONLY_A_TEMPLATE = /^(?:\{\{[^"'`}]*\}\})+$/;

function unquoted(text: string): string {
  return text.replace(/^(["'])(.*)\1$/, "$2");
}

/** `name: DB_PASSWORD`, beside `value: …`, as environments are written. */
function isNameOfSecret(text: string): boolean {
  const names = text.matchAll(/(?<![\w.$-])["']?name["']?\s*:\s*["']?([\w.-]+)/g);
  return [...names].some(([, name = ""]) => isSecretName(name));
}

const QUOTED = /^(?:"(?:[^"\\]|\\.)*"|'(?:[^']|'')*')(?=\s*(?:[,}\]#]|$))/;
const NEXT_KEY = /,\s*["']?[A-Za-z_][\w.$-]*["']?\s*:(?:\s|$)/;

function valueAt(text: string, start: number): Range {
  const rest = text.slice(start);
  const quoted = QUOTED.exec(rest)?.[0];
  if (quoted !== undefined) return [start, start + quoted.length];
  const before = text.slice(0, start);
  const isFlow = before.split("{").length > before.split("}").length;
  const next = isFlow ? NEXT_KEY.exec(rest)?.index : undefined;
  if (next !== undefined) return [start, start + next];
  // The brackets around it say how it is meant, and are no secret.
  return [start, start + rest.replace(isFlow ? /[\s}\],]+$/ : /\s+$/, "").length];
}

/** Lines above in which the key of a value is looked for: longer ones are no secrets. */
const MAX_LINES_ABOVE = 500;
const OWN_KEY = /^[\s-]*["']?([A-Za-z_][\w.$-]*)["']?\s*:(?:\s+(.*))?$/;

/** Whether the line continues what a key with a secret name began on a line above. */
function isInsideSecret(lines: readonly string[], index: number): boolean {
  const text = lines[index] ?? "";
  let depth = depthOf(text);
  let isParent = true;
  for (let above = index - 1; above >= Math.max(0, index - MAX_LINES_ABOVE) && depth > 0; above--) {
    const line = lines[above] ?? "";
    if (line.trim() === "" || depthOf(line) >= depth) continue;
    depth = depthOf(line);
    const [, key = "", value = ""] = OWN_KEY.exec(line) ?? [];
    const isEmpty = value === "" || value.startsWith("#");
    const isMine = isEmpty ? isParent && !OWN_KEY.test(text) : true;
    if (isSecretName(key) && isMine) return true;
    isParent = false;
  }
  return false;
}

/** The column of its first key or value: a dash of a list is as good as a space. */
function depthOf(line: string): number {
  return /^[ \t]*(?:- +)*/.exec(line)?.[0].length ?? 0;
}

function wholeOf(text: string): Range {
  return [/^[\s-]*/.exec(text)?.[0].length ?? 0, text.length];
}

/** In their order; those that overlap as one. */
function joined(ranges: readonly Range[]): readonly Range[] {
  const all: Range[] = [];
  for (const [start, end] of [...ranges].sort(([a], [b]) => a - b)) {
    const last = all.at(-1);
    if (last && start <= last[1]) all[all.length - 1] = [last[0], Math.max(last[1], end)];
    else all.push([start, end]);
  }
  return all;
}
