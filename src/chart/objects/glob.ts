/**
 * Patterns of `.Files.Glob`: `*` within a folder, `**` through folders, `?`, `[a-z]`, `[!a]` and
 * `{one,two}` (https://github.com/gobwas/glob).
 */

/** `undefined` for a pattern that is none. */
export function compileGlob(pattern: string): ((path: string) => boolean) | undefined {
  const source = translate(pattern);
  if (source === undefined) return undefined;
  const regex = new RegExp(`^${source}$`, "su");
  return (path) => regex.test(path);
}

function translate(pattern: string): string | undefined {
  let [output, depth, at] = ["", 0, 0];
  while (at < pattern.length) {
    const rest = pattern.slice(at);
    const token = /^(?:\*\*+|\[!?[^\]]+\]|\\.|.)/su.exec(rest)?.[0] ?? "";
    at += token.length;
    if (token === "{") depth++;
    if (token === "}" && --depth < 0) return undefined;
    const part = partOf(token, depth);
    if (part === undefined) return undefined;
    output += part;
  }
  return depth === 0 ? output : undefined;
}

function partOf(token: string, depth: number): string | undefined {
  if (token.startsWith("**")) return ".*";
  if (token.length > 1 && token.startsWith("[")) return setOf(token.slice(1, -1));
  if (token.length > 1 && token.startsWith("\\")) return escapePattern(token.slice(1));
  switch (token) {
    case "*":
      return "[^/]*";
    case "?":
      return "[^/]";
    case "{":
      return "(?:";
    case "}":
      return ")";
    case ",":
      return depth > 0 ? "|" : ",";
    case "[":
    case "\\":
      return undefined;
    default:
      return escapePattern(token);
  }
}

function setOf(body: string): string {
  const isNegated = body.startsWith("!");
  const members = (isNegated ? body.slice(1) : body).replace(/[\\\]^[&~]/g, "\\$&");
  return `[${isNegated ? "^" : ""}${members}]`;
}

function escapePattern(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|/]/g, "\\$&");
}
