/**
 * Finding, replacing and splitting by a pattern, as Go's `regexp` does it
 * (https://pkg.go.dev/regexp): which empty matches count, and what `$name` in a replacement means.
 */
import type { LinearRegex, RegexMatch } from "./regex.ts";

export interface FindOptions {
  /** Below 0, the default: all of them. */
  readonly limit?: number;
  /**
   * Before each search, with the characters that it may have to read. One search takes linear time,
   * but each may read to the end of the text for a match that is short.
   */
  readonly onSearch?: (characters: number) => void;
}

/** All matches that count. */
export function findMatches(
  regex: LinearRegex,
  text: string,
  { limit = -1, onSearch }: FindOptions = {},
): readonly RegexMatch[] {
  const matches: RegexMatch[] = [];
  let [position, lastEnd] = [0, -1];
  while (position <= text.length && (limit < 0 || matches.length < limit)) {
    onSearch?.(text.length - position);
    const match = regex.match(text, position);
    if (!match) break;
    const isEmpty = match.end === position;
    // An empty match right after another one is none.
    if (!isEmpty || match.start !== lastEnd) matches.push(match);
    if (!isEmpty) position = match.end;
    else position += (text.codePointAt(position) ?? 0) > 0xffff ? 2 : 1;
    lastEnd = match.end;
  }
  return matches;
}

/** The text with every match replaced by what `replacement` makes of it. */
export function replaceMatches(
  text: string,
  matches: readonly RegexMatch[],
  replacement: (match: RegexMatch) => string,
): string {
  let [output, from] = ["", 0];
  for (const match of matches) {
    output += text.slice(from, match.start) + replacement(match);
    from = match.end;
  }
  return output + text.slice(from);
}

/** `$1`, `${1}`, `$name`: a name is as long as it can be; an unknown one is nothing; `$$` is a dollar. */
export function expandTemplate(template: string, { groups, names }: RegexMatch): string {
  return template.replace(/\$(?:\$|\{(\w+)\}|(\w+))/g, (whole, braced?: string, bare?: string) => {
    if (whole === "$$") return "$";
    const name = braced ?? bare ?? "";
    const index = /^\d+$/.test(name) ? Number(name) : names[name];
    return index === undefined ? "" : (groups[index] ?? "");
  });
}

/** The parts between the matches; `limit` 0: none, below 0: all. */
export function splitByMatches(
  regex: LinearRegex,
  text: string,
  { limit = -1, ...options }: FindOptions,
): readonly string[] {
  if (limit === 0) return [];
  if (regex.source !== "" && text === "") return [""];
  const parts: string[] = [];
  let [from, end] = [0, 0];
  for (const match of findMatches(regex, text, { limit, ...options })) {
    if (limit > 0 && parts.length === limit - 1) break;
    end = match.start;
    if (match.end !== 0) parts.push(text.slice(from, end));
    from = match.end;
  }
  if (end !== text.length) parts.push(text.slice(from));
  return parts;
}

/** The text as a pattern that matches just it. */
export function quoteMeta(text: string): string {
  return text.replace(/[\\.+*?()|[\]{}^$]/g, (character) => `\\${character}`);
}
