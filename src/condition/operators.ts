/**
 * What the operators mean: one row each, from an operand to a test of values. The names and their
 * spellings are the table in `katalog/conditions.ts`. Pure.
 *
 * Texts are compared as templates print them, so that `3` equals `"3"` and `true` equals `"true"`.
 * Numbers may be quantities (`500m`, `1Gi`); an absent one counts as 0.
 */
import { compareQuantities, parseQuantity, type Quantity } from "../schema/quantity.ts";
import { compileRegex, RegexError } from "../std/regex.ts";
import { suggest } from "../std/suggest.ts";
import { typeNameOf } from "../template/functions/value.ts";
import { goText } from "../template/go-print.ts";
import type { TemplateValue } from "../template/template.ts";

type Test = (value: TemplateValue) => boolean;

/** What an operator makes of an operand; `invalid` says what was expected of it. */
type Prepared =
  | { readonly kind: "ready"; readonly test: Test }
  | { readonly kind: "invalid"; readonly message: string };

export interface Operator {
  /** Said of a value that passes, and of one that does not: `spec.x "a" <phrase> "b"`. */
  readonly holds: string;
  readonly fails: string;
  /** Cannot hold for a missing field of a validation rule. */
  readonly needsFieldInRules?: true;
  prepare(operand: TemplateValue): Prepared;
}

/** The text of a value in comparisons; nothing is the empty text. */
export function textOf(value: TemplateValue): string {
  return goText(value, "");
}

function isNothing(value: TemplateValue): boolean {
  return value === undefined || value === null;
}

/** `equals: ""` is "empty or absent", and an empty list or map is empty. */
function isEmpty(value: TemplateValue): boolean {
  if (isNothing(value) || value === "") return true;
  return typeof value === "object" && value !== null && Object.keys(value).length === 0;
}

function ready(test: Test): Prepared {
  return { kind: "ready", test };
}

function invalid(message: string): Prepared {
  return { kind: "invalid", message };
}

function equals(operand: TemplateValue): Prepared {
  const text = textOf(operand);
  return ready(text === "" ? isEmpty : (value) => textOf(value) === text);
}

type TextTest = (value: string, operand: string) => boolean;

function textual(test: TextTest): Operator["prepare"] {
  return (operand) => {
    const text = textOf(operand);
    return ready((value) => test(textOf(value), text));
  };
}

function inverted(prepare: Operator["prepare"]): Operator["prepare"] {
  return (operand) => {
    const prepared = prepare(operand);
    if (prepared.kind === "invalid") return prepared;
    return ready((value) => !prepared.test(value));
  };
}

function regex(operand: TemplateValue): Prepared {
  try {
    const pattern = compileRegex(textOf(operand));
    return ready((value) => pattern.test(textOf(value)));
  } catch (error) {
    if (error instanceof RegexError) return invalid(error.message);
    throw error;
  }
}

/** `exists: "{{ … }}"` may turn out false, which asks for the opposite. */
function flag(test: Test): Operator["prepare"] {
  return (operand) => {
    const text = textOf(operand);
    if (isNothing(operand) || text === "true") return ready(test);
    if (text === "false") return ready((value) => !test(value));
    return invalid(`${JSON.stringify(text)} is not true or false`);
  };
}

const ZERO = parseQuantity(0) as Quantity;

/** Nothing counts as 0; `undefined` for what is no number. */
function quantityOf(value: TemplateValue): Quantity | undefined {
  if (isNothing(value) || value === "") return ZERO;
  if (typeof value !== "number" && typeof value !== "string") return undefined;
  return parseQuantity(typeof value === "string" ? value.trim() : value);
}

function numeric(accepts: (order: -1 | 0 | 1) => boolean): Operator["prepare"] {
  return (operand) => {
    const limit = quantityOf(operand);
    if (!limit) return invalid(`${JSON.stringify(operand)} is not a number or a quantity`);
    return ready((value) => {
      const quantity = quantityOf(value);
      return quantity !== undefined && accepts(compareQuantities(quantity, limit));
    });
  };
}

function between(operand: TemplateValue): Prepared {
  const bounds = listOf(operand).map(quantityOf);
  const [low, high] = bounds;
  if (bounds.length !== 2 || !low || !high) {
    return invalid(`${JSON.stringify(operand)} is not a range such as "1,5" or [1, 5]`);
  }
  return ready((value) => {
    const quantity = quantityOf(value);
    if (!quantity) return false;
    return compareQuantities(quantity, low) >= 0 && compareQuantities(quantity, high) <= 0;
  });
}

/** A list, or a text with commas; a trailing empty item matches what is empty. */
function listOf(operand: TemplateValue): readonly TemplateValue[] {
  if (Array.isArray(operand)) return operand;
  if (isNothing(operand)) return [];
  return textOf(operand)
    .split(",")
    .map((item) => item.trim());
}

function oneOf(operand: TemplateValue): Prepared {
  if (typeNameOf(operand) === "map") {
    return invalid(`${JSON.stringify(operand)} is not a list such as "a,b" or [a, b]`);
  }
  const items = new Set(listOf(operand).map(textOf));
  const takesEmpty = items.has("");
  return ready((value) => items.has(textOf(value)) || (takesEmpty && isEmpty(value)));
}

const TYPE_NAMES: ReadonlyMap<string, string> = new Map([
  ["string", "string"],
  ["number", "number"],
  ["int", "number"],
  ["integer", "number"],
  ["float", "number"],
  ["bool", "bool"],
  ["boolean", "bool"],
  ["map", "map"],
  ["object", "map"],
  ["slice", "slice"],
  ["list", "slice"],
  ["array", "slice"],
  ["null", "null"],
]);

function typeOf(operand: TemplateValue): Prepared {
  const written = textOf(operand);
  const name = TYPE_NAMES.get(written.toLowerCase());
  if (name !== undefined) return ready((value) => typeNameOf(value) === name);
  const near = suggest(written, TYPE_NAMES.keys());
  const hint = near === undefined ? "" : `; did you mean "${near}"?`;
  return invalid(`"${written}" is not the name of a type${hint}`);
}

function ofType(name: string): Operator {
  return {
    holds: `is of type ${name}`,
    fails: `is not of type ${name}`,
    prepare: flag((value) => typeNameOf(value) === name),
  };
}

/** A field that is there; the text of a template that rendered empty is not. */
const exists: Test = (value) => !isNothing(value) && value !== "";

const contains: TextTest = (value, operand) => value.includes(operand);
const prefix: TextTest = (value, operand) => value.startsWith(operand);
const suffix: TextTest = (value, operand) => value.endsWith(operand);

/** By canonical name; `unique` and the schedules are not tests of one value. */
export const VALUE_OPERATORS: Readonly<Record<string, Operator>> = {
  equals: { holds: "equals", fails: "does not equal", prepare: equals },
  notEquals: { holds: "does not equal", fails: "equals", prepare: inverted(equals) },
  contains: { holds: "contains", fails: "does not contain", prepare: textual(contains) },
  notContains: {
    holds: "does not contain",
    fails: "contains",
    needsFieldInRules: true,
    prepare: inverted(textual(contains)),
  },
  prefix: { holds: "starts with", fails: "does not start with", prepare: textual(prefix) },
  notPrefix: {
    holds: "does not start with",
    fails: "starts with",
    needsFieldInRules: true,
    prepare: inverted(textual(prefix)),
  },
  suffix: { holds: "ends with", fails: "does not end with", prepare: textual(suffix) },
  notSuffix: {
    holds: "does not end with",
    fails: "ends with",
    needsFieldInRules: true,
    prepare: inverted(textual(suffix)),
  },
  regex: { holds: "matches", fails: "does not match", prepare: regex },
  exists: { holds: "exists", fails: "does not exist", prepare: flag(exists) },
  notExists: {
    holds: "does not exist",
    fails: "exists",
    prepare: flag((value) => !exists(value)),
  },
  greaterThan: {
    holds: "is greaterThan",
    fails: "is not greaterThan",
    prepare: numeric((order) => order > 0),
  },
  lessThan: {
    holds: "is lessThan",
    fails: "is not lessThan",
    prepare: numeric((order) => order < 0),
  },
  greaterThanOrEqual: {
    holds: "is greaterThanOrEqual",
    fails: "is not greaterThanOrEqual",
    prepare: numeric((order) => order >= 0),
  },
  lessThanOrEqual: {
    holds: "is lessThanOrEqual",
    fails: "is not lessThanOrEqual",
    prepare: numeric((order) => order <= 0),
  },
  between: { holds: "is between", fails: "is not between", prepare: between },
  notBetween: { holds: "is not between", fails: "is between", prepare: inverted(between) },
  in: { holds: "is in", fails: "is not in", prepare: oneOf },
  notIn: {
    holds: "is not in",
    fails: "is in",
    needsFieldInRules: true,
    prepare: inverted(oneOf),
  },
  typeOf: { holds: "is of type", fails: "is not of type", prepare: typeOf },
  typeMap: ofType("map"),
  typeList: ofType("slice"),
  typeString: ofType("string"),
  typeNumber: ofType("number"),
  typeBool: ofType("bool"),
  typeNull: ofType("null"),
};
