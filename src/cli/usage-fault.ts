/**
 * What cac says of a command line → what was typed, and what to type instead. cac knows flags in its own
 * spelling (`dryRun`) and arguments without their commands.
 */
import { suggest } from "../std/suggest.ts";
import type { OptionSpec } from "./option-spec.ts";
import type { CommandSpec } from "./spec.ts";
import { UsageError } from "./usage-error.ts";
import { unmarkText } from "./words.ts";

export interface TypedCommand {
  readonly spec: CommandSpec;
  /** Of all commands: what a short name stands for. */
  readonly options: readonly OptionSpec[];
  /** Without the runtime and the program. */
  readonly argv: readonly string[];
  readonly program: string;
}

export function usageFault(message: string, typed: TypedCommand): UsageError {
  const [, option] = /^Unknown option `-+(.+)`$/.exec(message) ?? [];
  if (option !== undefined) return unknownOption(option, typed);
  const [, argument] = /^missing required args for command `.*?<(.+?)>/.exec(message) ?? [];
  if (argument !== undefined) return missingArgument(argument, typed);
  const [, unused] = /^Unused args: `?(.*?)`?$/s.exec(message) ?? [];
  return unused === undefined ? new UsageError(message) : unusedArgument(unused, typed);
}

/** Flags of other tools (without dashes), and the command that does what they do. */
const ELSEWHERE: ReadonlyMap<string, string> = new Map([["dryrun", "plan"]]);

function unknownOption(option: string, typed: TypedCommand): UsageError {
  const { spec, program } = typed;
  const name = typedName(option, typed);
  const said = `Unknown option \`${name.length > 1 ? "--" : "-"}${name}\``;
  const instead = ELSEWHERE.get(withoutDashes(name));
  if (instead !== undefined && instead !== spec.name) {
    return new UsageError(`${said}: "${program} ${instead}" says what a start would do`);
  }
  const near = suggest(
    name,
    spec.options.map((one) => one.name),
  );
  return new UsageError(near ? `${said}, did you mean "--${near}"?` : said);
}

/** `dryRun` as it was typed: `dry-run`; and `output`: `o`. */
function typedName(option: string, { argv, options }: TypedCommand): string {
  const names = argv.flatMap((word) => /^--?([^=]+)/.exec(word)?.[1] ?? []);
  const isSame = (name: string) => withoutDashes(name) === withoutDashes(option);
  const isShort = (name: string) =>
    options.some((one) => one.short === name && one.name === option);
  return (
    names.find((name) => name === option) ?? names.find(isSame) ?? names.find(isShort) ?? option
  );
}

function withoutDashes(name: string): string {
  return name.replaceAll("-", "").toLowerCase();
}

function missingArgument(argument: string, { spec, program }: TypedCommand): UsageError {
  const { name, words, examples } = spec;
  const expected = words ? `one of: ${words.join(", ")}` : `as in "${program} ${examples[0]}"`;
  return new UsageError(
    `"${program} ${name}" needs an argument <${argument}>, ${words ? "expected " : ""}${expected}`,
  );
}

function unusedArgument(unused: string, { spec, argv, program }: TypedCommand): UsageError {
  const all = unused.split("`, `").map(unmarkText);
  const words = all.join(" ");
  const said = `Unexpected argument "${words}"`;
  if (argv.includes("--")) {
    return new UsageError(`${said}: what follows "--" is no option of "${program}"`);
  }
  const takesFile = spec.options.some(({ name }) => name === "file");
  if (!takesFile) return new UsageError(`${said}: "${program} ${spec.name}" takes none`);
  const [first = words] = all;
  return new UsageError(
    `${said}: name the Katalog with -f, as in "${program} ${spec.name} -f ${first}"`,
  );
}
