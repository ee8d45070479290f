/**
 * Conditions as people write them → the canonical {@link ConditionEntry}: one operator under its
 * canonical name. The table of operators is here; `condition` gives them their meaning. Pure.
 *
 * Rules: a shorthand (`equals: x`) wins over `operator`; `value` alone means `equals`; no operator
 * at all means `exists`; a key that is `null` is not set.
 */
import type { Issue } from "../std/issue.ts";
import { isJsonObject, type Json, type JsonObject, type PathSegment } from "../std/json.ts";
import { suggest } from "../std/suggest.ts";
import type { ConditionEntry } from "./resolved.ts";

/** What an operator compares with: `flag` means nothing, but it may be switched by a boolean. */
type OperandShape = "value" | "flag" | "number" | "range" | "list" | "pattern" | "schedule";

export interface OperatorRow {
  readonly name: string;
  readonly aliases?: readonly string[];
  readonly operand: OperandShape;
  /** The operator that says the opposite, for `exists: false`. */
  readonly opposite?: string;
  /** Holds in validation rules only. */
  readonly isRuleOnly?: true;
  /** Looks at the clock, not at a field. */
  readonly isTimed?: true;
}

export const OPERATORS: readonly OperatorRow[] = [
  { name: "equals", operand: "value" },
  { name: "notEquals", operand: "value" },
  { name: "contains", operand: "value" },
  { name: "notContains", operand: "value" },
  { name: "prefix", operand: "value" },
  { name: "notPrefix", operand: "value" },
  { name: "suffix", operand: "value" },
  { name: "notSuffix", operand: "value" },
  { name: "regex", operand: "pattern" },
  { name: "exists", operand: "flag", opposite: "notExists" },
  { name: "notExists", operand: "flag", opposite: "exists" },
  { name: "greaterThan", aliases: ["gt"], operand: "number" },
  { name: "lessThan", aliases: ["lt"], operand: "number" },
  { name: "greaterThanOrEqual", aliases: ["gte", "min"], operand: "number" },
  { name: "lessThanOrEqual", aliases: ["lte", "max"], operand: "number" },
  { name: "between", operand: "range" },
  { name: "notBetween", operand: "range" },
  { name: "in", aliases: ["oneOf"], operand: "list" },
  { name: "notIn", aliases: ["notOneOf"], operand: "list" },
  { name: "typeOf", operand: "value" },
  { name: "typeMap", operand: "flag" },
  { name: "typeList", operand: "flag" },
  { name: "typeString", operand: "flag" },
  { name: "typeNumber", operand: "flag" },
  { name: "typeBool", operand: "flag" },
  { name: "typeNull", operand: "flag" },
  { name: "unique", operand: "flag", isRuleOnly: true },
  { name: "time", operand: "schedule", isTimed: true },
  { name: "dayOfWeek", operand: "schedule", isTimed: true },
  { name: "cron", operand: "schedule", isTimed: true },
];

const BY_NAME: ReadonlyMap<string, OperatorRow> = new Map(
  OPERATORS.flatMap((row) =>
    [row.name, ...(row.aliases ?? [])].map((name) => [name, row] as const),
  ),
);

/** Keys of a condition that are not operators. */
const OWN_KEYS: ReadonlySet<string> = new Set([
  "field",
  "operator",
  "value",
  "negate",
  "timezone",
  "duration",
]);

export interface CanonicalConditionOptions {
  /** Where the condition stands in its document; issues carry it. */
  readonly path?: readonly PathSegment[];
  /** Further keys that belong to whoever holds the condition (`message`, `action` of a rule). */
  readonly ownerKeys?: ReadonlySet<string>;
  /** The condition is a validation rule. */
  readonly isRule?: boolean;
}

export interface CanonicalCondition {
  /** Absent when an issue of severity `error` was found. */
  readonly entry?: ConditionEntry;
  readonly issues: readonly Issue[];
}

/** Looks an operator up by its name or an alias. */
export function findOperator(name: string): OperatorRow | undefined {
  return BY_NAME.get(name);
}

/** Reads one condition of either spelling. Every fault of it is an issue; never throws. */
export function canonicalCondition(
  raw: Json,
  options: CanonicalConditionOptions = {},
): CanonicalCondition {
  const reader = new Reader(options);
  const entry = isJsonObject(raw) ? reader.read(raw) : reader.refuse(raw);
  return entry && reader.issues.length === 0 ? { entry, issues: [] } : { issues: reader.issues };
}

interface Choice {
  readonly row: OperatorRow;
  readonly operand: Json | undefined;
}

class Reader {
  readonly issues: Issue[] = [];
  readonly #options: CanonicalConditionOptions;
  #isFieldMisspelt = false;

  constructor(options: CanonicalConditionOptions) {
    this.#options = options;
  }

  refuse(raw: Json): undefined {
    this.#report([], "wrong-type", `Condition is ${JSON.stringify(raw)}: expected a map`);
  }

  read(raw: JsonObject): ConditionEntry | undefined {
    const choice = this.#choose(raw);
    if (!choice) return undefined;
    const { row } = choice;
    const field = this.#field(raw, row);
    const isNegated = this.#boolean(raw["negate"], "negate") ?? false;
    if (row.isRuleOnly && !this.#options.isRule) {
      const message = `Operator "${row.name}" stands in a condition: expected in validation rules`;
      this.#report([row.name], "misplaced-operator", message);
    }
    if (row.isTimed) {
      return { field, operator: row.name, operand: this.#schedule(raw, choice), isNegated };
    }
    if (row.operand === "flag") return this.#flag(choice, field, isNegated);
    if (choice.operand === undefined) {
      this.#report(
        [row.name],
        "missing-value",
        `Operator "${row.name}" has no value to compare with`,
      );
      return undefined;
    }
    return { field, operator: row.name, operand: choice.operand, isNegated };
  }

  #choose(raw: JsonObject): Choice | undefined {
    const keys = Object.keys(raw).filter((key) => this.#isShorthand(raw, key));
    const shorthands = keys.filter((key) => BY_NAME.has(key));
    const unknown = keys.filter((key) => !BY_NAME.has(key));
    for (const key of unknown) this.#unknownKey(key);
    const [first, second] = shorthands;
    if (first !== undefined && second !== undefined) {
      const message = `Condition has the operators "${first}" and "${second}": expected one; write two conditions`;
      this.#report([second], "two-operators", message);
      return undefined;
    }
    const value = raw["value"] ?? undefined;
    if (first !== undefined) return this.#known(first, raw[first] ?? undefined, [first]);
    const operator = raw["operator"] ?? undefined;
    if (operator !== undefined) return this.#known(String(operator), value, ["operator"]);
    // The unknown key was meant to say what is compared.
    if (unknown.length > 0 && value === undefined) return undefined;
    return this.#known(value === undefined ? "exists" : "equals", value, []);
  }

  #isShorthand(raw: JsonObject, key: string): boolean {
    const isSet = raw[key] !== null && raw[key] !== undefined;
    return isSet && !OWN_KEYS.has(key) && !this.#options.ownerKeys?.has(key);
  }

  #known(
    name: string,
    operand: Json | undefined,
    path: readonly PathSegment[],
  ): Choice | undefined {
    const row = BY_NAME.get(name);
    if (row) return { row, operand };
    const near = suggest(name, [...BY_NAME.keys(), ...OWN_KEYS]);
    const hint = near === undefined ? undefined : `Did you mean "${near}"?`;
    this.#report(path, "unknown-operator", `Unknown operator "${name}" in a condition`, hint);
    return undefined;
  }

  #unknownKey(key: string): void {
    const near = suggest(key, [...BY_NAME.keys(), ...OWN_KEYS]);
    const hint = near === undefined ? undefined : `Did you mean "${near}"?`;
    this.#report(
      [key],
      "unknown-operator",
      `Unknown key or operator "${key}" in a condition`,
      hint,
    );
    if (near === "field") this.#isFieldMisspelt = true;
  }

  #field(raw: JsonObject, row: OperatorRow): string {
    const field = raw["field"] ?? undefined;
    if (typeof field === "string" && field.trim() !== "") return field.trim();
    if (row.isTimed || this.#isFieldMisspelt) return "";
    const found = field === undefined ? "has no field" : `has the field ${JSON.stringify(field)}`;
    this.#report([], "missing-field", `Condition ${found}: expected a path or a template`);
    return "";
  }

  /** `exists: false` is `notExists`; `typeMap: false` is negated; a template stays for later. */
  #flag({ row, operand }: Choice, field: string, isNegated: boolean): ConditionEntry | undefined {
    if (typeof operand === "string" && operand.includes("{{")) {
      return { field, operator: row.name, operand, isNegated };
    }
    const isOn = operand === "" ? true : (this.#boolean(operand, row.name) ?? true);
    if (isOn) return { field, operator: row.name, isNegated };
    if (row.opposite) return { field, operator: row.opposite, isNegated };
    return { field, operator: row.name, isNegated: !isNegated };
  }

  /** One map whatever the spelling: `cron` is a text with `duration` and `timezone` beside it. */
  #schedule(raw: JsonObject, { row, operand }: Choice): Json {
    const schedule: Record<string, Json> = {};
    if (isJsonObject(operand)) Object.assign(schedule, operand);
    else if (operand !== undefined) schedule[row.name === "cron" ? "schedule" : "in"] = operand;
    if (schedule["expression"] !== undefined) {
      schedule["schedule"] ??= schedule["expression"];
      delete schedule["expression"];
    }
    for (const key of ["timezone", "duration"]) {
      const value = raw[key] ?? undefined;
      if (value !== undefined) schedule[key] = value;
    }
    return schedule;
  }

  #boolean(value: Json | undefined, key: string): boolean | undefined {
    if (value === undefined || value === null) return undefined;
    if (value === true || value === "true") return true;
    if (value === false || value === "false") return false;
    const message = `"${key}" is ${JSON.stringify(value)}: expected true or false`;
    this.#report([key], "wrong-type", message);
    return undefined;
  }

  // biome-ignore lint/complexity/useMaxParams: the parts of one issue
  #report(path: readonly PathSegment[], code: string, message: string, hint?: string): void {
    const whole = [...(this.#options.path ?? []), ...path];
    this.issues.push({ code, severity: "error", message, path: whole, ...(hint && { hint }) });
  }
}
