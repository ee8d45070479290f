/**
 * The door of the folder: `when` and `or` of a block → something that is evaluated on each pass.
 *
 * Flow: each condition is compiled once; `when` is all of them, `or` any of them, both together when
 * both are given, and nothing at all is true. Guarantees: an evaluation never throws; what cannot be
 * decided is `unknown`, which must neither create nor delete anything.
 */
import type { Conditional } from "../katalog/resolved.ts";
import type { Issue } from "../std/issue.ts";
import type { Scope, TemplateEnvironment, TemplateReference } from "../template/template.ts";
import { compileCondition } from "./condition.ts";
import type { ConditionOptions, Findings } from "./subject.ts";
import { all, any, TRUE, type Verdict } from "./verdict.ts";

export interface Conditions {
  /** There are none: always true. */
  readonly isEmpty: boolean;
  /** Context paths that are read, of bare paths and templates alike. */
  readonly references: readonly TemplateReference[];
  evaluate(scope: Scope, environment: TemplateEnvironment): Verdict;
}

export interface CompiledConditions {
  readonly conditions: Conditions;
  /** Templates that do not compile are warnings; unusable operators and operands are errors. */
  readonly issues: readonly Issue[];
}

const NONE: CompiledConditions = {
  conditions: { isEmpty: true, references: [], evaluate: () => TRUE },
  issues: [],
};

/** Compiles the conditions of a block. They come in canonical form (`katalog/conditions.ts`). */
export function compileConditions(
  { when = [], or = [] }: Conditional,
  options: ConditionOptions,
): CompiledConditions {
  if (when.length === 0 && or.length === 0) return NONE;
  const findings: Findings = { issues: [], references: [] };
  const compile = (list: typeof when, key: "when" | "or") =>
    list.map((entry, index) => {
      const path = options.path ? { path: [...options.path, key, index] } : {};
      return compileCondition(entry, { ...options, ...path }, findings);
    });
  const required = compile(when, "when");
  const alternatives = compile(or, "or");
  const evaluate: Conditions["evaluate"] = (scope, environment) => {
    const first = all(required.map((condition) => condition(scope, environment)));
    if (alternatives.length === 0 || first.kind === "false") return first;
    const second = any(alternatives.map((condition) => condition(scope, environment)));
    return all([first, second]);
  };
  const { issues, references } = findings;
  return { conditions: { isEmpty: false, references, evaluate }, issues };
}
