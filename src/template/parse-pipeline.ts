/**
 * Expressions of a template: pipelines, commands, operands. A pipeline `a | f x` is parsed into the
 * call `f x a`, so later stages know only calls. Throws `TemplateSyntaxError`.
 */
import { decodeCharacter, decodeNumber, decodeString } from "./literals.ts";
import type { Token, TokenKind } from "./scanner.ts";
import {
  type CallExpression,
  type Expression,
  type MethodExpression,
  TemplateSyntaxError,
} from "./syntax.ts";
import { describe, type TokenStream } from "./token-stream.ts";

/** Parses up to and including `close` (`}}` or `)`). `context` names the construct in messages. */
export function parsePipeline(stream: TokenStream, close: TokenKind, context: string): Expression {
  return stream.nested(() => {
    const assignment = peekAssignment(stream);
    if (!assignment) return parseCommands(stream, close, context);
    const { token, isDeclaration } = assignment;
    const known = isDeclaration ? 0 : stream.slotOf(token);
    const value = parseCommands(stream, close, context);
    const slot = isDeclaration ? stream.declare(token.text) : known;
    return { kind: "assign", isDeclaration, slot, value, start: token.start, end: value.end };
  });
}

/** Takes `$x :=` or `$x =` when it is next. */
export function peekAssignment(
  stream: TokenStream,
): { readonly token: Token; readonly isDeclaration: boolean } | undefined {
  const operator = stream.peek(1).kind;
  if (stream.peek().kind !== "variable") return undefined;
  if (operator !== "declare" && operator !== "assign") return undefined;
  const token = stream.next();
  stream.next();
  return { token, isDeclaration: operator === "declare" };
}

/** Stages joined by bars, up to and including `close`. */
export function parseCommands(stream: TokenStream, close: TokenKind, context: string): Expression {
  if (stream.peek().kind === close) {
    throw new TemplateSyntaxError(stream.peek().start, `Missing value for ${context}`);
  }
  let value = parseCommand(stream, context);
  while (stream.takeIf("pipe")) {
    // Go takes a bar before the end for no bar at all.
    if (stream.peek().kind === close) break;
    const stage = parseCommand(stream, context);
    const called = stage.kind === "call" || stage.kind === "method" ? stage : methodOf(stage);
    if (!called) {
      const message = "Cannot pipe into a value: expected a function after |";
      throw new TemplateSyntaxError(stage.start, message);
    }
    value = { ...called, args: [...called.args, pipedValue(value)] };
  }
  const end = stream.next();
  if (end.kind !== close) {
    const expected = close === "close" ? '"}}"' : '")"';
    stream.fail(end, `${describe(end)} in ${context}`, expected);
  }
  return value;
}

/** What is piped is the result of a pipeline, as one in parentheses is; literals stay what they are. */
function pipedValue(value: Expression): Expression {
  const isLiteral = value.kind === "literal" || value.kind === "nil";
  if (isLiteral || value.kind === "chain") return value;
  return { kind: "chain", target: value, path: [], start: value.start, end: value.end };
}

const COMMAND_ENDS: ReadonlySet<TokenKind> = new Set(["close", "right-paren", "pipe", "end"]);

function parseCommand(stream: TokenStream, context: string): Expression {
  const first = parseOperand(stream, context);
  const args: Expression[] = [];
  while (!COMMAND_ENDS.has(stream.peek().kind)) {
    const token = stream.peek();
    if (!token.isSpaced) {
      stream.fail(token, `${describe(token)} in ${context}`, "a space before the next argument");
    }
    args.push(parseOperand(stream, context));
  }
  if (first.kind === "nil") {
    throw new TemplateSyntaxError(first.start, "Cannot use nil as a command: expected a value");
  }
  const last = args.at(-1);
  if (!last) return first;
  const called = first.kind === "call" ? first : methodOf(first);
  if (!called) {
    const message = "Cannot give arguments to a value: expected a function before them";
    throw new TemplateSyntaxError(first.start, message);
  }
  return { ...called, args, end: last.end };
}

/** A field that is given arguments: the last name is the method. Which dialects allow it, the checker says. */
function methodOf(expression: Expression): MethodExpression | undefined {
  const { start, end } = expression;
  if (
    expression.kind !== "field" &&
    expression.kind !== "variable" &&
    expression.kind !== "chain"
  ) {
    return undefined;
  }
  const name = expression.path.at(-1);
  if (name === undefined) return undefined;
  const path = expression.path.slice(0, -1);
  const isDot = expression.kind === "field" && path.length === 0;
  const target: Expression = isDot ? { kind: "dot", start, end } : { ...expression, path };
  return { kind: "method", target, name, args: [], start, end };
}

/** A term and the fields that follow it without space: `$x.a`, `(…).b.c`. */
function parseOperand(stream: TokenStream, context: string): Expression {
  const term = parseTerm(stream, context);
  const path: string[] = [];
  let end = term.end;
  while (stream.peek().kind === "field" && !stream.peek().isSpaced) {
    const field = stream.next();
    path.push(field.text);
    end = field.end;
  }
  if (path.length === 0) return term;
  switch (term.kind) {
    case "field":
    case "variable":
      return { ...term, path: [...term.path, ...path], end };
    case "literal":
    case "nil":
    case "dot":
      throw new TemplateSyntaxError(term.end, `Unexpected field ".${path[0]}" after a literal`);
    default:
      return { kind: "chain", target: term, path, start: term.start, end };
  }
}

const KEYWORD_VALUES: ReadonlyMap<string, boolean> = new Map([
  ["true", true],
  ["false", false],
]);

function parseTerm(stream: TokenStream, context: string): Expression {
  const token = stream.next();
  const { start, end } = token;
  switch (token.kind) {
    case "identifier":
      return identifier(token);
    case "dot":
      return { kind: "dot", start, end };
    case "field":
      return { kind: "field", path: [token.text], start, end };
    case "variable":
      return {
        kind: "variable",
        name: token.text,
        slot: stream.slotOf(token),
        path: [],
        start,
        end,
      };
    case "string":
      return { kind: "literal", value: decodeString(token.text, start), start, end };
    case "raw-string":
      return { kind: "literal", value: token.text.slice(1, -1).replaceAll("\r", ""), start, end };
    case "character":
      return { kind: "literal", value: decodeCharacter(token.text, start), start, end };
    case "number":
      return {
        kind: "literal",
        value: decodeNumber(token.text, start),
        isFloat: /^[+-]?(?:0[xX].*[pP]|(?!0[xX]).*[.eEpP])/.test(token.text),
        start,
        end,
      };
    case "left-paren": {
      const inner = parsePipeline(stream, "right-paren", "a parenthesised pipeline");
      return { kind: "chain", target: inner, path: [], start, end: stream.peek(-1).end };
    }
    default:
      return stream.fail(token, `${describe(token)} in ${context}`, "a value");
  }
}

function identifier(token: Token): Expression {
  const { text, start, end } = token;
  if (text === "nil") return { kind: "nil", start, end };
  const value = KEYWORD_VALUES.get(text);
  if (value !== undefined) return { kind: "literal", value, start, end };
  const call: CallExpression = { kind: "call", name: text, nameEnd: end, args: [], start, end };
  return call;
}
