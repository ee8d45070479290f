/**
 * Values → YAML text as Helm's `toYaml` and `toYamlPretty` write it: the layout, the order of keys
 * and the quoting of go-yaml (v2 for the first, v3 with indented lists for the second), so that text
 * that charts embed is the same, byte for byte.
 */
import { formatFloat } from "../template/go-number.ts";
import { GoNumber, isGoObject } from "../template/go-object.ts";
import type { TemplateValue } from "../template/template.ts";
import { isMap } from "./go-map.ts";
import { compareKeys } from "./key-order.ts";
import { GoDuration, GoTime } from "./objects/time.ts";
import { resolvePlain } from "./yaml-scalar.ts";

export interface YamlStyle {
  /** Columns per level of a map inside a map. */
  readonly indent: number;
  /** Whether the dashes of a list in a map stand under its key or one level further in. */
  readonly indentsLists: boolean;
  /** `v2` takes a float64 without a fraction for an integer, as its way through JSON does. */
  readonly flavour: "v2" | "v3";
}

export const TO_YAML: YamlStyle = { indent: 2, indentsLists: false, flavour: "v2" };
export const TO_YAML_PRETTY: YamlStyle = { indent: 2, indentsLists: true, flavour: "v3" };

/** The text, with a line feed at its end. */
export function yamlText(value: TemplateValue, style: YamlStyle): string {
  return `${new Writer(style).root(value)}\n`.replace(/^\n/, "");
}

class Writer {
  readonly #style: YamlStyle;

  constructor(style: YamlStyle) {
    this.#style = style;
  }

  root(given: TemplateValue): string {
    const value = this.#plain(given);
    const isCollection = Array.isArray(value) || isMap(value);
    return this.#node(value, isCollection ? 0 : this.#style.indent, 0);
  }

  /**
   * What stands after a key or a dash, or alone; a collection with members starts on a new line.
   * Its lines begin at `column`; `start` is where its first character stands.
   */
  #node(given: TemplateValue, column: number, start: number): string {
    const value = this.#plain(given);
    if (Array.isArray(value)) return value.length === 0 ? "[]" : this.#list(value, column);
    if (isMap(value)) {
      const keys = Object.keys(value).sort(compareKeys);
      return keys.length === 0 ? "{}" : this.#map(value, keys, column);
    }
    return this.#scalar(value, column, start);
  }

  /** v2 comes by way of JSON; v3 knows times and durations. */
  #plain(value: TemplateValue): TemplateValue {
    if (!isGoObject(value) || value instanceof GoNumber || value instanceof GoTime) return value;
    return this.#style.flavour === "v3" && value instanceof GoDuration
      ? value.text()
      : value.plain();
  }

  #list(items: readonly TemplateValue[], column: number): string {
    const pad = " ".repeat(column);
    const inner = column + 2;
    return items
      .map((item) => `\n${pad}- ${inline(this.#node(item, inner, inner), inner)}`)
      .join("");
  }

  #map(map: Fields, keys: readonly string[], column: number): string {
    const pad = " ".repeat(column);
    return keys
      .map((key) => {
        if (!isSimpleKey(key)) return this.#explicit(key, map[key], column);
        const shown = quoteString(key, { isKey: true, column, start: column, style: this.#style });
        const start = column + [...shown].length + 2;
        const text = this.#node(map[key], this.#columnOf(map[key], column), start);
        return `\n${pad}${shown}:${text.startsWith("\n") ? "" : " "}${text}`;
      })
      .join("");
  }

  #columnOf(value: TemplateValue, column: number): number {
    const isFlatList = Array.isArray(value) && !this.#style.indentsLists;
    return isFlatList ? column : column + this.#style.indent;
  }

  /** The form for keys that are long or have several lines. */
  #explicit(key: string, value: TemplateValue, column: number): string {
    const pad = " ".repeat(column);
    const inner = column + this.#style.indent;
    const place = { isKey: false, column: inner, start: column + 2, style: this.#style };
    const text = inline(this.#node(value, inner, column + 2), inner);
    return `\n${pad}? ${quoteString(key, place)}\n${pad}: ${text}`;
  }

  #scalar(value: TemplateValue, column: number, start: number): string {
    if (value === null || value === undefined) return "null";
    if (typeof value === "boolean") return String(value);
    if (typeof value === "number" || value instanceof GoNumber) {
      return yamlNumber(value as number | GoNumber, this.#style);
    }
    if (value instanceof GoTime) {
      const text = String(value.plain());
      return this.#style.flavour === "v3" ? text : `"${text}"`;
    }
    return quoteString(String(value), { isKey: false, column, start, style: this.#style });
  }
}

/** The first line of a collection stands right after the dash. */
function inline(text: string, column: number): string {
  return text.startsWith("\n") ? text.slice(1 + column) : text;
}

function isSimpleKey(key: string): boolean {
  return !BREAKS.test(key) && Buffer.byteLength(key) <= MAX_SIMPLE_KEY;
}

const MAX_SIMPLE_KEY = 128;

type Fields = Readonly<Record<string, TemplateValue>>;

function yamlNumber(value: number | GoNumber, { flavour }: YamlStyle): string {
  const number = typeof value === "number" ? value : value.value;
  const isFloat = typeof value === "number" ? !Number.isInteger(value) : value.isFloat;
  if (!isFloat) return String(number === 0 ? 0 : number);
  const isWholeText = Number.isInteger(number) && Math.abs(number) < 1e21;
  // On its way through JSON it was written without an exponent, and so read back as an integer.
  if (flavour === "v2" && isWholeText) {
    const isInteger = Math.abs(number) < 2 ** 63;
    if (isInteger) return BigInt(number).toString();
  }
  if (Number.isNaN(number)) return ".nan";
  if (!Number.isFinite(number)) return number > 0 ? ".inf" : "-.inf";
  return formatFloat(number, "g", -1).replace(/^(-?\d+)$/, "$1");
}

interface Place {
  readonly isKey: boolean;
  /** Where lines after the first begin. */
  readonly column: number;
  /** Where the first line begins. */
  readonly start: number;
  readonly style: YamlStyle;
}

/** Base 60 numbers of YAML 1.1, which other readers still know. */
const BASE_60 = /^[-+]?[0-9][0-9_]*(?::[0-5]?[0-9])+(?:\.[0-9_]*)?$/;
const OLD_BOOLEAN = /^(?:y|Y|yes|Yes|YES|on|On|ON|n|N|no|No|NO|off|Off|OFF)$/;

function quoteString(text: string, place: Place): string {
  const { flavour } = place.style;
  const isResolved = resolvePlain(text, flavour) !== text || BASE_60.test(text);
  const canBePlain = !isResolved && !(flavour === "v3" && OLD_BOOLEAN.test(text));
  const facts = analyse(text);
  if (text.includes("\n")) {
    if (facts.isBlockAllowed && !place.isKey) return literal(text, place);
    return doubleQuoted(text, place);
  }
  if (!canBePlain) return doubleQuoted(text, place);
  if (facts.isPlainAllowed && !(text === "" && place.isKey)) return fold([...text], place, "plain");
  if (!facts.isSingleAllowed) return doubleQuoted(text, place);
  const characters = [...text].map((character) => (character === "'" ? "''" : character));
  return `'${fold(characters, place, "single")}'`;
}

/** Of a line, after which the next space is a line break (v2 alone). */
const BEST_WIDTH = 80;

/** Breaks long lines at single spaces, as the emitter of go-yaml v2 does. */
function fold(
  parts: readonly string[],
  { isKey, column, start, style }: Place,
  form: "plain" | "single" | "double",
): string {
  if (isKey || style.flavour === "v3") return parts.join("");
  let at = start + (form === "plain" ? 0 : 1);
  let [output, wasSpace] = ["", false];
  parts.forEach((part, index) => {
    const isSpace = part === " ";
    const isInside = form === "plain" || (index > 0 && index < parts.length - 1);
    const isNextSpace = parts[index + 1] === " ";
    const isLone = form === "double" || !isNextSpace;
    if (isSpace && !wasSpace && at > BEST_WIDTH && isInside && isLone) {
      output += `\n${" ".repeat(column)}${isNextSpace ? "\\" : ""}`;
      at = column + (isNextSpace ? 1 : 0);
    } else {
      output += part;
      at += [...part].length;
    }
    wasSpace = isSpace;
  });
  return output;
}

interface Facts {
  readonly isPlainAllowed: boolean;
  readonly isSingleAllowed: boolean;
  readonly isBlockAllowed: boolean;
}

const BREAKS = /[\r\n\u0085\u2028\u2029]/;

/** What the emitter of libyaml allows for a text outside of flow collections. */
function analyse(text: string): Facts {
  if (text === "") return { isPlainAllowed: true, isSingleAllowed: true, isBlockAllowed: false };
  const hasIndicator =
    /^(?:---|\.\.\.)/.test(text) ||
    /^[#,[\]{}&*!|>'"%@`]/.test(text) ||
    /^[?:-](?:[ \t]|$)/.test(text) ||
    /:(?:[ \t]|$)/.test(text) ||
    /[ \t\r\n\u0085\u2028\u2029\0]#/.test(text);
  const isSpecial = hasUnprintable(text);
  const hasBreak = BREAKS.test(text);
  const hasOuterSpace = /^[ \r\n\u0085\u2028\u2029]|[ \r\n\u0085\u2028\u2029]$/.test(text);
  const breakThenSpace = /[\r\n\u0085\u2028\u2029] /.test(text);
  const spaceThenBreak = / [\r\n\u0085\u2028\u2029]/.test(text);
  return {
    isPlainAllowed: !hasIndicator && !isSpecial && !hasBreak && !hasOuterSpace,
    isSingleAllowed: !breakThenSpace && !spaceThenBreak && !isSpecial,
    isBlockAllowed: !text.endsWith(" ") && !spaceThenBreak && !isSpecial,
  };
}

/** Go-yaml prints what lies in these ranges as it is. */
function hasUnprintable(text: string): boolean {
  for (const character of text) if (!isPrintable(character.codePointAt(0) ?? 0)) return true;
  return false;
}

function isPrintable(point: number): boolean {
  return (
    point === 0x0a ||
    (point >= 0x20 && point <= 0x7e) ||
    (point >= 0xa0 && point <= 0xd7ff) ||
    (point >= 0xe000 && point <= 0xfffd && point !== 0xfeff)
  );
}

function literal(text: string, { column, style }: Place): string {
  const pad = " ".repeat(column);
  const hint = /^[ \n]/.test(text) ? String(style.indent) : "";
  const chomp = text.endsWith("\n") ? (/^\n$|\n\n$/.test(text) ? "+" : "") : "-";
  const body = text.endsWith("\n") ? text.slice(0, -1) : text;
  const lines = body.split("\n").map((line) => (line === "" ? "" : pad + line));
  return `|${hint}${chomp}\n${lines.join("\n")}`;
}

const ESCAPES: Readonly<Record<string, string>> = {
  "\0": "\\0",
  "\u0007": "\\a",
  "\b": "\\b",
  "\t": "\\t",
  "\n": "\\n",
  "\v": "\\v",
  "\f": "\\f",
  "\r": "\\r",
  "\u001b": "\\e",
  '"': '\\"',
  "\\": "\\\\",
  "\u0085": "\\N",
  "\u00a0": "\\_",
  "\u2028": "\\L",
  "\u2029": "\\P",
};

function doubleQuoted(text: string, place: Place): string {
  const parts = [...text].map((character) => {
    const point = character.codePointAt(0) ?? 0;
    const isSafe = isPrintable(point) && !/["\\\n\u0085\u2028\u2029]/.test(character);
    return isSafe ? character : (ESCAPES[character] ?? escapePoint(point));
  });
  return `"${fold(parts, place, "double")}"`;
}

function escapePoint(point: number): string {
  const digits = point.toString(16).toUpperCase();
  if (point <= 0xff) return `\\x${digits.padStart(2, "0")}`;
  if (point <= 0xffff) return `\\u${digits.padStart(4, "0")}`;
  return `\\U${digits.padStart(8, "0")}`;
}
