/**
 * What the rest of the program sees of a template: compiled once at start, evaluated against a
 * scope on each pass. The engine knows no function and no missing-key rule of its own: a
 * {@link Dialect} brings both, so that Katalogs and Helm charts are two tables over one engine.
 */
import type { Issue, SourcePosition } from "../std/issue.ts";
import type { Json } from "../std/json.ts";

/** What templates compute with. `undefined` is an absent value. */
export type TemplateValue = Json | undefined;

/** The context: `.` of the template. Roots may be getters, so that costly ones are built on use. */
export type Scope = Readonly<Record<string, unknown>>;

/** What evaluation may take from outside. Same environment and scope: same result. */
export interface TemplateEnvironment {
  /** Wall clock of this pass, in milliseconds since the Unix epoch. */
  readonly nowMs: number;
  /** IANA name used where a function gives no other. */
  readonly timeZone: string;
  /** `size` random bytes; stable per CR and field where the caller needs that. */
  random(size: number): Uint8Array;
  /** Absent: every evaluation is done at once, however long it takes. */
  readonly slices?: EvaluationSlices;
}

/** Decides when an evaluation goes on, so that one that takes long does not hold the event loop. */
export interface EvaluationSlices {
  /**
   * Gives what `evaluation` gives, or throws what it throws. It may also leave its caller by an error of
   * its own: then whatever the caller was at is called again, once the evaluation is done.
   */
  run<T>(evaluation: Evaluation<T>): T;
}

/** One evaluation that has yet to be made. It may be made several times. */
export interface Evaluation<T = unknown> {
  /** The same for the same template. */
  readonly of: object;
  readonly scope: Scope;
  /** At once, unless it takes more than so many steps. Throws `TemplateError`. */
  atOnce(steps: number): { readonly value: T } | undefined;
  /** In many small parts: each `next` does one. Throws `TemplateError`. */
  inParts(): Generator<undefined, T, undefined>;
}

/**
 * How far a function looks into its arguments, which decides what a call costs: `nothing` takes them
 * as they are (`default`, `list`), `texts` reads those that are texts, `members` the elements and keys
 * of lists and maps, too, `everything` all that they hold, and `characters` that character by
 * character, which takes ten times as long.
 */
export type ArgumentReading = "nothing" | "texts" | "members" | "everything" | "characters";

/** One row of a function table. */
export interface TemplateFunction {
  readonly name: string;
  readonly minArgs: number;
  /** `Infinity` for variadic functions. */
  readonly maxArgs: number;
  /** Default: `everything`, so that a row that says nothing is paid for in full. */
  readonly reads?: ArgumentReading;
  /** What to say of a call that works and should be written otherwise, by its literal arguments. */
  advise?(isLiteral: readonly boolean[]): string | undefined;
  /** Throws `TemplateError` on arguments that it cannot use. */
  call(args: readonly TemplateValue[], call: FunctionCall): TemplateValue;
}

/** Where a function pays, by itself, for what its arguments do not show. Throws code `budget`. */
export interface CallMeter {
  spend(steps: number): void;
  /** Before a text of so many UTF-16 units is made. */
  spendOnLength(length: number): void;
  /** For those of the arguments that count, where the others do not. */
  spendOnArguments(values: readonly TemplateValue[], reading: ArgumentReading): void;
}

/** The circumstances of one call, for the few functions that need more than their arguments. */
export interface FunctionCall {
  readonly environment: TemplateEnvironment;
  /** `$`, the root scope of the evaluation. */
  readonly root: Scope;
  /** What a call that makes more than its arguments hold has to pay before it does. */
  readonly meter: CallMeter;
  /** Which arguments were written as literals; `default` tells its two argument orders by it. */
  readonly isLiteral: readonly boolean[];
  /** The templates that the running one may call by name. */
  readonly templates?: TemplateCalls;
}

/** What `include` and `tpl` need. Both give the untrimmed text. Throw `TemplateError`. */
export interface TemplateCalls {
  /** Runs a defined template with `value` as its dot. */
  render(name: string, value: TemplateValue): string;
  /** Compiles `source` and runs it; what it defines is known to it alone. */
  renderSource(source: string, value: TemplateValue): string;
}

export interface Dialect {
  readonly functions: ReadonlyMap<string, TemplateFunction>;
  /** What a missing map key prints: nothing, or Go's `<no value>`; `zero` is Go's option of that name. */
  readonly missingKey: "empty" | "no-value" | "zero" | "error";
  /** `json` (default): whole numbers are `int`. `go`: literals and values keep Go's number types. */
  readonly numbers?: "json" | "go";
  /** Trim surrounding space of the whole output. */
  readonly trim: boolean;
  /** Names that may follow the first dot (`spec`, `metadata` …); absent: anything may. */
  readonly roots?: ReadonlySet<string>;
  /** Of these the ones that nobody should be offered: nothing fills them yet. */
  readonly emptyRoots?: ReadonlySet<string>;
  /** Functions of other tools that it lacks, and what to do instead: a whole sentence. */
  readonly foreignFunctions?: ReadonlyMap<string, string>;
  /** Limits of one evaluation: steps and output in UTF-16 units; and of all of one set together. */
  readonly budget: {
    readonly steps: number;
    readonly outputLength: number;
    readonly totalSteps?: number;
  };
}

/**
 * A context path that a template reads: `.spec.image` is `["spec", "image"]`. `*` stands for any
 * element: `{{ range .spec.ports }}{{ .name }}{{ end }}` reads `["spec", "ports", "*", "name"]`. The
 * empty path is the whole context.
 */
export interface TemplateReference {
  readonly path: readonly string[];
  readonly position?: SourcePosition;
}

export interface Template {
  readonly source: string;
  /** No action in it: always renders its own text. */
  readonly isLiteral: boolean;
  /** Exactly one action and nothing around it, so that {@link value} keeps the native type. */
  readonly isSingleAction: boolean;
  readonly references: readonly TemplateReference[];
  readonly functionNames: ReadonlySet<string>;
  /** The text. Throws `TemplateError`. */
  render(scope: Scope, environment: TemplateEnvironment): string;
  /** The native value of a single action, else the text. Throws `TemplateError`. */
  value(scope: Scope, environment: TemplateEnvironment): TemplateValue;
}

export interface CompileOptions {
  readonly dialect: Dialect;
  /** Position of the first character of the source; issues count from there. */
  readonly position?: SourcePosition;
  /** Extra roots that hold here (`item`, the `as` of a forEach). */
  readonly extraRoots?: readonly string[];
}

export type CompileResult =
  | { readonly kind: "compiled"; readonly template: Template; readonly issues: readonly Issue[] }
  | { readonly kind: "failed"; readonly issues: readonly Issue[] };
