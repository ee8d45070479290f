/** The help of the program and of one command, from the tables. Pure. */
import type { OptionSpec } from "./option-spec.ts";
import type { CommandSpec } from "./spec.ts";
import { version } from "./version.ts";

export interface HelpOptions {
  /** As the user calls it. */
  readonly program: string;
  /** Width of the terminal; absent where there is none, and nothing is wrapped. */
  readonly columns?: number | undefined;
}

const HELP: OptionSpec = { name: "help", short: "h", summary: "Display this message" };
const VERSION: OptionSpec = { name: "version", summary: "Print the version" };

/** What `ork --help` prints. */
export function programHelp(commands: readonly CommandSpec[], options: HelpOptions): string {
  const { program, columns } = options;
  return sections([
    ["", [`${program} ${version} · a runtime for Kubernetes APIs`]],
    ["Usage", [`  $ ${program} <command> [options]`]],
    [
      "Commands",
      rowsOf(
        commands.map((spec) => [signature(spec), spec.summary]),
        columns,
      ),
    ],
    ["Help of one command", [`  $ ${program} <command> --help`]],
    ["Options", rowsOf([VERSION, HELP].map(optionRow), columns)],
  ]);
}

/** What `ork <command> --help` prints. */
export function commandHelp(spec: CommandSpec, { program, columns }: HelpOptions): string {
  const { name, summary, about, options, examples } = spec;
  const usage = options.length > 0 ? `${signature(spec)} [options]` : signature(spec);
  return sections([
    ["", wrapped(`${program} ${name} · ${summary}`, columns)],
    ...(about ? [["", wrapped(about, columns)] as const] : []),
    ["Usage", [`  $ ${program} ${usage}`]],
    ...optionSections(options, columns),
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

/** Those of the command itself first, then what several commands share, under its headings. */
function optionSections(
  options: readonly OptionSpec[],
  columns: number | undefined,
): readonly Section[] {
  const groups = Map.groupBy([...options, HELP], ({ group }) => group ?? "Options");
  const own = groups.get("Options") ?? [];
  groups.delete("Options");
  const all = [["Options", own] as const, ...groups];
  const indent = widest(all.flatMap(([, some]) => some.map(notation)));
  return all.map(([title, some]) => [title, rowsOf(some.map(optionRow), columns, indent)]);
}

function optionRow(option: OptionSpec): Row {
  const { summary, fallback } = option;
  return [notation(option), fallback ? `${summary} (default: ${fallback})` : summary];
}

type Row = readonly [left: string, right: string];

/** Below this, the right column goes under the left one. */
const NARROW = 30;

/** `width`: of the left column. */
function rowsOf(
  rows: readonly Row[],
  columns: number | undefined,
  width = widest(rows.map(([left]) => left)),
): readonly string[] {
  const hanging = width + 4;
  const isNarrow = columns ? columns - hanging < NARROW : false;
  return rows.flatMap(([left, right]) => {
    const indent = " ".repeat(isNarrow ? 6 : hanging);
    const lines = wrapped(right, columns && columns - indent.length);
    if (isNarrow) return [`  ${left}`, ...lines.map((line) => indent + line)];
    const [first = "", ...rest] = lines;
    return [`  ${left.padEnd(width)}  ${first}`, ...rest.map((line) => indent + line)];
  });
}

function widest(texts: readonly string[]): number {
  return Math.max(0, ...texts.map((text) => text.length));
}

/** Between words, none of which is cut. A terminal that does not know its width says 0. */
function wrapped(text: string, columns: number | undefined): readonly string[] {
  if (!columns) return [text];
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(" ")) {
    const longer = line === "" ? word : `${line} ${word}`;
    if (longer.length <= columns || line === "") line = longer;
    else {
      lines.push(line);
      line = word;
    }
  }
  return [...lines, line];
}

type Section = readonly [title: string, lines: readonly string[]];

function sections(all: readonly Section[]): string {
  return all
    .filter(([, lines]) => lines.length > 0)
    .map(([title, lines]) => [...(title ? [`${title}:`] : []), ...lines].join("\n"))
    .join("\n\n");
}
