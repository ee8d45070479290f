/**
 * Values ⇄ JSON text as Go's `encoding/json` writes and reads it: sorted keys, `<`, `>` and `&`
 * escaped unless told otherwise, floats in Go's form, numbers read as `float64`.
 */

import { formatNumber } from "../template/go-number.ts";
import { GoNumber, isGoObject } from "../template/go-object.ts";
import { compareTexts } from "../template/go-value.ts";
import type { TemplateValue } from "../template/template.ts";
import { fromJsonValue } from "./yaml-read.ts";

export interface JsonStyle {
  /** Two spaces a level and line feeds. */
  readonly isPretty?: boolean;
  readonly escapesHtml?: boolean;
}

/** Throws `Error` for what JSON cannot hold (an infinite number), as Go does. */
export function jsonText(value: TemplateValue, style: JsonStyle = {}): string {
  return write(value, style, "");
}

function write(value: TemplateValue, style: JsonStyle, pad: string): string {
  if (value === null || value === undefined) return "null";
  if (typeof value === "string") return quote(value, style);
  if (typeof value === "boolean") return String(value);
  if (typeof value === "number" || value instanceof GoNumber) {
    return numberText(value as number | GoNumber);
  }
  if (isGoObject(value)) return write(value.plain(), style, pad);
  const inner = `${pad}  `;
  if (Array.isArray(value)) {
    return wrap(
      ["[", "]"],
      value.map((item) => write(item, style, inner)),
      { style, pad },
    );
  }
  const gap = style.isPretty ? ": " : ":";
  const fields = value as Readonly<Record<string, TemplateValue>>;
  const members = Object.keys(fields)
    .sort(compareTexts)
    .map((key) => `${quote(key, style)}${gap}${write(fields[key], style, inner)}`);
  return wrap(["{", "}"], members, { style, pad });
}

function wrap(
  [open, close]: readonly [string, string],
  members: readonly string[],
  { style, pad }: { readonly style: JsonStyle; readonly pad: string },
): string {
  if (members.length === 0) return open + close;
  if (!style.isPretty) return open + members.join(",") + close;
  return `${open}\n${members.map((member) => `${pad}  ${member}`).join(",\n")}\n${pad}${close}`;
}

/** Floats: plain between 1e-6 and 1e21, else with an exponent. */
function numberText(value: number | GoNumber): string {
  const number = typeof value === "number" ? value : value.value;
  if (!Number.isFinite(number)) throw new Error(`json: unsupported value: ${goNumberName(number)}`);
  const isFloat = typeof value === "number" ? !Number.isInteger(value) : value.isFloat;
  if (!isFloat) return formatNumber(number);
  const size = Math.abs(number);
  if (size !== 0 && (size < 1e-6 || size >= 1e21)) {
    return number
      .toExponential()
      .replace(/e([+-])(\d)$/, (_, sign: string, digit: string) =>
        sign === "-" ? `e-0${digit}`.replace("e-0", "e-") : `e+${digit}`,
      );
  }
  return Object.is(number, -0) ? "-0" : plain(number);
}

function plain(number: number): string {
  return Number.isInteger(number) ? BigInt(number).toString() : String(number);
}

function goNumberName(number: number): string {
  if (Number.isNaN(number)) return "NaN";
  return number > 0 ? "+Inf" : "-Inf";
}

function quote(text: string, { escapesHtml = true }: JsonStyle): string {
  const quoted = JSON.stringify(text.toWellFormed())
    .replaceAll("\u2028", "\\u2028")
    .replaceAll("\u2029", "\\u2029");
  if (!escapesHtml) return quoted;
  return quoted.replace(
    /[<>&]/g,
    (character) => `\\u00${character.charCodeAt(0).toString(16).padStart(2, "0")}`,
  );
}

/** Throws `Error` with Go's words for a text that is no JSON. */
export function readJson(text: string): TemplateValue {
  try {
    return fromJsonValue(JSON.parse(text));
  } catch (cause) {
    const message = text.trim() === "" ? "unexpected end of JSON input" : "invalid JSON";
    throw new Error(message, { cause });
  }
}
