/**
 * What the compiler says of the templates of a Katalog, each text once: entries of one team are
 * written alike, and `{{ .metadata.name }}` stands in all of them. Places are counted inside of the
 * text. Programs are not kept: the runtime compiles those that it runs.
 */
import type { Issue } from "../std/issue.ts";
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

  #compile(source: string, extraRoots: readonly string[]): CheckedTemplate {
    const dialect = this.#dialect;
    const result = compileTemplate(source, { dialect, position: START, extraRoots });
    if (result.kind === "failed") return { issues: result.issues };
    const { references, functionNames } = result.template;
    return { issues: result.issues, facts: { references, functionNames } };
  }
}
