/**
 * Last stage of the engine, expressions: syntax tree → closures, once. Nothing is parsed, looked up
 * by name or checked for existence during an evaluation. Functions are there and take the written
 * number of arguments: the checker saw to that.
 */
import { invariant } from "../std/invariant.ts";
import { isLiteralArgument } from "./check.ts";
import { TemplateError } from "./error.ts";
import { goAnd, goOr } from "./go-logic.ts";
import { isTrue } from "./go-value.ts";
import { createLookup, type MissingKeyRule } from "./lookup.ts";
import { type Evaluate, type State, spendOnResult } from "./state.ts";
import type { CallExpression, Expression, VariableExpression } from "./syntax.ts";
import type { TemplateFunction, TemplateValue } from "./template.ts";

export interface ExpressionContext {
  readonly functions: ReadonlyMap<string, TemplateFunction>;
  readonly missingKey: MissingKeyRule;
}

export function compileExpression(expression: Expression, context: ExpressionContext): Evaluate {
  switch (expression.kind) {
    case "literal": {
      const { value } = expression;
      return () => value;
    }
    case "nil":
      return () => null;
    case "dot":
      return (_state, dot) => dot;
    case "field":
      return compileField(expression, context);
    case "variable":
      return compileVariable(expression, context);
    case "chain":
      return compileChain(expression, context);
    case "call":
      return compileCall(expression, context);
    case "assign": {
      const { slot } = expression;
      const value = compileExpression(expression.value, context);
      return (state, dot) => {
        const result = value(state, dot);
        state.frame[slot] = result;
        return result;
      };
    }
    default:
      return expression satisfies never;
  }
}

function compileField(
  expression: Extract<Expression, { kind: "field" }>,
  context: ExpressionContext,
): Evaluate {
  const lookup = createLookup(expression.path, context.missingKey);
  if (context.missingKey === "empty") return (_state, dot) => lookup(dot);
  return (state, dot) => {
    state.at = expression;
    return lookup(dot);
  };
}

function compileVariable(expression: VariableExpression, context: ExpressionContext): Evaluate {
  const { slot, path } = expression;
  if (path.length === 0) return (state) => state.frame[slot];
  const lookup = createLookup(path, context.missingKey);
  return (state) => {
    state.at = expression;
    return lookup(state.frame[slot]);
  };
}

function compileChain(
  expression: Extract<Expression, { kind: "chain" }>,
  context: ExpressionContext,
): Evaluate {
  const target = compileExpression(expression.target, context);
  if (expression.path.length === 0) return target;
  const lookup = createLookup(expression.path, context.missingKey);
  return (state, dot) => {
    const value = target(state, dot);
    state.at = expression;
    return lookup(value);
  };
}

function compileCall(call: CallExpression, context: ExpressionContext): Evaluate {
  const definition = context.functions.get(call.name);
  invariant(definition, `the checker let the unknown function "${call.name}" pass`);
  const args = call.args.map((arg) => compileExpression(arg, context));
  if (definition === goAnd) return shortCircuit(args, false);
  if (definition === goOr) return shortCircuit(args, true);
  const isLiteral = call.args.map(isLiteralArgument);
  return (state, dot) => {
    const values: TemplateValue[] = [];
    for (const arg of args) values.push(arg(state, dot));
    state.at = call;
    const result = invoke(definition, values, { state, isLiteral });
    spendOnResult(state, result);
    return result;
  };
}

function invoke(
  definition: TemplateFunction,
  values: readonly TemplateValue[],
  { state, isLiteral }: { readonly state: State; readonly isLiteral: readonly boolean[] },
): TemplateValue {
  try {
    return definition.call(values, {
      environment: state.environment,
      root: state.root,
      isLiteral,
    });
  } catch (error) {
    if (error instanceof TemplateError) throw error;
    throw new TemplateError("failed", `Function "${definition.name}" failed`, { cause: error });
  }
}

/** Stops at the first argument whose truth is `stopAt`; the last one is taken as it is. */
function shortCircuit(args: readonly Evaluate[], stopAt: boolean): Evaluate {
  return (state, dot) => {
    let value: TemplateValue;
    for (const arg of args) {
      value = arg(state, dot);
      if (isTrue(value) === stopAt) return value;
    }
    return value;
  };
}
