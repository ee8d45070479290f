/**
 * Values ⇄ TOML. Reading is `smol-toml`'s; writing follows the layout of the library that Helm
 * uses: keys in order, plain values before tables, tables of tables indented by two spaces.
 */
import { parse } from "smol-toml";
import { formatFloat } from "../template/go-number.ts";
import { asValue, GoNumber, type GoObject, isGoObject } from "../template/go-object.ts";
import { compareTexts } from "../template/go-value.ts";
import type { TemplateValue } from "../template/template.ts";
import { asMapValue, type GoMap, isMap, mapOf } from "./go-map.ts";
import { GoTime } from "./objects/time.ts";

/** Throws `Error` for text that is no TOML. Whole numbers are `int64`. */
export function readToml(text: string): TemplateValue {
  return fromToml(parse(text, { integersAsBigInt: true }));
}

function fromToml(value: unknown): TemplateValue {
  if (typeof value === "bigint") return asValue(new GoNumber(Number(value), "int64"));
  if (typeof value === "number") {
    return Number.isInteger(value) ? asValue(new GoNumber(value, "float64")) : value;
  }
  if (value instanceof Date) return value.toISOString();
  if (Array.isArray(value)) return value.map((item) => fromToml(item) as never);
  if (typeof value === "object" && value !== null) {
    return asMapValue(mapOf(Object.entries(value).map(([key, item]) => [key, fromToml(item)])));
  }
  return value as TemplateValue;
}

/** What is no map is written as a value is. Throws `Error` for what TOML has no form for. */
export function tomlText(given: TemplateValue): string {
  const value = isGoObject(given) && given.kind === "map" ? fieldsOf(given) : given;
  if (isTable(value) && Array.isArray(value)) {
    throw new Error("toml: top-level values must be Go maps or structs");
  }
  return isMap(value) ? new Writer().run(value) : inline(value);
}

class Writer {
  #output = "";

  run(map: GoMap): string {
    this.#table(map, []);
    return this.#output;
  }

  /** Plain values first, then the tables. */
  #table(map: GoMap, path: readonly string[]): void {
    const keys = Object.keys(map)
      .filter((key) => map[key] !== null && map[key] !== undefined)
      .sort(compareTexts);
    const pad = "  ".repeat(path.length);
    for (const key of keys.filter((name) => !isTable(map[name]))) {
      this.#output += `${pad}${keyText(key)} = ${inline(map[key])}\n`;
    }
    for (const key of keys.filter((name) => isTable(map[name]))) {
      const value = map[key];
      const inner = [...path, key];
      if (Array.isArray(value)) for (const item of value) this.#head(inner, item as GoMap, true);
      else this.#head(inner, value as GoMap, false);
    }
  }

  #head(path: readonly string[], map: GoMap, isElement: boolean): void {
    const name = path.map(keyText).join(".");
    const pad = "  ".repeat(path.length - 1);
    if (path.length === 1 && this.#output !== "") this.#output += "\n";
    this.#output += `${pad}${isElement ? `[[${name}]]` : `[${name}]`}\n`;
    this.#table(map, path);
  }
}

/** A map, or a list of maps alone. */
function isTable(value: TemplateValue): boolean {
  if (Array.isArray(value)) return value.length > 0 && value.every((item) => isMap(item));
  return isMap(value);
}

function keyText(key: string): string {
  return /^[A-Za-z0-9_-]+$/.test(key) ? key : quote(key);
}

function inline(value: TemplateValue): string {
  if (typeof value === "string") return quote(value);
  if (typeof value === "boolean") return String(value);
  if (typeof value === "number" || value instanceof GoNumber) return numeric(value as GoNumber);
  if (Array.isArray(value)) {
    if (value.some((item) => item === null))
      throw new Error("toml: cannot encode array with nil element");
    return `[${value.map((item: TemplateValue) => inline(item)).join(", ")}]`;
  }
  if (value instanceof GoTime) return String(value.plain());
  if (isGoObject(value)) return value.kind === "slice" ? inlineList(value) : quote(value.text());
  if (isMap(value)) {
    const members = Object.keys(value)
      .sort(compareTexts)
      .map((key) => `${keyText(key)} = ${inline(value[key])}`);
    return `{${members.join(", ")}}`;
  }
  throw new Error("toml: cannot encode nil");
}

function inlineList(value: GoObject): string {
  return `[${(value.entries() ?? []).map(([, item]) => inline(item)).join(", ")}]`;
}

/** The files of a chart are a map of bytes. */
function fieldsOf(value: GoObject): TemplateValue {
  const entries = (value.entries() ?? []).map(([key, item]) => [String(key), item] as const);
  return asMapValue(mapOf(entries));
}

function numeric(value: number | GoNumber): string {
  const number = typeof value === "number" ? value : value.value;
  const isFloat = typeof value === "number" ? !Number.isInteger(value) : value.isFloat;
  if (!isFloat) return String(number);
  if (Number.isNaN(number)) return "nan";
  if (!Number.isFinite(number)) return number > 0 ? "inf" : "-inf";
  const text = formatFloat(number, "g", -1);
  if (text.includes("e")) return text;
  return text.includes(".") ? text : `${text}.0`;
}

const ESCAPES: Readonly<Record<string, string>> = {
  "\b": "\\b",
  "\t": "\\t",
  "\n": "\\n",
  "\f": "\\f",
  "\r": "\\r",
  '"': '\\"',
  "\\": "\\\\",
};

function quote(text: string): string {
  let quoted = "";
  for (const character of text) {
    const point = character.codePointAt(0) ?? 0;
    const known = ESCAPES[character];
    if (known !== undefined) quoted += known;
    else if (point < 0x20 || point === 0x7f) {
      quoted += `\\u${point.toString(16).padStart(4, "0")}`;
    } else quoted += character;
  }
  return `"${quoted}"`;
}
