/**
 * A JSON tree with templates in it, compiled: evaluated against a scope it gives plain JSON.
 *
 * A text of exactly one action keeps its native type; every other template gives text. What is typed
 * is converted later, by the schema of its target. `undefined` is "not set": the key is left out.
 */
import type { Issue } from "../std/issue.ts";
import { isJsonObject, type Json, type PathSegment } from "../std/json.ts";
import { compileTemplate } from "../template/compile.ts";
import { TemplateError } from "../template/error.ts";
import type { Dialect, Scope, TemplateEnvironment, TemplateValue } from "../template/template.ts";

export interface Value {
  /** Nothing in it to evaluate: always the same result. */
  readonly isConstant: boolean;
  /** Names of the context paths that it reads, `spec.image`. */
  readonly references: ReadonlySet<string>;
  readonly functionNames: ReadonlySet<string>;
  /** Throws `TemplateError`, with the path from here to the text that failed. */
  evaluate(scope: Scope, environment: TemplateEnvironment): TemplateValue;
}

export interface ValueContext {
  readonly dialect: Dialect;
  /** Names beside the usual roots: `item` or the `as` of a `forEach`, `index`, `value`. */
  readonly extraRoots?: readonly string[];
  /** Collects what does not compile. */
  readonly issues: Issue[];
  /** Where in the document, for issues. */
  readonly path: readonly PathSegment[];
}

export function compileValue(source: Json | undefined, context: ValueContext): Value {
  if (typeof source === "string") return compileText(source, context);
  if (Array.isArray(source)) return compileList(source, context);
  if (isJsonObject(source)) return compileObject(source, context);
  return constantValue(source);
}

/** A path such as `spec.regions`, or a template. */
export function compileField(field: string, context: ValueContext): Value {
  const source = field.includes("{{") ? field : `{{ .${field.trim().replace(/^\./, "")} }}`;
  return compileText(source, context);
}

const NO_NAMES: ReadonlySet<string> = new Set();

export function constantValue(value: TemplateValue): Value {
  return {
    isConstant: true,
    references: NO_NAMES,
    functionNames: NO_NAMES,
    evaluate: () => value,
  };
}

function compileText(source: string, context: ValueContext): Value {
  if (!source.includes("{{")) return constantValue(source);
  const { dialect, extraRoots, issues, path } = context;
  const result = compileTemplate(source, {
    dialect,
    ...(extraRoots === undefined ? {} : { extraRoots }),
  });
  for (const issue of result.issues) issues.push({ ...issue, path: [...path] });
  if (result.kind === "failed") return constantValue(undefined);
  const { template } = result;
  return {
    isConstant: template.isLiteral,
    references: new Set(template.references.map((reference) => reference.path.join("."))),
    functionNames: template.functionNames,
    evaluate: (scope, environment) => template.value(scope, environment),
  };
}

function compileList(source: readonly Json[], context: ValueContext): Value {
  const items = source.map((item, index) => compileValue(item, below(context, index)));
  if (items.every((item) => item.isConstant)) return constantValue(source);
  const [only] = items;
  return {
    ...combine(items),
    evaluate(scope, environment) {
      const values: TemplateValue[] = [];
      try {
        for (const item of items) values.push(item.evaluate(scope, environment));
      } catch (error) {
        throw seenFrom(values.length, error);
      }
      // A list of exactly one template that yields a list is that list.
      if (values.length === 1 && !only?.isConstant && Array.isArray(values[0])) return values[0];
      return values.filter((value) => value !== undefined);
    },
  };
}

function compileObject(
  source: Readonly<Record<string, Json | undefined>>,
  context: ValueContext,
): Value {
  const members = Object.keys(source).map(
    (key) => [key, compileValue(source[key], below(context, key))] as const,
  );
  if (members.every(([, value]) => value.isConstant)) return constantValue(source as Json);
  return {
    ...combine(members.map(([, value]) => value)),
    evaluate(scope, environment) {
      // `fromEntries` defines own keys, so that a key named `__proto__` stays data.
      const entries: [string, Json][] = [];
      let at = "";
      try {
        for (const [key, value] of members) {
          at = key;
          const result = value.evaluate(scope, environment);
          if (result !== undefined) entries.push([key, result]);
        }
      } catch (error) {
        throw seenFrom(at, error);
      }
      return Object.fromEntries(entries);
    },
  };
}

/** A value beside others, whose errors say which of them it is. */
export function named(name: string, value: Value): Value {
  if (value.isConstant) return value;
  return {
    ...value,
    evaluate(scope, environment) {
      try {
        return value.evaluate(scope, environment);
      } catch (error) {
        throw seenFrom(name, error);
      }
    },
  };
}

/** Where an error is, is put together on its way up: as long as nothing fails, no template has to know. */
export function seenFrom(segment: PathSegment, error: unknown): unknown {
  return error instanceof TemplateError ? error.below(segment) : error;
}

function combine(values: readonly Value[]): Omit<Value, "evaluate"> {
  return {
    isConstant: false,
    references: new Set(values.flatMap(({ references }) => [...references])),
    functionNames: new Set(values.flatMap(({ functionNames }) => [...functionNames])),
  };
}

function below(context: ValueContext, segment: PathSegment): ValueContext {
  return { ...context, path: [...context.path, segment] };
}
