/** Sprig's functions of texts. Lengths and positions count bytes, as in Go. */

import { typed } from "../../template/go-object.ts";
import { goText } from "../../template/go-print.ts";
import { quoteText } from "../../template/go-quote.ts";
import type { TemplateValue } from "../../template/template.ts";
import { asMapValue, mapOf } from "../go-map.ts";
import { byteCharacters, byteLength, countOf, sliceBytes } from "./bytes-text.ts";
import { joinedCase, pascalCase } from "./cases.ts";
import { textOf, toStrings } from "./reflect.ts";
import { type HelmArguments, helmFunctions } from "./signature.ts";

export const stringFunctions = helmFunctions(
  [
    ["hello", () => "Hello!"],
    ["abbrev width text", (args) => abbreviate(args.text(1), 0, args.int(0))],
    ["abbrevboth left right text", abbreviateBoth],
    ["trunc length text", (args) => truncate(args.text(1), args.int(0))],
    ["trim text", (args) => trimSpace(args.text(0))],
    ["upper text", (args) => args.text(0).toUpperCase()],
    ["lower text", (args) => args.text(0).toLowerCase()],
    ["title text", (args) => title(args.text(0))],
    ["untitle text", (args) => eachWordStart(args.text(0), (letter) => letter.toLowerCase())],
    ["substr start end text", substring],
    ["repeat count text", repeat],
    ["trimall set text", (args) => trimSet(args.text(1), args.text(0))],
    ["trimAll set text", (args) => trimSet(args.text(1), args.text(0))],
    [
      "trimSuffix suffix text",
      (args) => {
        const [suffix, text] = [args.text(0), args.text(1)];
        return suffix !== "" && text.endsWith(suffix) ? text.slice(0, -suffix.length) : text;
      },
    ],
    [
      "trimPrefix prefix text",
      (args) => {
        const [prefix, text] = [args.text(0), args.text(1)];
        return text.startsWith(prefix) ? text.slice(prefix.length) : text;
      },
    ],
    [
      "nospace text",
      (args) =>
        byteCharacters(args.text(0))
          .filter((c) => !isSpace(c))
          .join(""),
    ],
    ["initials text", (args) => initials(args.text(0))],
    ["swapcase text", (args) => swapCase(args.text(0))],
    ["snakecase text", (args) => joinedCase(args.text(0), "_")],
    ["camelcase text", (args) => pascalCase(args.text(0))],
    ["kebabcase text", (args) => joinedCase(args.text(0), "-")],
    ["wrap width text", (args) => wrapText(args.text(1), { width: args.int(0), line: "\n" })],
    [
      "wrapWith width separator text",
      (args) => {
        const line = args.text(1) === "" ? "\n" : args.text(1);
        const lines = Math.ceil(args.text(2).length / Math.max(1, args.int(0)));
        args.call.meter.spendOnLength(lines * line.length);
        return wrapText(args.text(2), { width: args.int(0), line, cutsWords: true });
      },
    ],
    ["contains part text", (args) => args.text(1).includes(args.text(0))],
    ["hasPrefix prefix text", (args) => args.text(1).startsWith(args.text(0))],
    ["hasSuffix suffix text", (args) => args.text(1).endsWith(args.text(0))],
    [
      "quote value...",
      (args) =>
        present(args)
          .map((value) => quoteText(textOf(value), '"'))
          .join(" "),
    ],
    [
      "squote value...",
      (args) =>
        present(args)
          .map((value) => `'${goText(value, "")}'`)
          .join(" "),
    ],
    [
      "cat value...",
      (args) =>
        present(args)
          .map((value) => goText(value, ""))
          .join(" "),
    ],
    ["indent spaces text", (args) => indent(args)],
    ["nindent spaces text", (args) => `\n${indent(args)}`],
    [
      "replace old new text",
      (args) => {
        const [old, next, text] = [args.text(0), args.text(1), args.text(2)];
        const count = countOf(text, old);
        args.call.meter.spendOnLength(text.length + count * Math.max(next.length - old.length, 0));
        if (old !== "") return text.replaceAll(old, () => next);
        return next + [...text].map((character) => character + next).join("");
      },
    ],
    ["plural one many count", (args) => (args.int(2) === 1 ? args.text(0) : args.text(1))],
    ["toString value", (args) => textOf(args.any(0))],
    ["toStrings value", (args) => stringList(toStrings(args.any(0)))],
    [
      "join separator list",
      (args) => {
        const parts = toStrings(args.any(1));
        args.call.meter.spendOnLength(parts.length * args.text(0).length);
        return parts.join(args.text(0));
      },
    ],
    ["split separator text", (args) => numbered(splitAll(args, 1), args)],
    ["splitn separator count text", splitSome],
    ["splitList separator text", (args) => stringList(splitAll(args, 1))],
  ],
  {
    characters:
      "trimall trimAll title untitle nospace initials swapcase snakecase camelcase kebabcase wrap wrapWith quote",
  },
);

/** A `[]string`. */
export function stringList(texts: readonly string[]): TemplateValue {
  return typed([...texts], "[]string");
}

function present(args: HelmArguments): readonly TemplateValue[] {
  return args.values.filter((value) => value !== null && value !== undefined);
}

function abbreviate(text: string, offset: number, width: number): string {
  if (width < 4 || byteLength(text) <= width) return text;
  const length = byteLength(text);
  const room = width - 3;
  const from = length - Math.min(offset, length) < room ? length - room : Math.min(offset, length);
  if (from <= 4) return `${sliceBytes(text, 0, room)}...`;
  if (width < 7) return "";
  if (from + room < length) return `...${abbreviate(sliceBytes(text, from), 0, room)}`;
  return `...${sliceBytes(text, length - room)}`;
}

function abbreviateBoth(args: HelmArguments): string {
  const [left, right, text] = [args.int(0), args.int(1), args.text(2)];
  return right < 4 || (left > 0 && right < 7) ? text : abbreviate(text, left, right);
}

function truncate(text: string, length: number): string {
  const size = byteLength(text);
  if (length < 0 && size + length > 0) return sliceBytes(text, size + length);
  return length >= 0 && size > length ? sliceBytes(text, 0, length) : text;
}

/** `unicode.IsSpace` */
const SPACE = /^[\t\n\v\f\r \u0085\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]$/;

function isSpace(character: string): boolean {
  return SPACE.test(character);
}

export function trimSpace(text: string): string {
  let [start, end] = [0, text.length];
  while (start < end && isSpace(text.charAt(start))) start++;
  while (end > start && isSpace(text.charAt(end - 1))) end--;
  return text.slice(start, end);
}

function trimSet(text: string, characters: string): string {
  const set = new Set(characters);
  const all = [...text];
  const first = all.findIndex((character) => !set.has(character));
  if (first < 0) return "";
  return all.slice(first, all.findLastIndex((character) => !set.has(character)) + 1).join("");
}

/** Go's `strings.Title`: a letter after anything but letters, digits and `_`. */
function title(text: string): string {
  let previous = " ";
  return [...text]
    .map((character) => {
      const isStart = isSeparator(previous);
      previous = character;
      return isStart ? titleCase(character) : character;
    })
    .join("");
}

function isSeparator(character: string): boolean {
  const point = character.codePointAt(0) ?? 0;
  if (point <= 0x7f) return !/[A-Za-z0-9_]/.test(character);
  return !/[\p{L}\p{Nd}]/u.test(character) && isSpace(character);
}

function titleCase(character: string): string {
  const upper = character.toUpperCase();
  return [...upper].length === 1 ? upper : character;
}

function eachWordStart(text: string, change: (letter: string) => string): string {
  let isAtStart = true;
  return [...text]
    .map((character) => {
      const isGap = isSpace(character);
      const result = isAtStart && !isGap ? change(character) : character;
      isAtStart = isGap;
      return result;
    })
    .join("");
}

function swapCase(text: string): string {
  return [...text]
    .map((character) => {
      if (/^[\p{Lu}\p{Lt}]$/u.test(character)) return character.toLowerCase();
      return /^\p{Ll}$/u.test(character) ? titleCase(character) : character;
    })
    .join("");
}

function initials(text: string): string {
  let isGap = true;
  let output = "";
  for (const character of byteCharacters(text)) {
    const isSpaceHere = isSpace(character);
    if (!isSpaceHere && isGap) output += character;
    isGap = isSpaceHere;
  }
  return output;
}

function substring(args: HelmArguments): string {
  const [start, end, text] = [args.int(0), args.int(1), args.text(2)];
  const size = byteLength(text);
  const [from, to] = start < 0 ? [0, end] : [start, end < 0 || end > size ? size : end];
  if (from > to || to > size || to < 0) {
    args.fail(`slice bounds out of range: ${from} to ${to} of ${size}`);
  }
  return sliceBytes(text, from, to);
}

function repeat(args: HelmArguments): string {
  const [count, text] = [args.int(0), args.text(1)];
  if (count < 0) args.fail("negative Repeat count");
  args.call.meter.spendOnLength(count * text.length);
  return text.repeat(count);
}

function indent(args: HelmArguments): string {
  const [spaces, text] = [args.int(0), args.text(1)];
  if (spaces < 0) args.fail("negative Repeat count");
  args.call.meter.spend(countOf(text, "\n"));
  const lines = text.split("\n");
  args.call.meter.spendOnLength(text.length + spaces * lines.length);
  const pad = " ".repeat(spaces);
  return pad + lines.join(`\n${pad}`);
}

interface Wrapping {
  readonly width: number;
  readonly line: string;
  readonly cutsWords?: boolean;
}

/** Widths count bytes. */
function wrapText(text: string, { width, line, cutsWords = false }: Wrapping): string {
  const limit = Math.max(1, width);
  const all = byteCharacters(text).join("");
  let [output, offset] = ["", 0];
  while (all.length - offset > limit) {
    if (all[offset] === " ") {
      offset++;
      continue;
    }
    const gap = all.slice(offset, offset + limit + 1).lastIndexOf(" ") + offset;
    if (gap >= offset) {
      output += all.slice(offset, gap) + line;
      offset = gap + 1;
    } else if (cutsWords) {
      output += all.slice(offset, offset + limit) + line;
      offset += limit;
    } else {
      const next = all.indexOf(" ", offset + limit);
      output += next < 0 ? all.slice(offset) : all.slice(offset, next) + line;
      offset = next < 0 ? all.length : next + 1;
    }
  }
  const bytes = Buffer.from(output + all.slice(offset), "latin1");
  return bytes.toString("utf8");
}

/** The separator is the first argument. */
function splitAll(args: HelmArguments, textAt: number): readonly string[] {
  const [separator, text] = [args.text(0), args.text(textAt)];
  args.call.meter.spend(countOf(text, separator));
  return separator === "" ? [...text] : text.split(separator);
}

function splitSome(args: HelmArguments): TemplateValue {
  const [separator, count] = [args.text(0), args.int(1)];
  if (count === 0) return numbered([], args);
  const parts = splitAll(args, 2);
  if (count < 0 || parts.length <= count) return numbered(parts, args);
  const rest = parts.slice(count - 1).join(separator);
  return numbered([...parts.slice(0, count - 1), rest], args);
}

/** A key of a large map takes as much as so many elements of a list. */
const KEY_STEPS = 10;

/** `_0`, `_1` … as sprig's `split` names the parts. */
function numbered(parts: readonly string[], { call: { meter } }: HelmArguments): TemplateValue {
  meter.spend(parts.length * KEY_STEPS);
  const map = mapOf(parts.map((part, index) => [`_${index}`, part] as const));
  return asMapValue(typed(map, "map[string]string"));
}
