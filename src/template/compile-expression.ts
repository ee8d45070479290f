/**
 * Last stage of the engine, expressions: syntax tree → closures, once. Nothing is parsed, looked up
 * by name or checked for existence during an evaluation. Functions are there: the checker saw to
 * that, and, but for late dialects, to the number of their arguments.
 */
import { invariant } from "../std/invariant.ts";
import { arity, isLiteralArgument } from "./check.ts";
import { TemplateError } from "./error.ts";
import { goAnd, goOr } from "./go-logic.ts";
import { float64, isGoObject } from "./go-object.ts";
import { goTypeName, isTrue } from "./go-value.ts";
import { createLookup, type MissingKeyRule } from "./lookup.ts";
import { type Evaluate, type State, spend } from "./state.ts";
import type { CallExpression, Expression, MethodExpression, VariableExpression } from "./syntax.ts";
import type { Dialect, TemplateFunction, TemplateValue } from "./template.ts";

export interface ExpressionContext {
  readonly functions: ReadonlyMap<string, TemplateFunction>;
  readonly missingKey: MissingKeyRule;
  readonly numbers?: Dialect["numbers"];
}

export function compileExpression(expression: Expression, context: ExpressionContext): Evaluate {
  switch (expression.kind) {
    case "literal": {
      const isTyped = context.numbers === "go" && expression.isFloat === true;
      const value = isTyped ? float64(Number(expression.value)) : expression.value;
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
    case "method":
      return compileMethod(expression, context);
    case "assign": {
      const { slot } = expression;
      const value = compileExpression(expression.value, context);
      const isZero = context.missingKey === "zero";
      return (state, dot) => {
        const found = value(state, dot);
        // The result of a pipeline that is nil is no value at all: its fields are missing, too.
        const result = isZero && found === null ? undefined : found;
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
  const isZero = context.missingKey === "zero";
  if (expression.path.length === 0) {
    if (!isZero) return target;
    return (state, dot) => target(state, dot) ?? undefined;
  }
  const lookup = createLookup(expression.path, context.missingKey);
  return (state, dot) => {
    const found = target(state, dot);
    state.at = expression;
    return lookup(isZero && found === null ? undefined : found);
  };
}

function compileMethod(method: MethodExpression, context: ExpressionContext): Evaluate {
  const target = compileExpression(method.target, context);
  const args = method.args.map((arg) => compileExpression(arg, context));
  return (state, dot) => {
    const value = target(state, dot);
    const values = args.map((arg) => arg(state, dot));
    state.at = method;
    spend(state, 1);
    if (isGoObject(value)) {
      state.meter.spendOnArguments(values, "everything");
      const result = value.invoke(method.name, values);
      state.meter.spendOnResult(result, "everything");
      return result;
    }
    const isNothing = value === null || value === undefined;
    const found = isNothing ? "the value is nil" : `it is no method of type ${goTypeName(value)}`;
    throw new TemplateError("failed", `Cannot call "${method.name}" with arguments: ${found}`);
  };
}

function compileCall(call: CallExpression, context: ExpressionContext): Evaluate {
  const definition = context.functions.get(call.name);
  invariant(definition, `the checker let the unknown function "${call.name}" pass`);
  const args = call.args.map((arg) => compileExpression(arg, context));
  const count = args.length;
  if (count < definition.minArgs || count > definition.maxArgs) {
    return (state) => {
      state.at = call;
      const message = `Function "${call.name}" takes ${arity(definition)}, got ${count}`;
      throw new TemplateError("bad-argument", message);
    };
  }
  if (definition === goAnd) return shortCircuit(args, false);
  if (definition === goOr) return shortCircuit(args, true);
  const isLiteral = call.args.map(isLiteralArgument);
  const { reads = "everything" } = definition;
  return (state, dot) => {
    const values: TemplateValue[] = [];
    for (const arg of args) values.push(arg(state, dot));
    state.at = call;
    state.meter.spendOnArguments(values, reads);
    const result = invoke(definition, values, { state, isLiteral });
    state.meter.spendOnResult(result, reads);
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
      meter: state.meter,
      isLiteral,
      templates: state.templates,
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
