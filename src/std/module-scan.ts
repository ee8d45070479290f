/**
 * What a module of TypeScript or JavaScript imports, and where its default export stands, read from
 * its text without running or compiling it. A scanner, not a parser: it knows comments, strings,
 * templates and regular expressions well enough to tell code from text.
 *
 * Source of the forms: ECMAScript 2025 sections 16.2.2 and 16.2.3; `import type` and `export type` are
 * TypeScript's, and are gone when the module runs.
 */

/** Something that the module loads when it is loaded, or when it comes to `import(…)`. */
export interface ModuleImport {
  /** As written. `undefined` where it is computed. */
  readonly specifier: string | undefined;
  readonly kind: "import" | "dynamic" | "require";
  /** Of the specifier in the text. */
  readonly offset: number;
}

export interface ModuleScan {
  readonly imports: readonly ModuleImport[];
  /** Of `export default`. */
  readonly defaultOffset: number | undefined;
  /** Of the first place where `name` is a key, a method or a variable behind the default export. */
  offsetOf(name: string): number | undefined;
}

interface Token {
  readonly kind: "word" | "sign" | "string" | "other";
  readonly text: string;
  readonly offset: number;
}

export function scanModule(text: string): ModuleScan {
  const tokens = tokenize(text);
  const imports: ModuleImport[] = [];
  let defaultOffset: number | undefined;
  for (let index = 0; index < tokens.length; index++) {
    const token = tokens[index] as Token;
    if (token.kind !== "word" || isMember(tokens, index)) continue;
    const found = READERS[token.text]?.(tokens, index);
    if (found) imports.push(found);
    if (token.text === "export" && tokens[index + 1]?.text === "default") {
      defaultOffset ??= token.offset;
    }
  }
  return {
    imports,
    defaultOffset,
    offsetOf(name) {
      const named = tokens.filter(({ kind, text: word }) => kind === "word" && word === name);
      const behind = named.find(({ offset }) => offset > (defaultOffset ?? 0));
      return (behind ?? named[0])?.offset;
    },
  };
}

type Reader = (tokens: readonly Token[], index: number) => ModuleImport | undefined;

const READERS: Readonly<Record<string, Reader>> = Object.assign(Object.create(null), {
  import: readImport,
  export: readExport,
  require: readRequire,
});

/** `.import`, `?.export`: a field of something. */
function isMember(tokens: readonly Token[], index: number): boolean {
  const before = tokens[index - 1]?.text;
  return before === "." || before === "?.";
}

function readImport(tokens: readonly Token[], index: number): ModuleImport | undefined {
  const next = tokens[index + 1];
  if (next?.text === "(") {
    // Without an argument it is a method that is called so.
    return tokens[index + 2]?.text === ")" ? undefined : readCall(tokens, index, "dynamic");
  }
  if (next?.kind === "string") return staticImport(next);
  if (next?.text === "type" && isTypeOnly(tokens[index + 2], tokens[index + 3])) return undefined;
  if (next?.kind !== "word" && next?.text !== "{" && next?.text !== "*") return undefined;
  const afterName = tokens[index + 2]?.text;
  if (next.kind === "word" && afterName !== "from" && afterName !== ",") return undefined;
  return fromClause(tokens, index + 1);
}

/** `import type X`, `import type {`, `import type *`; not a default import that is called `type`. */
function isTypeOnly(next: Token | undefined, afterNext: Token | undefined): boolean {
  if (next?.text === "from") return afterNext?.text === "from";
  return next?.text === "{" || next?.text === "*" || next?.kind === "word";
}

function readExport(tokens: readonly Token[], index: number): ModuleImport | undefined {
  const next = tokens[index + 1]?.text;
  return next === "*" || next === "{" ? fromClause(tokens, index + 1) : undefined;
}

function readRequire(tokens: readonly Token[], index: number): ModuleImport | undefined {
  const isLiteral = tokens[index + 1]?.text === "(" && tokens[index + 2]?.kind === "string";
  return isLiteral ? readCall(tokens, index, "require") : undefined;
}

function readCall(
  tokens: readonly Token[],
  index: number,
  kind: "dynamic" | "require",
): ModuleImport {
  const argument = tokens[index + 2];
  const end = tokens[index + 3]?.text;
  const isLiteral = argument?.kind === "string" && (end === ")" || end === ",");
  const { offset } = argument ?? (tokens[index] as Token);
  return { specifier: isLiteral ? argument.text : undefined, kind, offset };
}

/** What stands behind `from`, before the statement is over. */
function fromClause(tokens: readonly Token[], start: number): ModuleImport | undefined {
  let depth = 0;
  for (let index = start; index < tokens.length; index++) {
    const { text, kind } = tokens[index] as Token;
    if (kind === "sign" && text === "{") depth++;
    else if (kind === "sign" && text === "}") depth--;
    else if (depth > 0) continue;
    else if (kind === "word" && text === "from") return target(tokens[index + 1]);
    else if (kind !== "word" && text !== "*" && text !== ",") return undefined;
  }
  return undefined;
}

function target(token: Token | undefined): ModuleImport | undefined {
  return token?.kind === "string" ? staticImport(token) : undefined;
}

function staticImport({ text, offset }: Token): ModuleImport {
  return { specifier: text, kind: "import", offset };
}

const SPACE = /\s+/y;
const LINE_COMMENT = /\/\/[^\n]*/y;
const HASHBANG = /^#![^\n]*/y;
const BLOCK_COMMENT = /\/\*(?:[\s\S]*?\*\/|[\s\S]*$)/y;
const WORD = /[\p{ID_Start}$_#@][\p{ID_Continue}$\u200c\u200d]*/uy;
const STRING = /"(?:[^"\\\n]|\\[\s\S])*"?|'(?:[^'\\\n]|\\[\s\S])*'?/y;
const NUMBER = /\d[\w.]*/y;
const REGEX = /\/(?:[^/\\[\n]|\\.|\[(?:[^\]\\\n]|\\.)*\])+\/\w*/y;

function tokenize(text: string): readonly Token[] {
  const tokens: Token[] = [];
  /** For each open brace: whether it belongs to a template, which goes on behind it. */
  const braces: boolean[] = [];
  let offset = 0;
  while (offset < text.length) {
    const skipped = skippedAt(text, offset);
    if (skipped > 0) {
      offset += skipped;
      continue;
    }
    const isTemplate = text[offset] === "`" || (text[offset] === "}" && braces.pop() === true);
    if (text[offset] === "{") braces.push(false);
    const { kind, raw } = isTemplate
      ? { kind: "other" as const, raw: templatePart(text, offset, braces) }
      : tokenAt(text, offset, tokens.at(-1));
    tokens.push({ kind, text: kind === "string" ? unquoted(raw) : raw, offset });
    offset += raw.length;
  }
  return tokens;
}

/** Length of the space or comment there. */
function skippedAt(text: string, offset: number): number {
  for (const pattern of [SPACE, LINE_COMMENT, BLOCK_COMMENT, HASHBANG]) {
    const found = matchAt(pattern, text, offset);
    if (found !== undefined) return found.length;
  }
  return 0;
}

function tokenAt(
  text: string,
  offset: number,
  before: Token | undefined,
): { readonly kind: Token["kind"]; readonly raw: string } {
  const patterns: readonly (readonly [Token["kind"], RegExp])[] = [
    ["string", STRING],
    ["word", WORD],
    ["other", NUMBER],
    ...(startsExpression(before) ? [["other", REGEX] as const] : []),
  ];
  for (const [kind, pattern] of patterns) {
    const raw = matchAt(pattern, text, offset);
    if (raw !== undefined) return { kind, raw };
  }
  return { kind: "sign", raw: signAt(text, offset) };
}

function matchAt(pattern: RegExp, text: string, offset: number): string | undefined {
  pattern.lastIndex = offset;
  return pattern.exec(text)?.[0];
}

function signAt(text: string, offset: number): string {
  return text.startsWith("?.", offset) ? "?." : (text[offset] ?? "");
}

/** From a backtick, or from the brace that ends a substitution, to the next of the two. */
function templatePart(text: string, start: number, braces: boolean[]): string {
  for (let index = start + 1; index < text.length; index++) {
    if (text[index] === "\\") index++;
    else if (text[index] === "`") return text.slice(start, index + 1);
    else if (text.startsWith("${", index)) {
      braces.push(true);
      return text.slice(start, index + 2);
    }
  }
  return text.slice(start);
}

function unquoted(raw: string): string {
  return raw.slice(1, raw.length > 1 && raw.endsWith(raw[0] ?? "") ? -1 : undefined);
}

const BEFORE_EXPRESSION: ReadonlySet<string> = new Set([
  ..."return typeof case in of delete void throw new do else yield await instanceof".split(" "),
]);

/** Whether a slash behind this token begins a regular expression; else it divides. */
function startsExpression(before: Token | undefined): boolean {
  if (!before) return true;
  if (before.kind === "word") return BEFORE_EXPRESSION.has(before.text);
  if (before.kind === "sign") return ![")", "]", "}"].includes(before.text);
  // What opens a substitution of a template is followed by an expression.
  return before.kind === "other" && before.text.endsWith("${");
}
