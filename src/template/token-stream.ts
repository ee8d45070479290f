/**
 * The parser's reading head: the tokens of one source with one token of look-ahead, and the
 * variables that are in sight at this point of the definition being parsed.
 */
import type { Token, TokenKind } from "./scanner.ts";
import { TemplateSyntaxError } from "./syntax.ts";

/** Deeper nesting is refused, so that no source can overflow the stack. */
const MAX_DEPTH = 200;

export class TokenStream {
  readonly #tokens: readonly Token[];
  #index = 0;
  #depth = 0;
  #variables: string[] = ["$"];
  #frameSize = 1;

  constructor(tokens: readonly Token[]) {
    this.#tokens = tokens;
  }

  /** The token `ahead` of the next one; past the end it is the `end` token. */
  peek(ahead = 0): Token {
    const last = this.#tokens.length - 1;
    return this.#tokens[Math.min(this.#index + ahead, last)] as Token;
  }

  next(): Token {
    const token = this.peek();
    this.#index++;
    return token;
  }

  takeIf(kind: TokenKind): Token | undefined {
    return this.peek().kind === kind ? this.next() : undefined;
  }

  expect(kind: TokenKind, context: string, expected: string): Token {
    const token = this.next();
    if (token.kind !== kind) this.fail(token, `${describe(token)} in ${context}`, expected);
    return token;
  }

  fail(token: Token, found: string, expected: string): never {
    throw new TemplateSyntaxError(token.start, `Unexpected ${found}: expected ${expected}`);
  }

  /** Runs `parse` one level deeper. */
  nested<T>(parse: () => T): T {
    if (++this.#depth > MAX_DEPTH) {
      const message = `Template is nested too deeply: expected at most ${MAX_DEPTH} levels`;
      throw new TemplateSyntaxError(this.peek().start, message);
    }
    const result = parse();
    this.#depth--;
    return result;
  }

  /** Variables declared in `parse` go out of sight after it. */
  scoped<T>(parse: () => T): T {
    const mark = this.#variables.length;
    const result = parse();
    this.#variables.length = mark;
    return result;
  }

  /** A definition has variables of its own; gives its result and the size of its frame. */
  definition<T>(parse: () => T): { readonly result: T; readonly frameSize: number } {
    const outer = { variables: this.#variables, frameSize: this.#frameSize };
    this.#variables = ["$"];
    this.#frameSize = 1;
    const result = parse();
    const frameSize = this.#frameSize;
    this.#variables = outer.variables;
    this.#frameSize = outer.frameSize;
    return { result, frameSize };
  }

  declare(name: string): number {
    this.#variables.push(name);
    this.#frameSize = Math.max(this.#frameSize, this.#variables.length);
    return this.#variables.length - 1;
  }

  slotOf(token: Token): number {
    const slot = this.#variables.lastIndexOf(token.text);
    if (slot < 0) {
      throw new TemplateSyntaxError(token.start, `Undefined variable "${token.text}"`);
    }
    return slot;
  }
}

/** How a token is called in a message. */
export function describe(token: Token): string {
  switch (token.kind) {
    case "end":
      return "end of the template";
    case "close":
      return '"}}"';
    case "open":
      return '"{{"';
    case "text":
      return "text";
    case "field":
      return `".${token.text}"`;
    default:
      return JSON.stringify(token.text);
  }
}
