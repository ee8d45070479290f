/** The help of the program and of one command, from the tables. Pure. */
import type { OptionSpec } from "./option-spec.ts";
import type { CommandSpec } from "./spec.ts";
import { version } from "./version.ts";

const HELP: OptionSpec = { name: "help", short: "h", summary: "Display this message" };
const VERSION: OptionSpec = { name: "version", summary: "Print the version" };

/** What `ork --help` prints. */
export function programHelp(commands: readonly CommandSpec[], program: string): string {
  return sections([
    ["", [`${program} ${version} · a runtime for Kubernetes APIs`]],
    ["Usage", [`  $ ${program} <command> [options]`]],
    ["Commands", columns(commands.map((spec) => [signature(spec), spec.summary]))],
    ["Help of one command", [`  $ ${program} <command> --help`]],
    ["Options", columns([VERSION, HELP].map(optionRow))],
  ]);
}

/** What `ork <command> --help` prints. */
export function commandHelp(spec: CommandSpec, program: string): string {
  const { name, summary, about, options, examples } = spec;
  const usage = options.length > 0 ? `${signature(spec)} [options]` : signature(spec);
  return sections([
    ["", [`${program} ${name} · ${summary}`]],
    ...(about ? [["", [about]] as const] : []),
    ["Usage", [`  $ ${program} ${usage}`]],
    ["Options", columns([...options, HELP].map(optionRow))],
    ["Examples", examples.map((example) => `  $ ${program} ${example}`)],
  ]);
}

/** In cac's notation: `-f, --file <path>`. */
export function notation({ name, short, value }: OptionSpec): string {
  const long = value ? `--${name} <${value}>` : `--${name}`;
  return short ? `-${short}, ${long}` : long;
}

function signature({ name, args }: CommandSpec): string {
  return args ? `${name} ${args}` : name;
}

function optionRow(option: OptionSpec): readonly [string, string] {
  const { summary, fallback } = option;
  return [notation(option), fallback ? `${summary} (default: ${fallback})` : summary];
}

function columns(rows: readonly (readonly [string, string])[]): readonly string[] {
  const width = Math.max(0, ...rows.map(([left]) => left.length));
  return rows.map(([left, right]) => `  ${left.padEnd(width)}  ${right}`);
}

type Section = readonly [title: string, lines: readonly string[]];

function sections(all: readonly Section[]): string {
  return all
    .filter(([, lines]) => lines.length > 0)
    .map(([title, lines]) => [...(title ? [`${title}:`] : []), ...lines].join("\n"))
    .join("\n\n");
}
