/**
 * Decimal arithmetic of two doubles, exact where the result is, so that 0.1 and 0.2 add up to 0.3,
 * as in sprig's `addf` and its siblings. A quotient has at most 16 decimals.
 */

interface Decimal {
  readonly digits: bigint;
  /** Of ten: the value is digits × 10^exponent. */
  readonly exponent: number;
}

const DIVISION_DIGITS = 16;

export function addDecimals(left: number, right: number): number {
  const [a, b] = [decimalOf(left), decimalOf(right)];
  if (!a || !b) return left + right;
  const exponent = Math.min(a.exponent, b.exponent);
  return numberOf({ digits: scaled(a, exponent) + scaled(b, exponent), exponent });
}

export function multiplyDecimals(left: number, right: number): number {
  const [a, b] = [decimalOf(left), decimalOf(right)];
  if (!a || !b) return left * right;
  return numberOf({ digits: a.digits * b.digits, exponent: a.exponent + b.exponent });
}

/** `right` is not 0. */
export function divideDecimals(left: number, right: number): number {
  const [a, b] = [decimalOf(left), decimalOf(right)];
  if (!a || !b) return left / right;
  const shift = a.exponent - b.exponent + DIVISION_DIGITS;
  const numerator = shift >= 0 ? a.digits * 10n ** BigInt(shift) : a.digits;
  const denominator = shift >= 0 ? b.digits : b.digits * 10n ** BigInt(-shift);
  const quotient = numerator / denominator;
  const rest = numerator % denominator;
  const isUp = 2n * absolute(rest) >= absolute(denominator);
  const sign = numerator < 0n === denominator < 0n ? 1n : -1n;
  return numberOf({ digits: isUp ? quotient + sign : quotient, exponent: -DIVISION_DIGITS });
}

function absolute(value: bigint): bigint {
  return value < 0n ? -value : value;
}

/** The decimal number that the shortest text of a double says; `undefined` for infinity. */
function decimalOf(value: number): Decimal | undefined {
  if (!Number.isFinite(value) || Math.abs(value) > 1e200) return undefined;
  const [mantissa = "0", power = "0"] = value.toExponential().split("e");
  const [whole = "0", fraction = ""] = mantissa.split(".");
  return { digits: BigInt(whole + fraction), exponent: Number(power) - fraction.length };
}

function scaled({ digits, exponent }: Decimal, to: number): bigint {
  return digits * 10n ** BigInt(exponent - to);
}

function numberOf({ digits, exponent }: Decimal): number {
  return Number(`${digits}e${exponent}`);
}
