/** What a server asks for with `WWW-Authenticate`. Source: RFC 9110 sections 11.3 and 11.6.1. */

export interface Challenge {
  /** In lower case: `basic`, `bearer`. */
  readonly scheme: string;
  /** Names in lower case. */
  readonly parameters: ReadonlyMap<string, string>;
}

/** `name=value`, `name="value"`, or the name of a scheme. */
const PART =
  /([!#$%&'*+.^_`|~\w-]+)(?:\s*=\s*(?:"(?<quoted>(?:[^"\\]|\\.)*)"|(?<bare>[^\s,"]+)))?/g;

/** In their order. Of a parameter that comes twice the first counts. */
export function parseChallenges(header: string): readonly Challenge[] {
  const found: { scheme: string; parameters: Map<string, string> }[] = [];
  for (const { 1: word = "", groups } of header.matchAll(PART)) {
    const value = groups?.["quoted"]?.replaceAll(/\\(.)/g, "$1") ?? groups?.["bare"];
    const name = word.toLowerCase();
    const { parameters } = found.at(-1) ?? {};
    if (value === undefined) found.push({ scheme: name, parameters: new Map() });
    else if (!parameters?.has(name)) parameters?.set(name, value);
  }
  return found;
}
