/**
 * Last stage of the engine, nodes: syntax tree → closures that write to the output of a state.
 * Loops and template calls count against the budget.
 */
import { compileExpression, type ExpressionContext } from "./compile-expression.ts";
import { TemplateError } from "./error.ts";
import { type GoObject, integerIn, isGoObject } from "./go-object.ts";
import { goTypeName, isTrue, sortedKeys } from "./go-value.ts";
import {
  type Body,
  BREAK,
  CONTINUE,
  type Evaluate,
  type Execute,
  enterBody,
  GO_ON,
  type State,
  spend,
  type Unit,
  write,
} from "./state.ts";
import type { BranchNode, Definition, Node, RangeNode } from "./syntax.ts";
import type { TemplateValue } from "./template.ts";

export interface NodeContext extends ExpressionContext {
  /** Text of a value that an action prints. */
  readonly print: (value: TemplateValue) => string;
  /** Compiled bodies by name, filled while compiling, so that templates may call each other. */
  readonly bodies: Map<string, Body>;
  readonly definitions: ReadonlyMap<string, Definition>;
  /** Names of templates are looked up when they are called, in the bodies of the state. */
  readonly isLate?: boolean;
  readonly unit: Unit;
}

export function compileNodes(nodes: readonly Node[], context: NodeContext): Execute {
  const steps = nodes.map((node) => compileNode(node, context));
  const [only] = steps;
  if (steps.length === 1 && only) return only;
  return (state, dot) => {
    for (const step of steps) {
      const signal = step(state, dot);
      if (signal !== GO_ON) return signal;
    }
    return GO_ON;
  };
}

function compileNode(node: Node, context: NodeContext): Execute {
  switch (node.kind) {
    case "text": {
      const { text } = node;
      return (state) => {
        write(state, text);
        return GO_ON;
      };
    }
    case "action": {
      const evaluate = compileExpression(node.expression, context);
      if (node.expression.kind === "assign") return silently(evaluate);
      return (state, dot) => {
        spend(state, 1);
        const value = evaluate(state, dot);
        state.meter.spendOnPrinting(value);
        write(state, context.print(value));
        return GO_ON;
      };
    }
    case "if":
    case "with":
      return compileBranch(node, context);
    case "range":
      return compileRange(node, context);
    case "template":
      return compileTemplateCall(node, context);
    case "break":
      return () => BREAK;
    case "continue":
      return () => CONTINUE;
    default:
      return node satisfies never;
  }
}

function silently(evaluate: Evaluate): Execute {
  return (state, dot) => {
    spend(state, 1);
    evaluate(state, dot);
    return GO_ON;
  };
}

function compileBranch(node: BranchNode, context: NodeContext): Execute {
  const condition = compileExpression(node.condition, context);
  const body = compileNodes(node.body, context);
  const otherwise = compileNodes(node.otherwise, context);
  const movesDot = node.kind === "with";
  return (state, dot) => {
    spend(state, 1);
    const value = condition(state, dot);
    return isTrue(value) ? body(state, movesDot ? value : dot) : otherwise(state, dot);
  };
}

function compileTemplateCall(
  node: Extract<Node, { kind: "template" }>,
  context: NodeContext,
): Execute {
  const argument = node.argument ? compileExpression(node.argument, context) : () => undefined;
  const early = context.isLate ? undefined : bodyOf(node.name, context);
  return (state, dot) => {
    spend(state, 1);
    const value = argument(state, dot);
    state.at = node;
    const body = early ?? state.bodies.get(node.name);
    if (!body) throw noTemplate(node.name);
    enterBody(state, body, value === null ? undefined : value);
    return GO_ON;
  };
}

export function noTemplate(name: string): TemplateError {
  return new TemplateError("failed", `There is no template named "${name}"`);
}

/** Registered before it is compiled: a template may call itself. */
export function bodyOf(name: string, context: NodeContext): Body {
  const known = context.bodies.get(name);
  if (known) return known;
  const definition = context.definitions.get(name);
  const { unit } = context;
  const body: Body = { execute: () => GO_ON, frameSize: definition?.frameSize ?? 1, unit };
  context.bodies.set(name, body);
  body.execute = compileNodes(definition?.nodes ?? [], context);
  return body;
}

function compileRange(node: RangeNode, context: NodeContext): Execute {
  const source = compileExpression(node.source, context);
  const body = compileNodes(node.body, context);
  const otherwise = compileNodes(node.otherwise, context);
  const enterRound = compileRound(node);
  return (state, dot) => {
    spend(state, 1);
    const value = source(state, dot);
    state.at = node.source;
    state.meter.spendOnLoop(value);
    const elements = elementsOf(value, node.slots.length > 1);
    for (let index = 0; index < elements.count; index++) {
      if (body(state, enterRound(state, elements, index)) === BREAK) break;
    }
    return elements.count > 0 ? GO_ON : otherwise(state, dot);
  };
}

/** Counts a round of a loop, sets its variables, and gives its dot. */
export function compileRound({
  slots: [first, second],
}: RangeNode): (state: State, elements: Elements, index: number) => TemplateValue {
  return (state, elements, index) => {
    spend(state, 1);
    const element = elements.at(index);
    if (second !== undefined && first !== undefined) {
      state.frame[first] = elements.keyAt(index);
      state.frame[second] = element;
    } else if (first !== undefined) state.frame[first] = element;
    return element;
  };
}

/** What a loop goes over, by number. */
export interface Elements {
  readonly count: number;
  keyAt(index: number): TemplateValue;
  at(index: number): TemplateValue;
}

const itself = (index: number): TemplateValue => index;
const NO_ELEMENTS: Elements = { count: 0, keyAt: itself, at: itself };

/** Lists, maps in key order, and the integers below a number. */
export function elementsOf(value: TemplateValue, wantsKey: boolean): Elements {
  if (value === null || value === undefined) return NO_ELEMENTS;
  if (Array.isArray(value)) return { count: value.length, keyAt: itself, at: (i) => value[i] };
  const count = integerIn(value);
  if (count !== undefined && !wantsKey) return { ...NO_ELEMENTS, count };
  if (isGoObject(value)) return entriesOf(value);
  if (typeof value === "object") {
    const keys = sortedKeys(value);
    const members = value as Readonly<Record<string, TemplateValue>>;
    return { count: keys.length, keyAt: (i) => keys[i], at: (i) => members[keys[i] ?? ""] };
  }
  const reason = wantsKey && typeof value === "number" ? ", which has no keys" : "";
  throw new TemplateError("failed", `Cannot range over type ${goTypeName(value)}${reason}`);
}

function entriesOf(value: GoObject): Elements {
  const entries = value.entries();
  if (!entries) throw new TemplateError("failed", `Cannot range over type ${value.typeName}`);
  return { count: entries.length, keyAt: (i) => entries[i]?.[0], at: (i) => entries[i]?.[1] };
}
