/**
 * The door of the engine: source text → a template that can be evaluated any number of times.
 *
 * Flow: scan → parse → check → closures; all of it here, once. Guarantees: never throws for what
 * stands in the source; a template with an issue of severity `error` is not compiled. An evaluation
 * depends on nothing but its scope and environment, and ends within the dialect's budget.
 */
import type { SourcePosition } from "../std/issue.ts";
import { check } from "./check.ts";
import { compileExpression } from "./compile-expression.ts";
import { compileNodes, type NodeContext } from "./compile-node.ts";
import { compileSlices, type SlicedExecute } from "./compile-slices.ts";
import { TemplateError } from "./error.ts";
import { GoNumber, isGoObject } from "./go-object.ts";
import { goText } from "./go-print.ts";
import { createLookup, type Lookup } from "./lookup.ts";
import { parse } from "./parser.ts";
import { createState, type Evaluate, type State, spend, takeOutput, type Unit } from "./state.ts";
import {
  type Definition,
  type Expression,
  type Node,
  type SyntaxTree,
  TemplateSyntaxError,
} from "./syntax.ts";
import type {
  CompileOptions,
  CompileResult,
  Dialect,
  Scope,
  Template,
  TemplateEnvironment,
  TemplateValue,
} from "./template.ts";

/** Compiles `source`. Issues are counted from `options.position`. */
export function compileTemplate(source: string, options: CompileOptions): CompileResult {
  try {
    return compile(source, options);
  } catch (error) {
    // The only way to run out of stack is a source that nests beyond all use.
    if (!(error instanceof RangeError)) throw error;
    const message = "Template is nested too deeply";
    const position = options.position ? { position: options.position } : {};
    return {
      kind: "failed",
      issues: [{ code: "template-syntax", severity: "error", message, ...position }],
    };
  }
}

function compile(source: string, options: CompileOptions): CompileResult {
  const { dialect } = options;
  const locate = createLocator(source, options.position);
  const tree = parseOrExplain(source, locate);
  if (tree.kind === "failed") return tree;
  const extra = options.extraRoots ?? [];
  const roots = dialect.roots && new Set([...dialect.roots, ...extra]);
  const { functions, emptyRoots, foreignFunctions } = dialect;
  const findings = check(tree.tree, { functions, roots, emptyRoots, foreignFunctions, locate });
  const { issues, references, functionNames } = findings;
  if (issues.some(({ severity }) => severity === "error")) return { kind: "failed", issues };
  const program = createProgram(tree.tree, { dialect, source, locate });
  const template = { source, references, functionNames, ...program };
  return { kind: "compiled", template, issues };
}

export type Locate = (offset: number) => SourcePosition;

type Parsed =
  | { readonly kind: "parsed"; readonly tree: SyntaxTree }
  | Extract<CompileResult, { kind: "failed" }>;

export function parseOrExplain(source: string, locate: Locate): Parsed {
  try {
    return { kind: "parsed", tree: parse(source) };
  } catch (error) {
    if (!(error instanceof TemplateSyntaxError)) throw error;
    const { message, offset } = error;
    const issue = { code: "template-syntax", severity: "error", message } as const;
    return { kind: "failed", issues: [{ ...issue, position: locate(offset) }] };
  }
}

/** Offsets → positions; the source begins at `base`. */
export function createLocator(source: string, base: SourcePosition | undefined): Locate {
  const { file, line, column } = base ?? { file: "template", line: 1, column: 1 };
  let lineStarts: readonly number[] | undefined;
  return (offset) => {
    lineStarts ??= [0, ...Array.from(source.matchAll(/\n/g), (match) => match.index + 1)];
    const row = lastAtOrBelow(lineStarts, offset);
    const inLine = offset - (lineStarts[row] ?? 0);
    return { file, line: line + row, column: row > 0 ? inLine + 1 : column + inLine };
  };
}

/** Index of the last of the ascending `numbers` that is not above `limit`. */
function lastAtOrBelow(numbers: readonly number[], limit: number): number {
  let low = 0;
  let high = numbers.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >>> 1;
    if ((numbers[middle] ?? 0) <= limit) low = middle;
    else high = middle - 1;
  }
  return low;
}

interface ProgramOptions {
  readonly dialect: Dialect;
  readonly source: string;
  readonly locate: Locate;
}

type Program = Pick<Template, "isLiteral" | "isSingleAction" | "render" | "value">;

/** Picks the cheapest way to evaluate that fits: own text, plain fields, or the whole engine. */
function createProgram(tree: SyntaxTree, options: ProgramOptions): Program {
  const { dialect } = options;
  const { nodes } = tree.main;
  const isLiteral = nodes.every((node) => node.kind === "text");
  if (isLiteral) {
    const whole = nodes.map((node) => (node.kind === "text" ? node.text : "")).join("");
    const text = dialect.trim ? whole.trim() : whole;
    return { isLiteral, isSingleAction: false, render: () => text, value: () => text };
  }
  const single = singleExpression(nodes, dialect);
  const engine = createEngine(tree, options);
  const render = createFieldRenderer(nodes, dialect) ?? engine.render;
  if (!single) return { isLiteral, isSingleAction: false, render, value: render };
  const field = plainField(single, dialect);
  const value = field ? (scope: Scope) => field(scope as TemplateValue) : engine.evaluator(single);
  return { isLiteral, isSingleAction: true, render, value };
}

/** The one action of a template; where output is trimmed, blank text around it does not count. */
function singleExpression(nodes: readonly Node[], { trim }: Dialect): Expression | undefined {
  const rest = nodes.filter((node) => !(trim && node.kind === "text" && node.text.trim() === ""));
  const [node] = rest;
  if (rest.length !== 1 || node?.kind !== "action") return undefined;
  return node.expression.kind === "assign" ? undefined : node.expression;
}

function plainField(expression: Expression, { missingKey }: Dialect): Lookup | undefined {
  if (expression.kind !== "field" || missingKey !== "empty") return undefined;
  return createLookup(expression.path, missingKey);
}

/** For templates of text and fields alone, the common case: no state, nothing that could loop. */
function createFieldRenderer(
  nodes: readonly Node[],
  dialect: Dialect,
): ((scope: Scope) => string) | undefined {
  const parts: (string | Lookup)[] = [];
  for (const node of nodes) {
    const field = node.kind === "action" ? plainField(node.expression, dialect) : undefined;
    const part = node.kind === "text" ? node.text : field;
    if (part === undefined) return undefined;
    parts.push(part);
  }
  const limit = dialect.budget.outputLength;
  return (scope) => {
    let text = "";
    for (const part of parts) {
      text += typeof part === "string" ? part : goText(part(scope as TemplateValue), "");
    }
    if (text.length > limit) {
      const message = `Cannot finish the template: its output is longer than ${limit} characters`;
      throw new TemplateError("budget", message);
    }
    return dialect.trim ? text.trim() : text;
  };
}

/** What compiling needs of a dialect; the unit comes on top. */
export function nodeContext(
  dialect: Dialect,
  definitions: SyntaxTree["definitions"],
): Omit<NodeContext, "unit"> {
  const nothing = dialect.missingKey === "empty" ? "" : "<no value>";
  return {
    functions: dialect.functions,
    missingKey: dialect.missingKey,
    ...(dialect.numbers && { numbers: dialect.numbers }),
    print: (value) =>
      isGoObject(value) && !(value instanceof GoNumber) ? value.shown() : goText(value, nothing),
    bodies: new Map(),
    definitions,
  };
}

interface Engine {
  readonly render: Template["render"];
  readonly evaluator: (expression: Expression) => Template["value"];
}

function createEngine(tree: SyntaxTree, { dialect, source, locate }: ProgramOptions): Engine {
  const unit = { source, locate };
  const context: NodeContext = { ...nodeContext(dialect, tree.definitions), unit };
  const execute = compileNodes(tree.main.nodes, context);
  const evaluator = createEvaluator(dialect, tree.main, unit);
  let slices: SlicedExecute | undefined;
  const render = evaluator({
    whole(state) {
      execute(state, rootOf(state));
      return textOf(state, dialect);
    },
    *inParts(state) {
      slices ??= compileSlices(tree.main.nodes, context);
      yield* slices(state, rootOf(state));
      return textOf(state, dialect);
    },
  });
  return {
    render,
    evaluator(expression) {
      const evaluate: Evaluate = compileExpression(expression, context);
      const whole = (state: State) => {
        spend(state, 1);
        return evaluate(state, rootOf(state));
      };
      // Nothing in an expression repeats itself.
      return evaluator({
        whole,
        *inParts(state) {
          yield;
          return whole(state);
        },
      });
    },
  };
}

function rootOf({ root }: State): TemplateValue {
  return root as TemplateValue;
}

function textOf(state: State, { trim }: Dialect): string {
  const text = takeOutput(state);
  return trim ? text.trim() : text;
}

interface EvaluationBody<T> {
  whole(state: State): T;
  inParts(state: State): Generator<undefined, T, undefined>;
}

/** Gives each evaluation a state of its own, and each error its position. */
function createEvaluator(
  { budget }: Dialect,
  { frameSize }: Definition,
  unit: Unit,
): <T>(body: EvaluationBody<T>) => (scope: Scope, environment: TemplateEnvironment) => T {
  return (body) => (scope, environment) => {
    const open = (steps: number) => {
      const own = steps < budget.steps ? { ...budget, steps } : budget;
      return createState(scope, environment, { budget: own, frameSize, unit });
    };
    const wholly = () => evaluateWhole(body, open(budget.steps));
    if (!environment.slices) return wholly();
    return environment.slices.run({
      of: body,
      scope,
      atOnce(steps) {
        if (steps >= budget.steps) return { value: wholly() };
        const state = open(steps);
        try {
          return { value: evaluateWhole(body, state) };
        } catch (error) {
          if (state.steps > steps) return undefined;
          throw error;
        }
      },
      inParts: () => evaluateInParts(body, open(budget.steps)),
    });
  };
}

function evaluateWhole<T>(body: EvaluationBody<T>, state: State): T {
  try {
    return body.whole(state);
  } catch (error) {
    throw explain(error, state);
  }
}

function* evaluateInParts<T>(
  body: EvaluationBody<T>,
  state: State,
): Generator<undefined, T, undefined> {
  try {
    return yield* body.inParts(state);
  } catch (error) {
    throw explain(error, state);
  }
}

const SNIPPET_LENGTH = 60;

/** An error of the evaluation, with the place in the source and the words that stand there. */
export function explain(error: unknown, state: State): TemplateError {
  const { source, locate } = state.unit;
  const start = state.at?.start ?? 0;
  const position = locate(start);
  const words = source.slice(start, state.at?.end ?? source.length);
  const snippet = words.length > SNIPPET_LENGTH ? `${words.slice(0, SNIPPET_LENGTH)}…` : words;
  if (error instanceof TemplateError && !error.position) {
    const message = `${error.message} (in "${snippet}")`;
    return new TemplateError(error.code, message, { position, cause: error.cause });
  }
  const isOverflow = error instanceof RangeError;
  const code = error instanceof TemplateError ? error.code : isOverflow ? "budget" : "failed";
  return new TemplateError(code, `Cannot evaluate "${snippet}"`, { position, cause: error });
}
