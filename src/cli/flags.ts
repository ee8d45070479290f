/**
 * Flags of one call, by long name. A flag that is absent is looked up in the environment:
 * `--log-format` as `ORK_LOG_FORMAT`, then under the names that its table row gives.
 */
import { readBoolean, readDuration } from "./flag-values.ts";
import type { OptionSpec } from "./option-spec.ts";
import { UsageError } from "./usage-error.ts";
import { unmarkText } from "./words.ts";

export interface Flags {
  has(name: string): boolean;
  /** The text of a flag, or `undefined`. */
  text(name: string): string | undefined;
  /** All values of a repeatable flag. */
  texts(name: string): readonly string[];
  /** A switch. */
  isOn(name: string): boolean;
  /** On the command line, and not by a variable. */
  isTyped(name: string): boolean;
  /** Who is to blame for its text: `Option "--listen"`, or the variable that stands in for it. */
  sourceOf(name: string): string;
}

export function readFlags(
  specs: readonly OptionSpec[],
  given: Readonly<Record<string, unknown>>,
  env: Readonly<Record<string, string | undefined>>,
): Flags {
  const values = new Map<string, readonly string[]>();
  const variables = new Map<string, string>();
  for (const spec of specs) {
    const typed = fromCommandLine(spec, given);
    const found = typed ?? fromEnvironment(spec, env);
    if (!found) continue;
    const { texts } = found;
    for (const text of texts) checkText(spec, text, found.source);
    if (!spec.isRepeatable && spec.value && texts.length > 1) {
      throw new UsageError(`Option "--${spec.name}" is given ${texts.length} times, expected once`);
    }
    values.set(spec.name, texts);
    if (!typed) variables.set(spec.name, found.source);
  }
  const sourceOf = (name: string) => variables.get(name) ?? optionSource(name);
  return {
    has: (name) => values.has(name),
    text: (name) => values.get(name)?.at(-1),
    texts: (name) => values.get(name) ?? [],
    isOn: (name) => readBoolean(values.get(name)?.at(-1) ?? "false", sourceOf(name)),
    isTyped: (name) => values.has(name) && !variables.has(name),
    sourceOf,
  };
}

interface Found {
  readonly texts: readonly string[];
  /** The flag or the variable, as the user knows it. */
  readonly source: string;
}

function fromCommandLine(
  { name }: OptionSpec,
  given: Readonly<Record<string, unknown>>,
): Found | undefined {
  const texts = textsOf(given[camelCase(name)]);
  return texts && { texts, source: optionSource(name) };
}

function optionSource(name: string): string {
  return `Option "--${name}"`;
}

function fromEnvironment(
  spec: OptionSpec,
  env: Readonly<Record<string, string | undefined>>,
): Found | undefined {
  const own = `ORK_${spec.name.toUpperCase().replaceAll("-", "_")}`;
  for (const name of [own, ...(spec.env ?? [])]) {
    const value = env[name];
    if (!value) continue;
    const texts = spec.isRepeatable ? value.split(",") : [value];
    return { texts, source: `Variable "${name}"` };
  }
  return undefined;
}

/** What can be told without knowing the command, before it looks at anything. */
function checkText({ value, choices }: OptionSpec, text: string, source: string): void {
  if (value === undefined) readBoolean(text, source);
  if (value === "duration") readDuration(text, source);
  if (!choices || choices.includes(text)) return;
  throw new UsageError(`${source} is "${text}", expected one of: ${choices.join(", ")}`);
}

/** cac gives a scalar for one value and a list for several. */
function textsOf(value: unknown): readonly string[] | undefined {
  if (value === undefined) return undefined;
  return (Array.isArray(value) ? value : [value])
    .filter((item) => item !== undefined)
    .map((item) => unmarkText(String(item)));
}

function camelCase(name: string): string {
  return name.replace(/-([a-z])/g, (_, letter: string) => letter.toUpperCase());
}
