/**
 * Many sources that call each other by name, as the templates of a Helm chart do: parsed one after
 * the other, a later definition wins, and every name is looked up when it is called. The same
 * engine as {@link compileTemplate}'s, under Go's late rules: names of templates and counts of
 * arguments are checked where they are reached.
 *
 * Guarantees: never throws for what stands in a source; an evaluation ends within the budget.
 */
import type { Issue } from "../std/issue.ts";
import { check } from "./check.ts";
import { createLocator, explain, nodeContext, parseOrExplain } from "./compile.ts";
import { bodyOf, type NodeContext, noTemplate } from "./compile-node.ts";
import { TemplateError } from "./error.ts";
import { type Body, createState, enterBody, type State, takeOutput, type Unit } from "./state.ts";
import type { Definition, Node } from "./syntax.ts";
import type {
  Dialect,
  Scope,
  TemplateCalls,
  TemplateEnvironment,
  TemplateValue,
} from "./template.ts";

/** One source. Its text as a whole is a template of this name. */
export interface NamedSource {
  readonly name: string;
  readonly source: string;
}

export interface TemplateSet {
  /** Renders the template of that name. Throws `TemplateError`, with the place in its source. */
  render(name: string, scope: Scope, environment: TemplateEnvironment): string;
}

export type SetResult =
  | { readonly kind: "compiled"; readonly set: TemplateSet }
  | { readonly kind: "failed"; readonly issues: readonly Issue[] };

/** Compiles the sources in their order. The issues of all of them come at once. */
export function compileTemplateSet(
  sources: readonly NamedSource[],
  options: { readonly dialect: Dialect },
): SetResult {
  const { dialect } = options;
  const bodies = new Map<string, Body>();
  const issues = sources.flatMap((source) => addSource(bodies, source, dialect));
  if (issues.length > 0) return { kind: "failed", issues };
  return { kind: "compiled", set: { render: createRender(bodies, dialect) } };
}

/** Adds what a source defines, and itself. Gives its issues. */
function addSource(
  bodies: Map<string, Body>,
  { name, source }: NamedSource,
  dialect: Dialect,
): readonly Issue[] {
  const locate = createLocator(source, { file: name, line: 1, column: 1 });
  const parsed = parseOrExplain(source, locate);
  if (parsed.kind === "failed") return parsed.issues;
  const { main, definitions } = parsed.tree;
  const { functions } = dialect;
  const { issues } = check(parsed.tree, { functions, roots: undefined, locate, isLate: true });
  const errors = issues.filter(({ severity }) => severity === "error");
  if (errors.length > 0) return errors;
  const unit: Unit = { source, locate };
  const context = { ...nodeContext(dialect, definitions), isLate: true, unit };
  for (const definition of definitions.values()) addBody(bodies, definition, context);
  addBody(bodies, { ...main, name }, { ...context, definitions: new Map([[name, main]]) });
  return [];
}

/** An empty body never takes the place of another one (as in Go). */
function addBody(bodies: Map<string, Body>, definition: Definition, context: NodeContext): void {
  if (bodies.has(definition.name) && isEmpty(definition.nodes)) return;
  const own = { ...context, bodies: new Map<string, Body>() };
  bodies.set(definition.name, bodyOf(definition.name, own));
}

function isEmpty(nodes: readonly Node[]): boolean {
  return nodes.every((node) => node.kind === "text" && node.text.trim() === "");
}

function createRender(bodies: ReadonlyMap<string, Body>, dialect: Dialect): TemplateSet["render"] {
  const { budget } = dialect;
  const { totalSteps: limit } = budget;
  const total = limit === undefined ? {} : { total: { limit, used: 0 } };
  return (name, scope, environment) => {
    const body = bodies.get(name);
    if (!body) throw noTemplate(name);
    const { frameSize, unit } = body;
    const callsOf = (state: State) => createCalls(state, dialect);
    const options = { budget, frameSize, unit, bodies, callsOf, ...total };
    const state = createState(scope, environment, options);
    try {
      body.execute(state, scope as TemplateValue);
    } catch (error) {
      throw explain(error, state);
    }
    const text = takeOutput(state);
    return dialect.trim ? text.trim() : text;
  };
}

/** The text of `tpl`, which nothing can call. */
const UNNAMED = "(text of tpl)";

function createCalls(state: State, dialect: Dialect): TemplateCalls {
  const capture = (body: Body, value: TemplateValue): string => {
    const outer = takeOutput(state);
    enterBody(state, body, value ?? undefined);
    const text = takeOutput(state);
    state.output = outer;
    return text;
  };
  return {
    render(name, value) {
      const body = state.bodies.get(name);
      if (!body) throw noTemplate(name);
      return capture(body, value);
    },
    renderSource(source, value) {
      const { bodies: outer, unit, at } = state;
      state.meter.spend(source.length + outer.size);
      const bodies = new Map(outer);
      bodies.delete(UNNAMED);
      const issues = addSource(bodies, { name: UNNAMED, source }, dialect);
      const [first] = issues;
      if (first) throw new TemplateError("failed", `Cannot parse the text: ${first.message}`);
      state.bodies = bodies;
      const body = bodies.get(UNNAMED);
      if (!body) return "";
      try {
        return capture(body, value);
      } catch (error) {
        const inner = explain(error, state);
        const message = `Cannot evaluate the text: ${inner.message}`;
        // The place in the chart is where the text is handed over, not in the text.
        state.unit = unit;
        state.at = at;
        throw new TemplateError(inner.code, message, { cause: inner });
      } finally {
        state.bodies = outer;
      }
    },
  };
}
