/**
 * Kubernetes quantities (`100m`, `1.5Gi`, `1e3`), exact and printed as the API server prints them,
 * so that what we apply and what the server stored can be compared as text. Source:
 * https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/quantity/ and, for the
 * corners that page leaves open, the observed answers of a server.
 */

/** How the number was written, which decides how it is printed. */
type QuantityFormat = "decimal" | "binary" | "exponent";

/** The exact value is `unscaled × 10^exponent`. */
export interface Quantity {
  readonly unscaled: bigint;
  readonly exponent: number;
  readonly format: QuantityFormat;
  /** The text as written, where the server keeps it because it counts as canonical already. */
  readonly text?: string;
}

const DECIMAL_SUFFIXES: ReadonlyMap<string, number> = new Map([
  ["n", -9],
  ["u", -6],
  ["m", -3],
  ["", 0],
  ["k", 3],
  ["M", 6],
  ["G", 9],
  ["T", 12],
  ["P", 15],
  ["E", 18],
]);
const BINARY_SUFFIXES: ReadonlyMap<string, number> = new Map([
  ["Ki", 10],
  ["Mi", 20],
  ["Gi", 30],
  ["Ti", 40],
  ["Pi", 50],
  ["Ei", 60],
]);
const SUFFIX_OF_DECIMAL = new Map([...DECIMAL_SUFFIXES].map(([suffix, power]) => [power, suffix]));
const SUFFIX_OF_BINARY = new Map([...BINARY_SUFFIXES].map(([suffix, power]) => [power, suffix]));

const SYNTAX = /^([+-]?)0*([0-9]*)(?:\.([0-9]*))?([eEinumkKMGTP]*[-+]?[0-9]*)$/;
/** No quantity is longer, and the pattern tries all that a longer text may mean. */
const MAX_LENGTH = 1_024;
const LARGEST_INT64 = 2n ** 63n - 1n;
/** The server's finest step is 10^-9. */
const FINEST_EXPONENT = -9;
/** Digits that fit an int64 whatever they are. */
const INT64_DIGITS = 18;
/** Beyond it no value is meant, and the arithmetic would only cost time. */
const MAX_EXPONENT = 4096;

/** Reads a quantity; a number is read as its text. `undefined` when it is not a quantity. */
export function parseQuantity(value: string | number): Quantity | undefined {
  const source = String(value);
  const match = source === "" || source.length > MAX_LENGTH ? null : SYNTAX.exec(source);
  if (!match) return undefined;
  if (!/^[+-]?\.?[0-9]/.test(source)) return undefined;
  const [, sign = "", digits = "", fraction = "", suffix = ""] = match;
  const written = { source, isNegative: sign === "-", whole: digits || "0", fraction };
  const decimal = DECIMAL_SUFFIXES.get(suffix);
  if (decimal !== undefined) return decimalQuantity(written, decimal, "decimal");
  const binary = BINARY_SUFFIXES.get(suffix);
  if (binary !== undefined) return binaryQuantity(written, binary);
  if (!/^[eE][-+]?[0-9]+$/.test(suffix)) return undefined;
  const exponent = Number(suffix.slice(1));
  if (Math.abs(exponent) > MAX_EXPONENT) return undefined;
  return decimalQuantity(written, exponent, "exponent");
}

/** The text that the API server stores and answers for this quantity. */
export function formatQuantity(quantity: Quantity): string {
  if (quantity.text !== undefined) return quantity.text;
  if (quantity.unscaled === 0n) return "0";
  if (quantity.format === "binary") {
    const whole = wholeValue(quantity);
    if (whole !== undefined && (whole >= 1024n || whole <= -1024n)) return formatBinary(whole);
    return formatDecimal({ ...quantity, format: "decimal" });
  }
  return formatDecimal(quantity);
}

/** The server's text for `value`, or `undefined` when it is not a quantity. */
export function canonicalQuantity(value: string | number): string | undefined {
  const quantity = parseQuantity(value);
  return quantity && formatQuantity(quantity);
}

/** Negative, zero or positive as `left` is below, equal to or above `right`. */
export function compareQuantities(left: Quantity, right: Quantity): -1 | 0 | 1 {
  const exponent = Math.min(left.exponent, right.exponent);
  const difference = atExponent(left, exponent) - atExponent(right, exponent);
  if (difference === 0n) return 0;
  return difference < 0n ? -1 : 1;
}

/** The exact sum, in the format of `left` (of `right` when `left` is zero). */
export function addQuantities(left: Quantity, right: Quantity): Quantity {
  const exponent = Math.min(left.exponent, right.exponent);
  return {
    unscaled: atExponent(left, exponent) + atExponent(right, exponent),
    exponent,
    format: left.unscaled === 0n ? right.format : left.format,
  };
}

/** The nearest number, for comparisons that need no exactness. */
export function quantityToNumber(quantity: Quantity): number {
  return Number(`${quantity.unscaled}e${quantity.exponent}`);
}

interface Written {
  readonly source: string;
  readonly isNegative: boolean;
  /** Without leading zeros, at least `0`. */
  readonly whole: string;
  readonly fraction: string;
}

function decimalQuantity(written: Written, power: number, format: QuantityFormat): Quantity {
  const shifted = written.whole + written.fraction;
  const exponent = power - written.fraction.length;
  const unscaled = signed(BigInt(shifted), written);
  if (shifted.length > INT64_DIGITS || exponent < FINEST_EXPONENT) {
    return { ...roundAwayFromZero({ unscaled, exponent }), format };
  }
  const isCanonical = exponent % 3 === 0 && !shifted.endsWith("000") && !shifted.startsWith("0");
  return { unscaled, exponent, format, ...(isCanonical && { text: written.source }) };
}

function binaryQuantity(written: Written, power: number): Quantity {
  const mantissa = BigInt(written.whole + written.fraction);
  const unscaled = mantissa * 2n ** BigInt(power);
  const exponent = -written.fraction.length;
  const precision = 15 - written.whole.length - Math.trunc((power * 3) / 10) - 1;
  if (written.fraction === "" && precision >= 0 && unscaled <= LARGEST_INT64) {
    const isCanonical = (mantissa & 7n) !== 0n;
    const value: Quantity = { unscaled: signed(unscaled, written), exponent, format: "binary" };
    return isCanonical ? { ...value, text: written.source } : value;
  }
  const rounded = roundAwayFromZero({ unscaled, exponent });
  const whole = rounded.unscaled / 10n ** BigInt(-rounded.exponent);
  if (whole >= LARGEST_INT64) {
    return { unscaled: signed(LARGEST_INT64, written), exponent: 0, format: "binary" };
  }
  const format = whole === 0n && rounded.unscaled > 0n ? "decimal" : "binary";
  return { unscaled: signed(rounded.unscaled, written), exponent: rounded.exponent, format };
}

function signed(value: bigint, written: Written): bigint {
  return written.isNegative ? -value : value;
}

/** What is finer than the finest step counts as a whole step: a little was asked for, not nothing. */
function roundAwayFromZero(value: { readonly unscaled: bigint; readonly exponent: number }): {
  readonly unscaled: bigint;
  readonly exponent: number;
} {
  if (value.exponent >= FINEST_EXPONENT) return value;
  const divisor = 10n ** BigInt(FINEST_EXPONENT - value.exponent);
  const rest = value.unscaled % divisor;
  let unscaled = value.unscaled / divisor;
  if (rest !== 0n) unscaled += rest > 0n ? 1n : -1n;
  return { unscaled, exponent: FINEST_EXPONENT };
}

/** The integer that the quantity is, or `undefined` when it has a fraction. */
function wholeValue(quantity: Quantity): bigint | undefined {
  if (quantity.exponent >= 0) return quantity.unscaled * 10n ** BigInt(quantity.exponent);
  const divisor = 10n ** BigInt(-quantity.exponent);
  return quantity.unscaled % divisor === 0n ? quantity.unscaled / divisor : undefined;
}

function formatBinary(whole: bigint): string {
  let mantissa = whole;
  let power = 0;
  while (mantissa % 1024n === 0n) {
    mantissa /= 1024n;
    power += 10;
  }
  return `${mantissa}${SUFFIX_OF_BINARY.get(power) ?? ""}`;
}

function formatDecimal(quantity: Quantity): string {
  let mantissa = quantity.unscaled;
  let exponent = quantity.exponent;
  while (mantissa % 10n === 0n) {
    mantissa /= 10n;
    exponent++;
  }
  while (exponent % 3 !== 0) {
    mantissa *= 10n;
    exponent--;
  }
  if (quantity.format === "exponent") return `${mantissa}${exponent === 0 ? "" : `e${exponent}`}`;
  // A power without a suffix (1000E) prints bare: the server does so too.
  return `${mantissa}${SUFFIX_OF_DECIMAL.get(exponent) ?? ""}`;
}

function atExponent(quantity: Quantity, exponent: number): bigint {
  return quantity.unscaled * 10n ** BigInt(quantity.exponent - exponent);
}
