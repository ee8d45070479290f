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
        write(state, context.print(evaluate(state, dot)));
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
  const [first, second] = node.slots;
  const iterate = (state: State, key: TemplateValue, element: TemplateValue) => {
    spend(state, 1);
    if (second !== undefined && first !== undefined) {
      state.frame[first] = key;
      state.frame[second] = element;
    } else if (first !== undefined) state.frame[first] = element;
    return body(state, element) !== BREAK;
  };
  return (state, dot) => {
    spend(state, 1);
    const value = source(state, dot);
    state.at = node.source;
    const hasRun = forEachElement(value, second !== undefined, (key, element) =>
      iterate(state, key, element),
    );
    return hasRun ? GO_ON : otherwise(state, dot);
  };
}

type Visit = (key: TemplateValue, element: TemplateValue) => boolean;

/** Visits lists, maps in key order and the integers below a number, until `visit` says false. */
function forEachElement(value: TemplateValue, wantsKey: boolean, visit: Visit): boolean {
  if (value === null || value === undefined) return false;
  if (Array.isArray(value)) return visitAll(value.keys(), value, visit);
  const count = integerIn(value);
  if (count !== undefined && !wantsKey) {
    for (let index = 0; index < count; index++) if (!visit(undefined, index)) break;
    return count > 0;
  }
  if (isGoObject(value)) return visitEntries(value, visit);
  if (typeof value === "object") {
    return visitAll(sortedKeys(value), value as Record<string, TemplateValue>, visit);
  }
  const reason = wantsKey && typeof value === "number" ? ", which has no keys" : "";
  throw new TemplateError("failed", `Cannot range over type ${goTypeName(value)}${reason}`);
}

function visitEntries(value: GoObject, visit: Visit): boolean {
  const entries = value.entries();
  if (!entries) throw new TemplateError("failed", `Cannot range over type ${value.typeName}`);
  for (const [key, element] of entries) if (!visit(key, element)) break;
  return entries.length > 0;
}

function visitAll<K extends string | number>(
  keys: Iterable<K>,
  elements: Readonly<Record<K, TemplateValue>>,
  visit: Visit,
): boolean {
  let hasAny = false;
  for (const key of keys) {
    hasAny = true;
    if (!visit(key, elements[key])) break;
  }
  return hasAny;
}
