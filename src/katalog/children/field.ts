/**
 * The vocabulary of field tables: what each shorthand takes, as data. One table serves three
 * readers: the validator of the document (`check.ts`: unknown keys, types, before templates are
 * rendered), the expansion (`read.ts`: typed values, after) and the reference pages.
 */
import type { ProfileClass } from "./profiles.ts";

export type FieldSpec =
  /** Any scalar, taken as text. */
  | ({ readonly kind: "text"; readonly choices?: readonly string[] } & Marks)
  | ({ readonly kind: "integer"; readonly min?: number; readonly max?: number } & Marks)
  | ({ readonly kind: "boolean" } & Marks)
  /** A number of something, or text such as `25%` or the name of a port. */
  | ({ readonly kind: "integerOrText" } & Marks)
  /** A list of scalars; one scalar alone is a list of one. */
  | ({ readonly kind: "textList" } & Marks)
  /** A map of text, or a list of `{key, value}`. */
  | ({ readonly kind: "textMap" } & Marks)
  | ({
      readonly kind: "object";
      readonly fields: FieldTable;
      /** Instead of `fields` the name of a built-in profile of this class may be given. */
      readonly profile?: ProfileClass;
      /** Fields that may stand beside a profile. */
      readonly besideProfile?: readonly string[];
      /** Further keys are passed on as they are: the shape is that of Kubernetes. */
      readonly isOpen?: boolean;
    } & Marks)
  | ({ readonly kind: "list"; readonly items: FieldSpec } & Marks)
  /** Keys that name things. */
  | ({ readonly kind: "map"; readonly values: FieldSpec } & Marks)
  /** Several spellings; the first whose outer shape (map, list, scalar) fits is meant. */
  | ({ readonly kind: "either"; readonly options: readonly FieldSpec[] } & Marks)
  /** A value in the shape of Kubernetes, typed later by the schema of the kind. */
  | ({
      readonly kind: "json";
      readonly shape: "object" | "list" | "any";
      /** What each member of a literal map has to be. */
      readonly members?: FieldSpec;
    } & Marks)
  /** The language has it, this build does not: `say` ends the sentence of the error. */
  | ({
      readonly kind: "unsupported";
      readonly say: string;
      readonly allowed?: readonly string[];
    } & Marks);

interface Marks {
  readonly isRequired?: boolean;
}

export type ObjectSpec = Extract<FieldSpec, { kind: "object" }>;

export type FieldTable = Readonly<Record<string, FieldSpec>>;

export const text: FieldSpec = { kind: "text" };
export const requiredText: FieldSpec = { kind: "text", isRequired: true };
export const integer: FieldSpec = { kind: "integer" };
export const boolean: FieldSpec = { kind: "boolean" };
export const port: FieldSpec = { kind: "integer", min: 1, max: 65535 };
export const portOrName: FieldSpec = { kind: "integerOrText" };
export const textList: FieldSpec = { kind: "textList" };
export const textMap: FieldSpec = { kind: "textMap" };
export const protocol: FieldSpec = { kind: "text", choices: ["TCP", "UDP", "SCTP"] };

export function object(fields: FieldTable): ObjectSpec {
  return { kind: "object", fields };
}

export function listOf(items: FieldSpec): FieldSpec {
  return { kind: "list", items };
}

export function either(...options: readonly FieldSpec[]): FieldSpec {
  return { kind: "either", options };
}

export function unsupported(say = "this build does not support it yet"): FieldSpec {
  return { kind: "unsupported", say };
}

/** What the field takes, in words: completes "expected …". */
export function expectation(spec: FieldSpec): string {
  switch (spec.kind) {
    case "text":
      return spec.choices ? spec.choices.map((choice) => `"${choice}"`).join(" or ") : "text";
    case "integer":
      return integerExpectation(spec.min, spec.max);
    case "boolean":
      return "true or false";
    case "integerOrText":
      return "a whole number or text";
    case "textList":
      return "a list of text";
    case "textMap":
      return "a mapping of text to text";
    case "object":
    case "map":
      return "a mapping";
    case "list":
      return "a list";
    case "either":
      return [...new Set(spec.options.map(expectation))].join(" or ");
    case "json":
      return spec.shape === "any" ? "a value" : spec.shape === "list" ? "a list" : "a mapping";
    case "unsupported":
      return "nothing";
    default:
      return spec satisfies never;
  }
}

function integerExpectation(min: number | undefined, max: number | undefined): string {
  if (min !== undefined && max !== undefined) return `a whole number from ${min} to ${max}`;
  return min === undefined ? "a whole number" : `a whole number of ${min} or more`;
}
