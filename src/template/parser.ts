/**
 * Second stage of the engine: tokens → syntax tree. Control structures are here, expressions in
 * `parse-pipeline.ts`. Grammar of Go's `text/template` (https://pkg.go.dev/text/template#hdr-Actions).
 * Throws `TemplateSyntaxError` at the first fault.
 */

import { decodeString } from "./literals.ts";
import { parseCommands, parsePipeline, peekAssignment } from "./parse-pipeline.ts";
import { scan, type Token } from "./scanner.ts";
import {
  type BranchNode,
  type Definition,
  type Expression,
  type Node,
  type SyntaxTree,
  TemplateSyntaxError,
} from "./syntax.ts";
import { describe, TokenStream } from "./token-stream.ts";

/** Parses a whole source; `define` and `block` bodies are in `definitions`. */
export function parse(source: string): SyntaxTree {
  return new Parser(new TokenStream(scan(source))).run();
}

/** What ended a list of nodes. */
interface Terminator {
  readonly word: "end" | "else" | "eof";
  readonly token: Token;
}

const KEYWORDS: ReadonlySet<string> = new Set([
  "if",
  "else",
  "end",
  "range",
  "with",
  "define",
  "template",
  "block",
  "break",
  "continue",
]);

class Parser {
  readonly #stream: TokenStream;
  readonly #definitions = new Map<string, Definition>();
  #rangeDepth = 0;
  #blockDepth = 0;

  constructor(stream: TokenStream) {
    this.#stream = stream;
  }

  run(): SyntaxTree {
    const { result, frameSize } = this.#stream.definition(() => this.#list());
    const [nodes, stop] = result;
    if (stop.word !== "eof") {
      throw new TemplateSyntaxError(stop.token.start, `Unexpected {{${stop.word}}}`);
    }
    return { main: { name: "", nodes, frameSize }, definitions: this.#definitions };
  }

  /** Nodes up to `{{end}}`, `{{else` or the end of the source. */
  #list(): [readonly Node[], Terminator] {
    const nodes: Node[] = [];
    for (;;) {
      const token = this.#stream.next();
      if (token.kind === "end") return [nodes, { word: "eof", token }];
      if (token.kind === "text") {
        nodes.push({ kind: "text", text: token.text, start: token.start, end: token.end });
        continue;
      }
      const terminator = this.#terminator(token);
      if (terminator) return [nodes, terminator];
      const node = this.#action(token);
      if (node) nodes.push(node);
    }
  }

  #terminator(open: Token): Terminator | undefined {
    const { kind, text } = this.#stream.peek();
    if (kind !== "identifier" || (text !== "end" && text !== "else")) return undefined;
    this.#stream.next();
    if (text === "end") this.#close("end");
    return { word: text, token: open };
  }

  #action(open: Token): Node | undefined {
    const word = this.#stream.peek();
    if (word.kind === "identifier" && KEYWORDS.has(word.text)) {
      this.#stream.next();
      return this.#stream.nested(() => this.#control(word, open));
    }
    const expression = parsePipeline(this.#stream, "close", "an action");
    return { kind: "action", expression, start: open.start, end: this.#end() };
  }

  #control(word: Token, open: Token): Node | undefined {
    switch (word.text) {
      case "if":
      case "with":
        return this.#inBlock(() => this.#branch(word.text as "if" | "with", open));
      case "range":
        return this.#inBlock(() => this.#range(open));
      case "break":
      case "continue":
        return this.#jump(word, open);
      case "define":
        return this.#define(open);
      case "block":
        return this.#block(open);
      default:
        return this.#template(open);
    }
  }

  #inBlock<T>(parseBlock: () => T): T {
    this.#blockDepth++;
    const result = this.#stream.scoped(parseBlock);
    this.#blockDepth--;
    return result;
  }

  #branch(kind: "if" | "with", open: Token): BranchNode {
    const condition = parsePipeline(this.#stream, "close", kind);
    const [body, stop] = this.#scopedList();
    const otherwise =
      stop.word === "else" ? this.#else(kind, open) : this.#finish(stop, open, kind);
    return { kind, condition, body, otherwise, start: open.start, end: this.#end() };
  }

  /** After `{{else`: a plain body up to `{{end}}`, or a chained `if` or `with` that shares it. */
  #else(kind: "if" | "with" | "range", open: Token): readonly Node[] {
    const word = this.#stream.peek();
    if (word.kind === "identifier" && word.text === kind && kind !== "range") {
      this.#stream.next();
      return [this.#stream.nested(() => this.#inBlock(() => this.#branch(kind, open)))];
    }
    this.#close("else");
    const [nodes, stop] = this.#scopedList();
    this.#finish(stop, open, kind);
    return nodes;
  }

  #scopedList(): [readonly Node[], Terminator] {
    return this.#stream.scoped(() => this.#list());
  }

  #finish(stop: Terminator, open: Token, kind: string): readonly Node[] {
    if (stop.word === "eof") {
      throw new TemplateSyntaxError(open.start, `Unclosed {{${kind}}}: expected {{end}}`);
    }
    if (stop.word === "else") {
      throw new TemplateSyntaxError(stop.token.start, `Unexpected {{else}}: expected {{end}}`);
    }
    return [];
  }

  #range(open: Token): Node {
    const { source, slots, isDeclaration } = this.#rangeHead();
    this.#rangeDepth++;
    const [body, stop] = this.#scopedList();
    this.#rangeDepth--;
    const otherwise =
      stop.word === "else" ? this.#else("range", open) : this.#finish(stop, open, "range");
    const span = { start: open.start, end: this.#end() };
    return { kind: "range", source, slots, isDeclaration, body, otherwise, ...span };
  }

  #rangeHead(): {
    readonly source: Expression;
    readonly slots: readonly number[];
    readonly isDeclaration: boolean;
  } {
    const stream = this.#stream;
    const names: Token[] = [];
    if (stream.peek().kind === "variable" && stream.peek(1).kind === "comma") {
      names.push(stream.next());
      stream.next();
      if (stream.peek().kind !== "variable") {
        stream.fail(stream.peek(), `${describe(stream.peek())} in range`, "a second variable");
      }
    }
    const assignment = peekAssignment(stream);
    if (assignment) names.push(assignment.token);
    else if (names.length > 0) stream.fail(stream.peek(), "variables in range", '":=" after them');
    const isDeclaration = assignment?.isDeclaration ?? false;
    const known = isDeclaration ? [] : names.map((name) => stream.slotOf(name));
    const source = parseCommands(stream, "close", "range");
    const slots = isDeclaration ? names.map((name) => stream.declare(name.text)) : known;
    return { source, slots, isDeclaration };
  }

  #jump(word: Token, open: Token): Node {
    if (this.#rangeDepth === 0) {
      throw new TemplateSyntaxError(open.start, `Unexpected {{${word.text}}} outside {{range}}`);
    }
    this.#close(word.text);
    const kind = word.text === "break" ? "break" : "continue";
    return { kind, start: open.start, end: this.#end() };
  }

  #define(open: Token): undefined {
    if (this.#blockDepth > 0) {
      const message = "Unexpected {{define}} inside another block: expected it at the top level";
      throw new TemplateSyntaxError(open.start, message);
    }
    const name = this.#name("define");
    this.#close("define");
    this.#body(name, open, "define");
  }

  #block(open: Token): Node {
    const name = this.#name("block");
    const argument = parsePipeline(this.#stream, "close", "block");
    this.#body(name, open, "block");
    return { kind: "template", name, argument, start: open.start, end: this.#end() };
  }

  #body(name: string, open: Token, kind: string): void {
    const outerRange = this.#rangeDepth;
    const outerBlock = this.#blockDepth;
    this.#rangeDepth = 0;
    this.#blockDepth = 1;
    const { result, frameSize } = this.#stream.definition(() => this.#list());
    this.#rangeDepth = outerRange;
    this.#blockDepth = outerBlock;
    const [nodes, stop] = result;
    this.#finish(stop, open, kind);
    this.#add({ name, nodes, frameSize }, open);
  }

  /** An empty body never replaces another one, and only an empty one is replaced (as in Go). */
  #add(definition: Definition, open: Token): void {
    const known = this.#definitions.get(definition.name);
    if (!known || isEmpty(known)) this.#definitions.set(definition.name, definition);
    else if (!isEmpty(definition)) {
      const message = `Template "${definition.name}" is defined twice`;
      throw new TemplateSyntaxError(open.start, message);
    }
  }

  #template(open: Token): Node {
    const name = this.#name("template");
    const hasArgument = !this.#stream.takeIf("close");
    const argument = hasArgument ? parsePipeline(this.#stream, "close", "template") : undefined;
    return { kind: "template", name, argument, start: open.start, end: this.#end() };
  }

  #name(context: string): string {
    const token = this.#stream.next();
    if (token.kind === "string") return decodeString(token.text, token.start);
    if (token.kind === "raw-string") return token.text.slice(1, -1);
    return this.#stream.fail(token, `${describe(token)} in ${context}`, "a quoted name");
  }

  #close(context: string): void {
    this.#stream.expect("close", context, '"}}"');
  }

  /** Where the last token taken ends. */
  #end(): number {
    return this.#stream.peek(-1).end;
  }
}

function isEmpty(definition: Definition): boolean {
  return definition.nodes.every((node) => node.kind === "text" && node.text.trim() === "");
}
