/**
 * Third stage of the engine: what can be said about a template without data. Finds unknown
 * functions, wrong argument counts, unknown templates and unknown context roots, and collects the
 * context paths that the template reads, as far as they can be known: through the dot at top level,
 * `$`, variables, `index` with literal keys, and the dot inside `with`, `range` and called
 * templates. Whatever else a value may come from is unknown and never a finding.
 */
import type { Issue, Severity, SourcePosition } from "../std/issue.ts";
import { suggest } from "../std/suggest.ts";
import type {
  CallExpression,
  Definition,
  Expression,
  MethodExpression,
  Node,
  RangeNode,
  Span,
  SyntaxTree,
} from "./syntax.ts";
import type { TemplateFunction, TemplateReference } from "./template.ts";

/** Path segment that stands for any element of a list or map. */
const ANY_ELEMENT = "*";

export interface CheckOptions {
  readonly functions: ReadonlyMap<string, TemplateFunction>;
  /** Absent: any root may be read. */
  readonly roots: ReadonlySet<string> | undefined;
  /** Of these the ones that nobody should be offered. */
  readonly emptyRoots?: ReadonlySet<string> | undefined;
  /** What to do instead of functions that others have. */
  readonly foreignFunctions?: ReadonlyMap<string, string> | undefined;
  readonly locate: (offset: number) => SourcePosition;
  /**
   * As Go's own check: names of templates and counts of arguments matter only where they are reached,
   * and a field may be called.
   */
  readonly isLate?: boolean;
}

export interface Findings {
  readonly issues: readonly Issue[];
  readonly references: readonly TemplateReference[];
  readonly functionNames: ReadonlySet<string>;
}

export function check(tree: SyntaxTree, options: CheckOptions): Findings {
  const checker = new Checker(tree, options);
  checker.body(tree.main, []);
  for (const definition of tree.definitions.values()) checker.unvisited(definition);
  return checker;
}

function offered(roots: ReadonlySet<string>, empty?: ReadonlySet<string>): string {
  return [...roots].filter((root) => !empty?.has(root)).join(", ");
}

/** Where a value stands in the context; `undefined` is unknown. */
type Known = readonly string[] | undefined;

/** What names mean at one place. */
interface Sight {
  readonly dot: Known;
  readonly variables: Known[];
}

interface Finding {
  readonly code: string;
  /** An error, unless it says otherwise. */
  readonly severity?: Severity;
  readonly message: string;
  /** The nearest known name. */
  readonly near?: string | undefined;
  /** What to do, where that is not a name. */
  readonly instead?: string;
}

/** A template that hands itself a longer path each time is followed this many times. */
const MAX_VISITS = 16;

class Checker implements Findings {
  readonly issues: Issue[] = [];
  readonly references: TemplateReference[] = [];
  readonly functionNames = new Set<string>();
  readonly #tree: SyntaxTree;
  readonly #options: CheckOptions;
  readonly #visits = new Map<string, Set<string>>();
  readonly #reported = new Set<number>();

  constructor(tree: SyntaxTree, options: CheckOptions) {
    this.#tree = tree;
    this.#options = options;
  }

  body(definition: Definition, dot: Known): void {
    this.#nodes(definition.nodes, { dot, variables: [dot] });
  }

  unvisited(definition: Definition): void {
    if (!this.#visits.has(definition.name)) this.body(definition, undefined);
  }

  #nodes(nodes: readonly Node[], sight: Sight): void {
    for (const node of nodes) this.#node(node, sight);
  }

  #node(node: Node, sight: Sight): void {
    switch (node.kind) {
      case "action":
        this.#expression(node.expression, sight);
        return;
      case "if":
      case "with": {
        const value = this.#expression(node.condition, sight);
        this.#nodes(node.body, node.kind === "with" ? { ...sight, dot: value } : sight);
        this.#nodes(node.otherwise, sight);
        return;
      }
      case "range":
        this.#range(node, sight);
        return;
      case "template":
        this.#template(node, sight);
        return;
      case "text":
      case "break":
      case "continue":
        return;
      default:
        node satisfies never;
    }
  }

  #range(node: RangeNode, sight: Sight): void {
    const source = this.#expression(node.source, sight);
    const element = source && [...source, ANY_ELEMENT];
    const last = node.slots.at(-1);
    for (const slot of node.slots) sight.variables[slot] = undefined;
    if (last !== undefined && node.isDeclaration) sight.variables[last] = element;
    this.#nodes(node.body, { ...sight, dot: element });
    this.#nodes(node.otherwise, sight);
  }

  #template(node: Extract<Node, { kind: "template" }>, sight: Sight): void {
    const argument = node.argument ? this.#expression(node.argument, sight) : undefined;
    const definition = this.#tree.definitions.get(node.name);
    if (!definition) {
      if (this.#options.isLate) return;
      const near = suggest(node.name, this.#tree.definitions.keys());
      const message = `Unknown template "${node.name}"`;
      this.#report(node, { code: "unknown-template", message, near });
      return;
    }
    const visits = this.#visits.get(node.name) ?? new Set();
    this.#visits.set(node.name, visits);
    const key = JSON.stringify(argument ?? null);
    if (visits.has(key) || visits.size >= MAX_VISITS) return;
    visits.add(key);
    this.body(definition, argument);
  }

  /** Visits an expression and says where its value comes from. */
  #expression(expression: Expression, sight: Sight): Known {
    switch (expression.kind) {
      case "literal":
      case "nil":
        return undefined;
      case "dot":
        return this.#read(sight.dot, [], expression);
      case "field":
        return this.#read(sight.dot, expression.path, expression);
      case "variable":
        return this.#read(sight.variables[expression.slot], expression.path, expression);
      case "chain": {
        const target = this.#expression(expression.target, sight);
        return expression.path.length === 0
          ? target
          : this.#read(target, expression.path, expression);
      }
      case "call":
        return this.#call(expression, sight);
      case "method":
        return this.#method(expression, sight);
      case "assign": {
        const value = this.#expression(expression.value, sight);
        sight.variables[expression.slot] = expression.isDeclaration ? value : undefined;
        return value;
      }
      default:
        return expression satisfies never;
    }
  }

  #call(call: CallExpression, sight: Sight): Known {
    const values = call.args.map((arg) => this.#expression(arg, sight));
    this.functionNames.add(call.name);
    const definition = this.#options.functions.get(call.name);
    // `spec.image` without its dot is the commonest way to name a function that is none.
    const root = this.#options.roots?.has(call.name) ? `.${call.name}` : undefined;
    if (!definition) {
      const instead = root === undefined && this.#options.foreignFunctions?.get(call.name);
      const near = root ?? suggest(call.name, this.#options.functions.keys());
      const message = `Unknown function "${call.name}"`;
      this.#report(call, { code: "unknown-function", message, near, ...(instead && { instead }) });
      return undefined;
    }
    const count = call.args.length;
    const isLate = this.#options.isLate ?? false;
    if (!isLate && (count < definition.minArgs || count > definition.maxArgs)) {
      const message = `Function "${call.name}" takes ${arity(definition)}, got ${count}`;
      this.#report(call, {
        code: "template-arguments",
        message,
        near: count === 0 ? root : undefined,
      });
    }
    const advice = definition.advise?.(call.args.map(isLiteralArgument));
    if (advice) this.#report(call, { code: "older-spelling", severity: "notice", message: advice });
    const keys = call.name === "index" ? literalKeys(call.args.slice(1)) : undefined;
    return keys && keys.length > 0 ? this.#read(values[0], keys, call) : undefined;
  }

  #method(method: MethodExpression, sight: Sight): undefined {
    this.#expression(method.target, sight);
    for (const arg of method.args) this.#expression(arg, sight);
    if (this.#options.isLate) return;
    const message = "Cannot give arguments to a value: expected a function before them";
    this.#report(method, { code: "template-syntax", message });
  }

  /** Notes that `path` below `from` is read. A bare dot counts only where it is the whole context. */
  #read(from: Known, path: readonly string[], span: Span): Known {
    if (!from) return undefined;
    const whole = [...from, ...path];
    if (path.length > 0 || whole.length === 0) {
      this.references.push({ path: whole, position: this.#options.locate(span.start) });
    }
    const [root] = whole;
    const { roots, emptyRoots } = this.#options;
    if (from.length === 0 && root !== undefined && roots && !roots.has(root)) {
      const near = suggest(root, roots);
      const known = near === undefined ? `: expected one of ${offered(roots, emptyRoots)}` : "";
      const message = `Unknown context root ".${root}"${known}`;
      this.#report(span, { code: "unknown-root", message, near: near && `.${near}` });
    }
    return whole;
  }

  /** Once per place: a template body may be visited several times. */
  #report(span: Span, { code, severity = "error", message, near, instead }: Finding): void {
    if (this.#reported.has(span.start)) return;
    this.#reported.add(span.start);
    const advice = instead ?? (near === undefined ? undefined : `Did you mean "${near}"?`);
    const hint = advice === undefined ? {} : { hint: advice };
    const position = this.#options.locate(span.start);
    this.issues.push({ code, severity, message, ...hint, position });
  }
}

export function isLiteralArgument({ kind }: Expression): boolean {
  return kind === "literal" || kind === "nil";
}

function literalKeys(args: readonly Expression[]): readonly string[] | undefined {
  const keys: string[] = [];
  for (const arg of args) {
    if (arg.kind !== "literal") return undefined;
    if (typeof arg.value === "string") keys.push(arg.value);
    else if (typeof arg.value === "number") keys.push(ANY_ELEMENT);
    else return undefined;
  }
  return keys;
}

export function arity({ minArgs, maxArgs }: TemplateFunction): string {
  const noun = (count: number) => (count === 1 ? "argument" : "arguments");
  if (minArgs === maxArgs) return minArgs === 0 ? "no arguments" : `${minArgs} ${noun(minArgs)}`;
  if (maxArgs === Number.POSITIVE_INFINITY) return `at least ${minArgs} ${noun(minArgs)}`;
  return `${minArgs} to ${maxArgs} arguments`;
}
