/**
 * The Katalog's template language as data: Go's functions in their forgiving form below the
 * Katalog's own, missing keys that render empty, trimmed output, the roots of the context and the
 * budget.
 */
import { foreignFunctions } from "./functions/foreign.ts";
import { katalogFunctions } from "./functions/functions.ts";
import { createGoBuiltins } from "./go-builtins.ts";
import type { Dialect, TemplateFunction } from "./template.ts";

/** What may follow the first dot everywhere; `item` and the `as` of a `forEach` come on top. */
const KATALOG_ROOTS: ReadonlySet<string> = new Set([
  "apiVersion",
  "kind",
  "metadata",
  "spec",
  "status",
  "children",
  "cross",
  "external",
  "inputs",
  "metrics",
  "health",
  "request",
  "events",
  "previous",
  "_normalizeChanges",
]);

/** Of these the ones that this build leaves empty. */
const EMPTY_ROOTS: ReadonlySet<string> = new Set([
  "cross",
  "external",
  "request",
  "events",
  "previous",
  "_normalizeChanges",
]);

/** Of one evaluation: a million steps, 1 MiB of output. */
const KATALOG_BUDGET = { steps: 1_000_000, outputLength: 1 << 20 } as const;

export interface KatalogDialectOptions {
  /** Own functions of the document; they win over the tables. */
  readonly functions?: ReadonlyMap<string, TemplateFunction>;
}

export function createKatalogDialect(options: KatalogDialectOptions = {}): Dialect {
  const builtins = createGoBuiltins({ isForgiving: true });
  return {
    functions: new Map([...builtins, ...katalogFunctions, ...(options.functions ?? [])]),
    missingKey: "empty",
    trim: true,
    roots: KATALOG_ROOTS,
    emptyRoots: EMPTY_ROOTS,
    foreignFunctions,
    budget: KATALOG_BUDGET,
  };
}
