/**
 * One value under one `printf` verb (https://pkg.go.dev/fmt#hdr-Printing). A value that the verb
 * does not take is printed as Go does: `%!d(string=hi)`. Numbers: whole ones also take the verbs of
 * floats, since JSON does not tell the two apart.
 */
import { TemplateError } from "./error.ts";
import { formatFloat, formatNumber } from "./go-number.ts";
import { asValue, GoNumber, type GoObject, isGoObject } from "./go-object.ts";
import { canBackQuote, quoteText } from "./go-quote.ts";
import { goTypeName, sortedKeys } from "./go-value.ts";
import type { TemplateValue } from "./template.ts";

/** A parsed directive: `%-08.3f`. */
export interface Verb {
  readonly letter: string;
  readonly minus: boolean;
  readonly plus: boolean;
  readonly sharp: boolean;
  readonly space: boolean;
  readonly zero: boolean;
  readonly width: number | undefined;
  readonly precision: number | undefined;
  /** Integers and floats are told apart. */
  readonly isTyped: boolean;
  /** A value that its verb did not take: a plus is a sign there, not the flag of `%+v`. */
  readonly isRefused?: boolean;
}

export function formatVerb(value: TemplateValue, verb: Verb): string {
  if (verb.letter === "T") return pad(goTypeName(value), verb);
  switch (typeof value) {
    case "boolean":
      return "tv".includes(verb.letter) ? pad(String(value), verb) : badVerb(value, verb);
    case "number":
      return formatNumeric(value, { verb, isWhole: Number.isInteger(value), shown: value });
    case "string":
      return formatString(value, verb);
    case "object":
      if (isGoObject(value)) return formatObject(value, verb);
      if (value !== null) return formatCollection(value, verb);
      break;
    default:
      break;
  }
  return verb.letter === "v" ? pad("<nil>", verb) : badVerb(value, verb);
}

/** Width and flags hold for the value inside, too. */
function badVerb(value: TemplateValue, verb: Verb): string {
  if (value === null || value === undefined) return `%!${verb.letter}(<nil>)`;
  const text = formatVerb(value, { ...verb, letter: "v", isRefused: true });
  return `%!${verb.letter}(${goTypeName(value)}=${text})`;
}

function formatObject(value: GoObject, verb: Verb): string {
  if (value instanceof GoNumber) {
    const shown = asValue(value);
    return formatNumeric(value.value, { verb, isWhole: !value.isFloat, shown });
  }
  const text = value.text();
  if (verb.letter === "q") return pad(quoteText(text, '"', verb.plus), verb);
  return "vs".includes(verb.letter) ? pad(cut(text, verb), verb) : badVerb(asValue(value), verb);
}

interface Numeric {
  readonly verb: Verb;
  readonly isWhole: boolean;
  /** What is printed when the verb does not fit. */
  readonly shown: TemplateValue;
}

function formatNumeric(value: number, { verb, isWhole, shown }: Numeric): string {
  switch (verb.letter) {
    case "v":
      return isWhole
        ? padInteger(formatNumber(Math.abs(value)), value < 0, verb)
        : float(value, verb);
    case "e":
    case "E":
    case "f":
    case "F":
    case "g":
    case "G":
      return verb.isTyped && isWhole ? badVerb(shown, verb) : float(value, verb);
    default:
      return isWhole ? formatInteger(value, verb) : badFraction(value, verb, shown);
  }
}

function badFraction(value: number, verb: Verb, shown: TemplateValue): string {
  if (!"bxX".includes(verb.letter)) return badVerb(shown, verb);
  const isExact = verb.isTyped && verb.precision === undefined && Number.isFinite(value);
  if (isExact) return binaryFloat(value, verb);
  throw new TemplateError(
    "bad-argument",
    `Verb "%${verb.letter}" does not take a fraction here: expected a whole number, got ${value}`,
  );
}

/** `%b`: all bits and a power of two; `%x`: hexadecimal digits after the first bit. */
function binaryFloat(value: number, verb: Verb): string {
  const view = new DataView(new ArrayBuffer(8));
  view.setFloat64(0, Math.abs(value));
  const bits = view.getBigUint64(0);
  const [field, fraction] = [Number(bits >> 52n), bits & 0xfffffffffffffn];
  const sign = signOf(value < 0, { ...verb, letter: "f" });
  if (verb.letter === "b") {
    const mantissa = field === 0 ? fraction : fraction | (1n << 52n);
    return pad(`${sign}${mantissa}p${power(Math.max(field, 1) - 1075, 1)}`, verb);
  }
  const digits = fraction.toString(16).padStart(13, "0").replace(/0+$/, "");
  const exponent = value === 0 ? 0 : Math.max(field, 1) - 1023;
  const head = value === 0 || field === 0 ? "0" : "1";
  const text = `${sign}0x${head}${digits && `.${digits}`}p${power(exponent, 2)}`;
  return pad(verb.letter === "X" ? text.toUpperCase() : text, verb);
}

function power(exponent: number, width: number): string {
  const digits = String(Math.abs(exponent)).padStart(width, "0");
  return `${exponent < 0 ? "-" : "+"}${digits}`;
}

const BASES: Readonly<Record<string, readonly [radix: number, prefix: string]>> = {
  d: [10, ""],
  b: [2, "0b"],
  o: [8, "0"],
  O: [8, "0o"],
  x: [16, "0x"],
  X: [16, "0X"],
};

function formatInteger(value: number, verb: Verb): string {
  const { letter } = verb;
  const base = BASES[letter];
  if (base) {
    const [radix, prefix] = base;
    const digits = BigInt(Math.abs(value)).toString(radix);
    const text = letter === "X" ? digits.toUpperCase() : digits;
    return padInteger(text, value < 0, verb, verb.sharp || letter === "O" ? prefix : "");
  }
  const point = value >= 0 && value <= 0x10ffff ? value : 0xfffd;
  if (letter === "c") return pad(String.fromCodePoint(point), verb);
  if (letter === "q") return pad(quoteText(String.fromCodePoint(point), "'", verb.plus), verb);
  if (letter === "U") return pad(`U+${value.toString(16).toUpperCase().padStart(4, "0")}`, verb);
  return badVerb(value, verb);
}

function signOf(isNegative: boolean, verb: Verb): string {
  if (isNegative) return "-";
  const isPlain = verb.letter === "v" && verb.isRefused !== true;
  if (verb.plus && !isPlain) return "+";
  return verb.space ? " " : "";
}

// biome-ignore lint/complexity/useMaxParams: digits, sign, prefix and verb are four facts of one number
function padInteger(digits: string, isNegative: boolean, verb: Verb, prefix = ""): string {
  const sign = signOf(isNegative, verb);
  const { precision, width = 0 } = verb;
  if (precision === 0 && digits === "0") return " ".repeat(width);
  const isZeroPadded = verb.zero && !verb.minus && precision === undefined;
  const least = precision ?? (isZeroPadded ? width - sign.length : 0);
  const filled = digits.padStart(least, "0");
  const shown = prefix === "0" && filled.startsWith("0") ? "" : prefix;
  return pad(sign + shown + filled, { ...verb, zero: false });
}

function float(value: number, verb: Verb): string {
  const letter = verb.letter === "v" ? "g" : verb.letter.toLowerCase();
  const kind = letter === "e" || letter === "f" ? letter : "g";
  const precision = verb.precision ?? (kind === "g" ? -1 : 6);
  const text = formatFloat(value, kind, precision).replace(/^\+/, "");
  const isNegative = text.startsWith("-");
  const digits = isNegative ? text.slice(1) : text;
  const sign = signOf(isNegative, verb);
  const shown = /[EG]/.test(verb.letter) ? digits.toUpperCase() : digits;
  const fills = verb.zero && !verb.minus && Number.isFinite(value);
  const filled = fills ? shown.padStart((verb.width ?? 0) - sign.length, "0") : shown;
  return pad(sign + filled, { ...verb, zero: false });
}

function formatString(value: string, verb: Verb): string {
  switch (verb.letter) {
    case "v":
      return verb.sharp ? pad(quoteText(value, '"'), verb) : pad(cut(value, verb), verb);
    case "s":
      return pad(cut(value, verb), verb);
    case "q": {
      const text = cut(value, verb);
      const isRaw = verb.sharp && canBackQuote(text);
      return pad(isRaw ? `\`${text}\`` : quoteText(text, '"', verb.plus), verb);
    }
    case "x":
    case "X":
      return pad(hexBytes(value, verb), verb);
    default:
      return badVerb(value, verb);
  }
}

function cut(text: string, { precision }: Verb): string {
  if (precision === undefined || text.length <= precision) return text;
  return [...text].slice(0, precision).join("");
}

function hexBytes(text: string, verb: Verb): string {
  const bytes = [...new TextEncoder().encode(text).subarray(0, verb.precision)];
  const prefix = verb.sharp ? "0x" : "";
  const pairs = bytes.map((byte) => byte.toString(16).padStart(2, "0"));
  const text16 = verb.space
    ? pairs.map((pair) => prefix + pair).join(" ")
    : (pairs.length > 0 ? prefix : "") + pairs.join("");
  return verb.letter === "X" ? text16.toUpperCase() : text16;
}

/** Lists and maps: the verb is applied to every element. */
function formatCollection(value: object, verb: Verb): string {
  const isSyntax = verb.letter === "v" && verb.sharp;
  const element = (item: TemplateValue): string => {
    if (item === null || item === undefined) return isSyntax ? "interface {}(nil)" : "<nil>";
    return formatVerb(item, verb);
  };
  const members = Array.isArray(value)
    ? value.map((item: TemplateValue) => element(item))
    : sortedKeys(value).map(
        (key) => `${element(key)}:${element((value as Record<string, TemplateValue>)[key])}`,
      );
  if (isSyntax) return `${goTypeName(value as TemplateValue)}{${members.join(", ")}}`;
  return `${Array.isArray(value) ? "" : "map"}[${members.join(" ")}]`;
}

/** Widths count characters, not UTF-16 units. */
function pad(text: string, { width, minus, zero }: Verb): string {
  if (width === undefined || text.length >= width + text.length / 2) return text;
  const missing = width - [...text].length;
  if (missing <= 0) return text;
  if (minus) return text + " ".repeat(missing);
  return (zero ? "0" : " ").repeat(missing) + text;
}
