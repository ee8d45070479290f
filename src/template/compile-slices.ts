/**
 * The nodes of `compile-node.ts` once more, as generators: an evaluation that takes long can stop on its
 * way, let others have the event loop, and go on. Compiled when it is first needed, which is seldom.
 *
 * Guarantees: the same output and the same errors, for the same steps. It may pause between two nodes, at
 * each round of a loop and at each call; what stands between two pauses runs at full speed.
 */
import { compileExpression } from "./compile-expression.ts";
import {
  compileNodes,
  compileRound,
  elementsOf,
  type NodeContext,
  noTemplate,
} from "./compile-node.ts";
import { isTrue } from "./go-value.ts";
import {
  BREAK,
  closeFrame,
  type Execute,
  GO_ON,
  openFrame,
  type Signal,
  type State,
  spend,
  type Unit,
} from "./state.ts";
import type { BranchNode, Node, RangeNode } from "./syntax.ts";
import type { TemplateValue } from "./template.ts";

/** Yields where it pauses. */
export type SlicedExecute = (
  state: State,
  dot: TemplateValue,
) => Generator<undefined, Signal, undefined>;

interface SlicedBody {
  execute: SlicedExecute;
  readonly frameSize: number;
  readonly unit: Unit;
}

interface SliceContext extends NodeContext {
  readonly slicedBodies: Map<string, SlicedBody>;
}

type Part =
  | { readonly kind: "whole"; readonly execute: Execute }
  | { readonly kind: "sliced"; readonly execute: SlicedExecute };

/** Steps between two pauses: a fraction of a millisecond for most templates. */
const STEPS_AT_ONCE = 500;

export function compileSlices(nodes: readonly Node[], context: NodeContext): SlicedExecute {
  return sequence(nodes, { ...context, slicedBodies: new Map() });
}

function sequence(nodes: readonly Node[], context: SliceContext): SlicedExecute {
  const parts = nodes.map((node) => partOf(node, context));
  return function* (state, dot) {
    for (const part of parts) {
      const signal = yield* run(part, state, dot);
      if (signal !== GO_ON) return signal;
    }
    return GO_ON;
  };
}

function* run(
  part: Part,
  state: State,
  dot: TemplateValue,
): Generator<undefined, Signal, undefined> {
  if (state.steps >= state.pauseAt) {
    state.pauseAt = state.steps + STEPS_AT_ONCE;
    yield;
  }
  return part.kind === "whole" ? part.execute(state, dot) : yield* part.execute(state, dot);
}

function partOf(node: Node, context: SliceContext): Part {
  if (isShort(node)) return { kind: "whole", execute: compileNodes([node], context) };
  switch (node.kind) {
    case "if":
    case "with":
      return { kind: "sliced", execute: branch(node, context) };
    case "range":
      return { kind: "sliced", execute: range(node, context) };
    case "template":
      return { kind: "sliced", execute: call(node, context) };
    default:
      return { kind: "whole", execute: compileNodes([node], context) };
  }
}

/** Neither a loop nor a call in it: its steps are those that are written there. */
function isShort(node: Node): boolean {
  switch (node.kind) {
    case "range":
    case "template":
      return false;
    case "if":
    case "with":
      return node.body.every(isShort) && node.otherwise.every(isShort);
    default:
      return true;
  }
}

function blockOf(nodes: readonly Node[], context: SliceContext): Part {
  return nodes.every(isShort)
    ? { kind: "whole", execute: compileNodes(nodes, context) }
    : { kind: "sliced", execute: sequence(nodes, context) };
}

function branch(node: BranchNode, context: SliceContext): SlicedExecute {
  const condition = compileExpression(node.condition, context);
  const body = blockOf(node.body, context);
  const otherwise = blockOf(node.otherwise, context);
  return function* (state, dot) {
    spend(state, 1);
    const value = condition(state, dot);
    if (!isTrue(value)) return yield* run(otherwise, state, dot);
    return yield* run(body, state, node.kind === "with" ? value : dot);
  };
}

function range(node: RangeNode, context: SliceContext): SlicedExecute {
  const source = compileExpression(node.source, context);
  const body = blockOf(node.body, context);
  const otherwise = blockOf(node.otherwise, context);
  const enterRound = compileRound(node);
  return function* (state, dot) {
    spend(state, 1);
    const value = source(state, dot);
    state.at = node.source;
    state.meter.spendOnLoop(value);
    const elements = elementsOf(value, node.slots.length > 1);
    for (let index = 0; index < elements.count; index++) {
      const element = enterRound(state, elements, index);
      // Most rounds go on at once, without the price of another generator.
      const isOnce = body.kind === "whole" && state.steps < state.pauseAt;
      const signal = isOnce ? body.execute(state, element) : yield* run(body, state, element);
      if (signal === BREAK) break;
    }
    return elements.count > 0 ? GO_ON : yield* run(otherwise, state, dot);
  };
}

function call(node: Extract<Node, { kind: "template" }>, context: SliceContext): SlicedExecute {
  const argument = node.argument ? compileExpression(node.argument, context) : () => undefined;
  const body = bodyOf(node.name, context);
  return function* (state, dot) {
    spend(state, 1);
    const value = argument(state, dot) ?? undefined;
    state.at = node;
    if (!body) throw noTemplate(node.name);
    const caller = openFrame(state, body, value);
    yield* run({ kind: "sliced", execute: body.execute }, state, value);
    closeFrame(state, caller);
    return GO_ON;
  };
}

/** Registered before it is compiled: a template may call itself. */
function bodyOf(name: string, context: SliceContext): SlicedBody | undefined {
  const known = context.slicedBodies.get(name);
  if (known) return known;
  const definition = context.definitions.get(name);
  if (!definition) return undefined;
  const { frameSize, nodes } = definition;
  const body: SlicedBody = { execute: noSteps, frameSize, unit: context.unit };
  context.slicedBodies.set(name, body);
  body.execute = sequence(nodes, context);
  return body;
}

function* noSteps(): Generator<undefined, Signal, undefined> {
  yield;
  return GO_ON;
}
