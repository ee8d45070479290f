/**
 * One condition, compiled once: what stands on the left, what it is compared with, and the words for
 * why it does not hold. Literal operands are prepared here, so that a pattern is compiled and a
 * number is parsed once; what does not parse is an issue.
 */
import { findOperator } from "../katalog/conditions.ts";
import type { ConditionEntry } from "../katalog/resolved.ts";
import { isJsonObject } from "../std/json.ts";
import type { Scope, TemplateEnvironment, TemplateValue } from "../template/template.ts";
import { type Operator, textOf, VALUE_OPERATORS } from "./operators.ts";
import { type PreparedSchedule, prepareSchedule } from "./schedule.ts";
import {
  type ConditionOptions,
  compileOperand,
  compileSubject,
  type Findings,
  type Reading,
  report,
} from "./subject.ts";
import { TRUE, type Verdict } from "./verdict.ts";

export type Condition = (scope: Scope, environment: TemplateEnvironment) => Verdict;

/** Never throws; a condition that cannot be used is unknown, and an issue says why. */
export function compileCondition(
  entry: ConditionEntry,
  options: ConditionOptions,
  findings: Findings,
): Condition {
  const row = findOperator(entry.operator);
  if (row?.operand === "schedule") return compileSchedule(entry, options, findings);
  const operator = row && VALUE_OPERATORS[row.name];
  if (!operator) return refuse(entry, options, findings);
  const subject = compileSubject(entry.field, options, findings);
  const operand = compileOperand(entry.operand, options, findings);
  if (!subject || !operand) return unknown(`the condition on ${entry.field} does not compile`);
  const parts = {
    entry,
    operator,
    isRule: options.isRule ?? false,
    isFlag: row.operand === "flag",
  };
  if (!operand.isConstant) return compare(parts, subject, operand);
  const value = entry.operand;
  const prepared = operator.prepare(value);
  if (prepared.kind === "ready") return test(parts, subject, { value, passes: prepared.test });
  const message = `Cannot use operator "${entry.operator}" on "${entry.field}": ${prepared.message}`;
  report(findings, options, { code: "bad-operand", severity: "error", message });
  return unknown(message);
}

function unknown(because: string): Condition {
  const verdict: Verdict = { kind: "unknown", because };
  return () => verdict;
}

function refuse(entry: ConditionEntry, options: ConditionOptions, findings: Findings): Condition {
  const isUnique = entry.operator === "unique";
  const message = isUnique
    ? 'Operator "unique" is not supported by this build'
    : `Unknown operator "${entry.operator}" in a condition`;
  const code = isUnique ? "unsupported-operator" : "unknown-operator";
  report(findings, options, { code, severity: "error", message });
  return unknown(message);
}

interface Parts {
  readonly entry: ConditionEntry;
  readonly operator: Operator;
  readonly isRule: boolean;
  /** Compares with nothing, so that the operand is no part of the words. */
  readonly isFlag: boolean;
}

interface PreparedOperand {
  readonly value: TemplateValue;
  readonly passes: (value: TemplateValue) => boolean;
}

function test(parts: Parts, subject: Reading, operand: PreparedOperand): Condition {
  return (scope, environment) => {
    try {
      return judge(parts, subject.read(scope, environment), operand);
    } catch (error) {
      return { kind: "unknown", because: reasonOf(parts.entry, error) };
    }
  };
}

/** The operand is known only at evaluation. */
function compare(parts: Parts, subject: Reading, operand: Reading): Condition {
  const { entry, operator } = parts;
  return (scope, environment) => {
    try {
      const value = operand.read(scope, environment);
      const prepared = operator.prepare(value);
      if (prepared.kind === "invalid") {
        return { kind: "unknown", because: `${entry.field}: ${prepared.message}` };
      }
      const actual = subject.read(scope, environment);
      return judge(parts, actual, { value, passes: prepared.test });
    } catch (error) {
      return { kind: "unknown", because: reasonOf(entry, error) };
    }
  };
}

function judge(parts: Parts, actual: TemplateValue, { value, passes }: PreparedOperand): Verdict {
  const { entry, operator, isRule, isFlag } = parts;
  const isMissing = actual === undefined || actual === null;
  const isRefused = isMissing && isRule && operator.needsFieldInRules === true;
  if (!isRefused && passes(actual) !== entry.isNegated) return TRUE;
  const isOn = !isFlag || textOf(value) !== "false";
  const words = entry.isNegated === isOn ? operator.holds : operator.fails;
  return { kind: "false", because: explain(parts, actual, { words, value, isRefused }) };
}

function explain(
  { entry, isFlag }: Parts,
  actual: TemplateValue,
  said: { readonly words: string; readonly value: TemplateValue; readonly isRefused: boolean },
): string {
  if (said.isRefused) return `${entry.field} is missing`;
  if (isFlag) return `${entry.field} ${said.words}`;
  const shown = actual === undefined || actual === null ? "(absent)" : quote(actual);
  return `${entry.field} ${shown} ${said.words} ${quote(said.value)}`;
}

const SHOWN_LENGTH = 80;

function quote(value: TemplateValue): string {
  const text = Array.isArray(value) ? value.map(textOf).join(", ") : textOf(value);
  return JSON.stringify(text.length > SHOWN_LENGTH ? `${text.slice(0, SHOWN_LENGTH)}…` : text);
}

/** An error in evaluation is the condition's reason, never the caller's problem. */
function reasonOf(entry: ConditionEntry, error: unknown): string {
  const what = error instanceof Error ? error.message : String(error);
  return `the condition on ${entry.field} failed: ${what}`;
}

function compileSchedule(
  entry: ConditionEntry,
  options: ConditionOptions,
  findings: Findings,
): Condition {
  const operand = compileOperand(entry.operand, options, findings);
  if (!operand) return unknown(`the condition on ${entry.operator} does not compile`);
  if (!operand.isConstant) {
    return (scope, environment) =>
      judgeSchedule(entry, environment, () =>
        prepareSchedule(entry.operator, operand.read(scope, environment)),
      );
  }
  const prepared = prepareSchedule(entry.operator, entry.operand);
  if (prepared.kind === "invalid") {
    const message = `Cannot use operator "${entry.operator}": ${prepared.message}`;
    report(findings, options, { code: "bad-operand", severity: "error", message });
    return unknown(message);
  }
  return (_scope, environment) => judgeSchedule(entry, environment, () => prepared);
}

function judgeSchedule(
  entry: ConditionEntry,
  environment: TemplateEnvironment,
  prepare: () => PreparedSchedule,
): Verdict {
  try {
    const prepared = prepare();
    if (prepared.kind === "invalid") {
      return { kind: "unknown", because: `${entry.operator}: ${prepared.message}` };
    }
    if (prepared.test(environment) !== entry.isNegated) return TRUE;
    const words = entry.isNegated ? "holds now" : "does not hold now";
    return { kind: "false", because: `${entry.operator} ${scheduleText(entry)} ${words}` };
  } catch (error) {
    return { kind: "unknown", because: reasonOf({ ...entry, field: entry.operator }, error) };
  }
}

/** `after 09:00, before 17:00` */
function scheduleText({ operand }: ConditionEntry): string {
  if (!isJsonObject(operand)) return textOf(operand);
  const settings = Object.keys(operand).map((key) => `${key} ${textOf(operand[key])}`);
  return `(${settings.join(", ")})`;
}
