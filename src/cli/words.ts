/**
 * The words of a command line, on their way to cac and back, so that nothing of them gets lost:
 *
 * - cac takes what looks like a number for one: the namespace "007" would become "7", an empty value
 *   "0"; and "-", standard input, for a flag. A mark in front keeps a word text until it is read;
 * - of `-f a --file b` cac keeps one: every short name becomes its long one;
 * - of `--sandbox=no` cac makes `--sandbox` and the argument `no`: every value of a switch becomes one that
 *   it knows;
 * - what follows "--" it puts aside, and nobody would miss it: those are arguments.
 */
import { readBoolean } from "./flag-values.ts";
import type { OptionSpec } from "./option-spec.ts";

const MARK = "\u0001";

export function prepareWords(
  words: readonly string[],
  options: readonly OptionSpec[],
): readonly string[] {
  const end = words.indexOf("--");
  if (end >= 0) {
    const rest = words.slice(end + 1).map((word) => `${MARK}${word}`);
    return [...prepareWords(words.slice(0, end), options), ...rest];
  }
  return words.map((word) => {
    const onOff = switchOf(lengthen(word, options), options);
    if (onOff !== undefined) return onOff;
    const [, flag = "", value = word] = /^(--?[^=]+=)(.*)$/s.exec(word) ?? [];
    if (value === "-" || !Number.isNaN(Number(value)))
      return `${lengthen(flag, options)}${MARK}${value}`;
    return lengthen(word, options);
  });
}

/** `--sandbox=No` as `--sandbox=false`; `undefined` for all that is no switch with a value. */
function switchOf(word: string, options: readonly OptionSpec[]): string | undefined {
  const [, name, value = ""] = /^--([^=]+)=(.*)$/s.exec(word) ?? [];
  const same = options.filter((option) => option.name === name);
  if (same.length === 0 || same.some((option) => option.value !== undefined)) return undefined;
  return `--${name}=${readBoolean(value, `Option "--${name}"`)}`;
}

/** Takes the mark away again. */
export function unmarkText(word: string): string {
  return word.startsWith(MARK) ? word.slice(MARK.length) : word;
}

/** `-f` and `-f=x`; anything else is left as it is. */
function lengthen(word: string, options: readonly OptionSpec[]): string {
  const [, short, rest = ""] = /^-([a-zA-Z])(=.*)?$/s.exec(word) ?? [];
  const option = short && options.find((each) => each.short === short);
  return option ? `--${option.name}${rest}` : word;
}
