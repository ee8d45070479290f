/**
 * What the compiler says of the templates and conditions of a Katalog, each once: entries of one team
 * are written alike, and `{{ .metadata.name }}` stands in all of them. Places are counted inside of the
 * text. Programs are not kept: the runtime compiles those that it runs.
 */
import { compileCondition } from "../condition/condition.ts";
import type { ConditionEntry } from "../katalog/resolved.ts";
import type { Issue } from "../std/issue.ts";
import { canonicalJson, type Json } from "../std/json.ts";
import { compileTemplate } from "../template/compile.ts";
import type { Dialect, TemplateReference } from "../template/template.ts";

export interface CheckedTemplate {
  readonly issues: readonly Issue[];
  /** Absent when it does not compile. */
  readonly facts?: {
    readonly references: readonly TemplateReference[];
    readonly functionNames: ReadonlySet<string>;
  };
}

const START = { file: "", line: 1, column: 1 } as const;

export class CheckedTemplates {
  readonly #dialect: Dialect;
  readonly #checked = new Map<string, CheckedTemplate>();
  readonly #conditions = new Map<string, readonly Issue[]>();

  constructor(dialect: Dialect) {
    this.#dialect = dialect;
  }

  /** `extraRoots`: names that the place of the template adds to the context. */
  check(source: string, extraRoots: readonly string[]): CheckedTemplate {
    const key = JSON.stringify([source, ...extraRoots]);
    const known = this.#checked.get(key);
    if (known) return known;
    const checked = this.#compile(source, extraRoots);
    this.#checked.set(key, checked);
    return checked;
  }

  /** Problems of a condition in its canonical form. */
  checkCondition(entry: ConditionEntry): readonly Issue[] {
    const key = canonicalJson(entry as unknown as Json);
    const known = this.#conditions.get(key);
    if (known) return known;
    const findings = { issues: [] as Issue[], references: [] };
    compileCondition(entry, { dialect: this.#dialect }, findings);
    this.#conditions.set(key, findings.issues);
    return findings.issues;
  }

  #compile(source: string, extraRoots: readonly string[]): CheckedTemplate {
    const dialect = this.#dialect;
    const result = compileTemplate(source, { dialect, position: START, extraRoots });
    if (result.kind === "failed") return { issues: result.issues };
    const { references, functionNames } = result.template;
    return { issues: result.issues, facts: { references, functionNames } };
  }
}
