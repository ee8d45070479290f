/**
 * Flags of one call, by long name. A flag that is absent is looked up in the environment:
 * `--log-format` as `ORK_LOG_FORMAT`, then under the names that its table row gives.
 */
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
}

export function readFlags(
  specs: readonly OptionSpec[],
  given: Readonly<Record<string, unknown>>,
  env: Readonly<Record<string, string | undefined>>,
): Flags {
  const values = new Map<string, readonly string[]>();
  for (const spec of specs) {
    const texts = textsOf(given[camelCase(spec.name)]) ?? fromEnvironment(spec, env);
    if (!texts) continue;
    checkChoices(spec, texts);
    if (!spec.isRepeatable && spec.value && texts.length > 1) {
      throw new UsageError(`Option "--${spec.name}" is given ${texts.length} times, expected once`);
    }
    values.set(spec.name, texts);
  }
  return {
    has: (name) => values.has(name),
    text: (name) => values.get(name)?.at(-1),
    texts: (name) => values.get(name) ?? [],
    isOn: (name) => !["false", "0", "no", ""].includes(values.get(name)?.at(-1) ?? ""),
  };
}

function fromEnvironment(
  spec: OptionSpec,
  env: Readonly<Record<string, string | undefined>>,
): readonly string[] | undefined {
  const own = `ORK_${spec.name.toUpperCase().replaceAll("-", "_")}`;
  for (const name of [own, ...(spec.env ?? [])]) {
    const value = env[name];
    if (value) return spec.isRepeatable ? value.split(",") : [value];
  }
  return undefined;
}

function checkChoices({ name, choices }: OptionSpec, texts: readonly string[]): void {
  const bad = choices && texts.find((text) => !choices.includes(text));
  if (bad === undefined) return;
  throw new UsageError(`Option "--${name}" is "${bad}", expected one of: ${choices?.join(", ")}`);
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
