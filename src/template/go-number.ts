/**
 * Numbers as Go prints them (https://pkg.go.dev/strconv#FormatFloat). Rounding to a precision is
 * exact, half to even, on the binary value; ECMAScript's own methods round ties away.
 */

const SHORTEST_LIMIT = 6;

/** `precision` -1: as few digits as identify the value. */
export function formatFloat(value: number, verb: "e" | "f" | "g", precision: number): string {
  if (Number.isNaN(value)) return "NaN";
  if (!Number.isFinite(value)) return value > 0 ? "+Inf" : "-Inf";
  const sign = value < 0 || Object.is(value, -0) ? "-" : "";
  const size = Math.abs(value);
  switch (verb) {
    case "e":
      return sign + scientific(digitsOf(size, precision < 0 ? -1 : precision + 1));
    case "f":
      return sign + (precision < 0 ? plain(digitsOf(size, -1)) : fixed(size, precision));
    case "g":
      return sign + general(size, precision);
    default:
      return verb satisfies never;
  }
}

/** The default text of a number: whole ones as Go's integers, others as `%v` of a float. */
export function formatNumber(value: number): string {
  if (!Number.isInteger(value)) return formatFloat(value, "g", -1);
  if (Number.isSafeInteger(value)) return value === 0 ? "0" : String(value);
  return BigInt(value).toString();
}

/** Decimal digits and the exponent of the first one: 12.5 is 125 and 1. */
interface Digits {
  readonly digits: string;
  readonly exponent: number;
}

function digitsOf(size: number, count: number): Digits {
  if (size === 0) return { digits: "0".repeat(Math.max(1, count)), exponent: 0 };
  const [mantissa = "", power = "0"] = size.toExponential().split("e");
  const exponent = Number(power);
  if (count < 0) return { digits: mantissa.replace(".", ""), exponent };
  return roundTo(size, count, exponent);
}

function roundTo(size: number, count: number, exponent: number): Digits {
  const [numerator, denominator] = ratioOf(size);
  const shift = count - 1 - exponent;
  const up = shift > 0 ? 10n ** BigInt(shift) : 1n;
  const down = shift < 0 ? 10n ** BigInt(-shift) : 1n;
  const digits = divideHalfEven(numerator * up, denominator * down).toString();
  if (digits.length > count) return { digits: digits.slice(0, count), exponent: exponent + 1 };
  return { digits, exponent };
}

function fixed(size: number, precision: number): string {
  const [numerator, denominator] = ratioOf(size);
  const scaled = divideHalfEven(numerator * 10n ** BigInt(precision), denominator).toString();
  if (precision === 0) return scaled;
  const padded = scaled.padStart(precision + 1, "0");
  return `${padded.slice(0, -precision)}.${padded.slice(-precision)}`;
}

/** `%g`: scientific below 1e-4 and from 10^precision on; the shortest form decides as with 6. */
function general(size: number, precision: number): string {
  const count = precision < 0 ? -1 : Math.max(1, precision);
  const { digits, exponent } = digitsOf(size, count);
  const trimmed = { digits: digits.replace(/0+$/, "") || "0", exponent };
  const limit = count < 0 ? SHORTEST_LIMIT : count;
  return exponent < -4 || exponent >= limit ? scientific(trimmed) : plain(trimmed);
}

function scientific({ digits, exponent }: Digits): string {
  const fraction = digits.length > 1 ? `.${digits.slice(1)}` : "";
  const power = String(Math.abs(exponent)).padStart(2, "0");
  return `${digits[0]}${fraction}e${exponent < 0 ? "-" : "+"}${power}`;
}

function plain({ digits, exponent }: Digits): string {
  if (exponent < 0) return `0.${"0".repeat(-exponent - 1)}${digits}`;
  const whole = digits.slice(0, exponent + 1).padEnd(exponent + 1, "0");
  const fraction = digits.slice(exponent + 1);
  return fraction === "" ? whole : `${whole}.${fraction}`;
}

function divideHalfEven(numerator: bigint, denominator: bigint): bigint {
  const quotient = numerator / denominator;
  const twice = 2n * (numerator % denominator);
  if (twice < denominator) return quotient;
  if (twice > denominator) return quotient + 1n;
  return quotient % 2n === 0n ? quotient : quotient + 1n;
}

/** The exact value of a positive double as a fraction. */
function ratioOf(size: number): readonly [bigint, bigint] {
  const view = new DataView(new ArrayBuffer(8));
  view.setFloat64(0, size);
  const bits = view.getBigUint64(0);
  const field = Number(bits >> 52n);
  const fraction = bits & 0xfffffffffffffn;
  const mantissa = field === 0 ? fraction : fraction | (1n << 52n);
  const power = Math.max(field, 1) - 1075;
  return power >= 0 ? [mantissa << BigInt(power), 1n] : [mantissa, 1n << BigInt(-power)];
}
