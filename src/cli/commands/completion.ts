/** `ork completion`: scripts that shells load, generated from the table of commands. */
import { EXIT, type ExitCode } from "../exit-codes.ts";
import type { OptionSpec } from "../option-spec.ts";
import type { CommandInput, CommandSpec } from "../spec.ts";
import { UsageError } from "../usage-error.ts";

export async function execute({ args, commands, io }: CommandInput): Promise<ExitCode> {
  const [shell = ""] = args;
  const script = SCRIPTS[shell];
  if (!script) {
    const expected = Object.keys(SCRIPTS).join(", ");
    throw new UsageError(`Cannot complete for "${shell}": expected one of: ${expected}`);
  }
  const text = script(commands);
  // A shell completes the word `kubectl` by kubectl's own script, which asks an executable of a certain name.
  const isPlugin = io.program.startsWith("kubectl ") && shell !== "kubectl";
  io.print(isPlugin ? `${text}\n${PLUGIN_HINT}` : text);
  return EXIT.ok;
}

const PLUGIN_HINT = `# This completes "ork" and "kubectl-orkestra". For "kubectl orkestra", kubectl asks a program on the PATH:
#   kubectl orkestra completion kubectl > kubectl_complete-orkestra && chmod +x kubectl_complete-orkestra`;

const SCRIPTS: Readonly<
  Record<string, ((commands: readonly CommandSpec[]) => string) | undefined>
> = { bash, zsh, fish, kubectl };

/** The word before it is given as `--output` and `=` where that is how it was typed. */
function bash(commands: readonly CommandSpec[]): string {
  return `# bash completion for ork
_ork() {
  local current="\${COMP_WORDS[COMP_CWORD]}" previous="\${COMP_WORDS[COMP_CWORD-1]}" words
  if [[ $current == "=" ]]; then current=""
  elif [[ $previous == "=" ]]; then previous="\${COMP_WORDS[COMP_CWORD-2]}"; fi
  if (( COMP_CWORD == 1 )); then words="${namesOf(commands)} --help"
  else case "\${COMP_WORDS[1]} $previous" in
${valueCases(commands, {
  choices: (words) => `words="${words}"`,
  path: 'compopt -o filenames 2>/dev/null; COMPREPLY=($(compgen -f -- "$current")); return',
  other: "return",
})}
    *) case "\${COMP_WORDS[1]}" in
${wordCases(commands)}
    esac ;;
  esac; fi
  COMPREPLY=($(compgen -W "$words" -- "$current"))
}
complete -F _ork ork kubectl-orkestra`;
}

/**
 * The program `kubectl_complete-orkestra`: kubectl gives it the words after the plugin's name, the last one
 * unfinished, and takes one candidate a line and in the end a number: 4 is "no files", 0 "files where there is
 * nothing else", as in cobra's `__complete`.
 */
function kubectl(commands: readonly CommandSpec[]): string {
  return `#!/bin/sh
# Completion of "kubectl orkestra": an executable kubectl_complete-orkestra on the PATH
current= previous= words= files=4
for word; do previous=$current; current=$word; done
if [ $# -le 1 ]; then words="${namesOf(commands)} --help"
else case "$1 $previous" in
${valueCases(commands, { choices: (words) => `words="${words}"`, path: "files=0", other: ":" })}
    *) case "$1" in
${wordCases(commands)}
    esac ;;
  esac; fi
for word in $words; do case $word in "$current"*) echo "$word" ;; esac; done
echo ":$files"`;
}

function zsh(commands: readonly CommandSpec[]): string {
  const names = commands.map(({ name, summary }) => `'${name}:${quoteZsh(summary)}'`).join(" ");
  const cases = commands.map((command) => {
    const options = command.options.flatMap(zshOption).join(" ");
    const words = wordsAfter(command, commands);
    const rest = words.length > 0 ? `'*:word:(${words.join(" ")})'` : "'*:file:_files'";
    return `    ${command.name}) _arguments ${options} ${rest} ;;`;
  });
  return `#compdef ork kubectl-orkestra
_ork() {
  local -a names=(${names})
  if (( CURRENT == 2 )); then _describe command names; return; fi
  local name=$words[2]; shift words; (( CURRENT-- ))
  case $name in
${cases.join("\n")}
  esac
}
compdef _ork ork kubectl-orkestra
# Loaded by the first completion itself, from a folder of fpath.
if [ "$funcstack[1]" = "_ork" ]; then _ork "$@"; fi`;
}

function zshOption({ name, short, value, summary, choices }: OptionSpec): string[] {
  // An action of one space: there is a value, and nobody knows which.
  const values = choices ? `(${choices.join(" ")})` : value === "path" ? "_files" : " ";
  const action = value ? `:${value}:${values}` : "";
  const flags = short
    ? [`--${name}${value ? "=" : ""}`, `-${short}`]
    : [`--${name}${value ? "=" : ""}`];
  return flags.map((flag) => `'*${flag}[${quoteZsh(summary)}]${action}'`);
}

function quoteZsh(text: string): string {
  return text.replace(/['[\]:]/g, " ");
}

function fish(commands: readonly CommandSpec[]): string {
  const lines = commands.flatMap((command) => {
    const words = wordsAfter(command, commands);
    const given = `complete -c ork -n '__fish_seen_subcommand_from ${command.name}'`;
    return [
      `complete -c ork -n __fish_use_subcommand -f -a ${command.name} -d '${quoteFish(command.summary)}'`,
      ...(words.length > 0 ? [`${given} -f -a '${words.join(" ")}'`] : []),
      ...command.options.map((option) => `${given} ${fishOption(option)}`),
    ];
  });
  return ["# fish completion for ork", ...lines].join("\n");
}

function fishOption({ name, short, value, summary, choices }: OptionSpec): string {
  const parts = [
    `-l ${name}`,
    ...(short ? [`-s ${short}`] : []),
    ...(value ? [value === "path" ? "-r -F" : "-x"] : []),
    ...(choices ? [`-a '${choices.join(" ")}'`] : []),
    `-d '${quoteFish(summary)}'`,
  ];
  return parts.join(" ");
}

function quoteFish(text: string): string {
  return text.replaceAll("'", "\\'");
}

function namesOf(commands: readonly CommandSpec[]): string {
  return commands.map(({ name }) => name).join(" ");
}

/** Arguments that there is a list of. */
function wordsAfter(
  { name, words = [] }: CommandSpec,
  commands: readonly CommandSpec[],
): readonly string[] {
  return name === "help" ? commands.map((command) => command.name) : words;
}

/** For `sh`: what there is where no option waits for its value. */
function wordCases(commands: readonly CommandSpec[]): string {
  const lines = commands.map((command) => {
    const words = [...wordsAfter(command, commands), ...command.options.flatMap(flagsOf), "--help"];
    return `      ${command.name}) words="${words.join(" ")}" ;;`;
  });
  return lines.join("\n");
}

function flagsOf({ name, short }: OptionSpec): string[] {
  return short ? [`--${name}`, `-${short}`] : [`--${name}`];
}

interface ValueActions {
  readonly choices: (words: string) => string;
  readonly path: string;
  readonly other: string;
}

/** For `sh`: what follows an option of a command that takes a value. One of a name need not be the same everywhere. */
function valueCases(
  commands: readonly CommandSpec[],
  { choices: offer, path, other }: ValueActions,
): string {
  const lines = commands.flatMap(({ name, options }) =>
    options.flatMap((option) => {
      if (option.value === undefined) return [];
      const patterns = flagsOf(option).map((flag) => `"${name} ${flag}"`);
      const plain = option.value === "path" ? path : other;
      const action = option.choices ? offer(option.choices.join(" ")) : plain;
      return [`    ${patterns.join("|")}) ${action} ;;`];
    }),
  );
  return lines.join("\n");
}
