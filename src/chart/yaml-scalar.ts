/**
 * What a plain scalar of YAML stands for in go-yaml: YAML 1.1's booleans (v2), octal numbers, digits
 * with underscores, and everything else as text.
 */

import { float64 } from "../template/go-object.ts";
import type { TemplateValue } from "../template/template.ts";

const TRUE_V2 = /^(?:y|Y|yes|Yes|YES|on|On|ON)$/;
const FALSE_V2 = /^(?:n|N|no|No|NO|off|Off|OFF)$/;
const TRUE = /^(?:true|True|TRUE)$/;
const FALSE = /^(?:false|False|FALSE)$/;
const NULL = /^(?:|~|null|Null|NULL)$/;
const SPECIAL = /^[-+]?\.(?:inf|Inf|INF)$|^\.(?:nan|NaN|NAN)$/;
const FLOAT = /^[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?$/;
const TIMESTAMP =
  /^\d{4}-\d{1,2}-\d{1,2}(?:[Tt]\d{1,2}:\d{1,2}:\d{1,2}(?:\.\d+)?(?:Z|[-+]\d\d:\d\d)| \d{1,2}:\d{1,2}:\d{1,2}(?:\.\d+)?)?$/;

/** The value; the text itself when it is text. Numbers are `float64`, as Helm reads them. */
export function resolvePlain(text: string, flavour: "v2" | "v3"): TemplateValue {
  if (NULL.test(text)) return null;
  if (TRUE.test(text) || (flavour === "v2" && TRUE_V2.test(text))) return true;
  if (FALSE.test(text) || (flavour === "v2" && FALSE_V2.test(text))) return false;
  if (SPECIAL.test(text)) return specialFloat(text);
  if (!/^[-+.\d]/.test(text)) return text;
  // A time stays the text that it is when JSON comes of it, but is quoted where it is text.
  if (TIMESTAMP.test(text) && isDate(text)) return new Timestamp(text) as unknown as TemplateValue;
  const number = numberOf(text, flavour);
  return number === undefined ? text : float64(number);
}

/** A plain scalar that go-yaml takes for a time. */
export class Timestamp {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

function isDate(text: string): boolean {
  const [year, month, day] = text.split(/[-Tt ]/).map(Number);
  if (!month || !day || month > 12) return false;
  return day <= new Date(Date.UTC(year ?? 0, month, 0)).getUTCDate();
}

function specialFloat(text: string): TemplateValue {
  if (/nan/i.test(text)) return float64(Number.NaN);
  return float64(text.startsWith("-") ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY);
}

function numberOf(text: string, flavour: "v2" | "v3"): number | undefined {
  if (text.startsWith(".")) return FLOAT.test(text) ? Number(text) : undefined;
  const plain = text.replaceAll("_", "");
  const whole = goInteger(plain) ?? (flavour === "v3" ? newOctal(plain) : undefined);
  if (whole !== undefined) return whole;
  return FLOAT.test(plain) ? Number(plain) : undefined;
}

const MAX_DIGITS = 128;

/** `strconv.ParseInt(text, 0, 64)`: decimal, `0x`, `0b`, `0o` and a bare leading zero for octal. */
export function goInteger(text: string): number | undefined {
  // Beyond 64 bits in any base, and reading it takes long.
  if (text.length > MAX_DIGITS) return undefined;
  const match = /^([-+]?)(?:0[xX]([\da-fA-F]+)|0[bB]([01]+)|0[oO]?([0-7]+)|(0|[1-9]\d*))$/.exec(
    text,
  );
  if (!match) return undefined;
  const [, sign, hex, binary, octal, decimal] = match;
  const digits =
    hex !== undefined
      ? `0x${hex}`
      : binary !== undefined
        ? `0b${binary}`
        : octal !== undefined
          ? `0o${octal}`
          : (decimal ?? "0");
  const size = BigInt(digits);
  if (size >= 1n << 64n) return undefined;
  const value = Number(size);
  return sign === "-" ? 0 - value : value;
}

function newOctal(text: string): number | undefined {
  const match = /^(-?)0o([0-7]+)$/.exec(text);
  return match ? (match[1] ? -1 : 1) * Number.parseInt(match[2] ?? "", 8) : undefined;
}
