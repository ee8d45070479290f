/**
 * The syntax tree of a template: what the parser makes and the checker and compiler read. Variables
 * are slots of a frame already, so that evaluation never looks a name up. Spans are offsets into
 * the source in UTF-16 units.
 */
import type { TemplateValue } from "./template.ts";

export interface Span {
  readonly start: number;
  readonly end: number;
}

export type Expression =
  | ({
      readonly kind: "literal";
      readonly value: TemplateValue;
      /** A number written with a point or an exponent, which Go takes for a `float64`. */
      readonly isFloat?: boolean;
    } & Span)
  | ({ readonly kind: "nil" } & Span)
  | ({ readonly kind: "dot" } & Span)
  | FieldExpression
  | VariableExpression
  | ({
      readonly kind: "chain";
      readonly target: Expression;
      readonly path: readonly string[];
    } & Span)
  | CallExpression
  | MethodExpression
  | AssignExpression;

/** `.a.b`, read from the dot. */
interface FieldExpression extends Span {
  readonly kind: "field";
  readonly path: readonly string[];
}

/** `$x.a.b`; slot 0 is `$`. */
export interface VariableExpression extends Span {
  readonly kind: "variable";
  readonly name: string;
  readonly slot: number;
  readonly path: readonly string[];
}

/** A function with its arguments; a piped value is the last one. */
export interface CallExpression extends Span {
  readonly kind: "call";
  readonly name: string;
  readonly nameEnd: number;
  readonly args: readonly Expression[];
}

/** `.Files.Get "x"`: a method of the value before the last name, with arguments. */
export interface MethodExpression extends Span {
  readonly kind: "method";
  readonly target: Expression;
  readonly name: string;
  readonly args: readonly Expression[];
}

/** `$x := …` or `$x = …`; prints nothing, its value is the assigned one. */
interface AssignExpression extends Span {
  readonly kind: "assign";
  readonly isDeclaration: boolean;
  readonly slot: number;
  readonly value: Expression;
}

export type Node =
  | ({ readonly kind: "text"; readonly text: string } & Span)
  | ({ readonly kind: "action"; readonly expression: Expression } & Span)
  | BranchNode
  | RangeNode
  | ({
      readonly kind: "template";
      readonly name: string;
      readonly argument: Expression | undefined;
    } & Span)
  | ({ readonly kind: "break" | "continue" } & Span);

/** `if` keeps the dot, `with` sets it to the condition's value. */
export interface BranchNode extends Span {
  readonly kind: "if" | "with";
  readonly condition: Expression;
  readonly body: readonly Node[];
  readonly otherwise: readonly Node[];
}

export interface RangeNode extends Span {
  readonly kind: "range";
  readonly source: Expression;
  /** Slots that receive the element, or the key and the element. */
  readonly slots: readonly number[];
  readonly isDeclaration: boolean;
  readonly body: readonly Node[];
  readonly otherwise: readonly Node[];
}

/** One template body: the main one, a `define` or a `block`. */
export interface Definition {
  readonly name: string;
  readonly nodes: readonly Node[];
  /** Number of variable slots, `$` included. */
  readonly frameSize: number;
}

export interface SyntaxTree {
  readonly main: Definition;
  readonly definitions: ReadonlyMap<string, Definition>;
}

/** The text is not a template. Caught by the compiler, which turns it into an issue. */
export class TemplateSyntaxError extends Error {
  readonly offset: number;

  constructor(offset: number, message: string) {
    super(message);
    this.name = "TemplateSyntaxError";
    this.offset = offset;
  }
}
