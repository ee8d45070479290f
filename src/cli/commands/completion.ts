/** `ork completion`: scripts that shells load, generated from the table of commands. */
import { EXIT, type ExitCode } from "../exit-codes.ts";
import type { OptionSpec } from "../option-spec.ts";
import type { CommandInput, CommandSpec } from "../spec.ts";
import { UsageError } from "../usage-error.ts";

export async function execute({ args, commands, io }: CommandInput): Promise<ExitCode> {
  const [shell = ""] = args;
  const script = SCRIPTS[shell];
  if (!script) {
    throw new UsageError(`Cannot complete for "${shell}": expected bash, zsh or fish`);
  }
  io.print(script(commands));
  return EXIT.ok;
}

const SCRIPTS: Readonly<
  Record<string, ((commands: readonly CommandSpec[]) => string) | undefined>
> = { bash, zsh, fish };

function bash(commands: readonly CommandSpec[]): string {
  const cases = commands.map(
    (command) => `    ${command.name}) words="${flagsOf(command).join(" ")}" ;;`,
  );
  return `# bash completion for ork
_ork() {
  local current="\${COMP_WORDS[COMP_CWORD]}" previous="\${COMP_WORDS[COMP_CWORD-1]}" words
  case "$previous" in
${valueCases(commands, (option) => `COMPREPLY=($(compgen -W "${option.choices?.join(" ")}" -- "$current")); return ;;`)}
    -f|--file|--kubeconfig|--write-kubeconfig|--sandbox-kubeconfig) COMPREPLY=($(compgen -f -- "$current")); return ;;
  esac
  case "\${COMP_WORDS[1]}" in
${cases.join("\n")}
    *) words="${commands.map(({ name }) => name).join(" ")} --help" ;;
  esac
  COMPREPLY=($(compgen -W "$words" -- "$current"))
}
complete -F _ork ork kubectl-orkestra`;
}

function zsh(commands: readonly CommandSpec[]): string {
  const names = commands.map(({ name, summary }) => `'${name}:${quoteZsh(summary)}'`).join(" ");
  const cases = commands.map((command) => {
    const options = command.options.flatMap(zshOption).join(" ");
    return `    ${command.name}) _arguments ${options} '*:file:_files' ;;`;
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
compdef _ork ork kubectl-orkestra`;
}

function zshOption({ name, short, value, summary, choices }: OptionSpec): string[] {
  const action = value ? `:${value}:${choices ? `(${choices.join(" ")})` : "_files"}` : "";
  const flags = short ? [`--${name}`, `-${short}`] : [`--${name}`];
  return flags.map((flag) => `'*${flag}[${quoteZsh(summary)}]${action}'`);
}

function quoteZsh(text: string): string {
  return text.replace(/['[\]:]/g, " ");
}

function fish(commands: readonly CommandSpec[]): string {
  const lines = commands.flatMap((command) => [
    `complete -c ork -n __fish_use_subcommand -f -a ${command.name} -d '${quoteFish(command.summary)}'`,
    ...command.options.map((option) => fishOption(command, option)),
  ]);
  return ["# fish completion for ork", ...lines].join("\n");
}

function fishOption(command: CommandSpec, { name, short, value, summary, choices }: OptionSpec) {
  const parts = [
    `complete -c ork -n '__fish_seen_subcommand_from ${command.name}' -l ${name}`,
    ...(short ? [`-s ${short}`] : []),
    ...(value ? ["-r"] : []),
    ...(choices ? [`-f -a '${choices.join(" ")}'`] : []),
    `-d '${quoteFish(summary)}'`,
  ];
  return parts.join(" ");
}

function quoteFish(text: string): string {
  return text.replaceAll("'", "\\'");
}

function flagsOf(command: CommandSpec): string[] {
  return command.options.flatMap(({ name, short }) =>
    short ? [`--${name}`, `-${short}`] : [`--${name}`],
  );
}

function valueCases(
  commands: readonly CommandSpec[],
  body: (option: OptionSpec) => string,
): string {
  const seen = new Set<string>();
  const lines: string[] = [];
  for (const option of commands.flatMap((command) => command.options)) {
    if (!option.choices || seen.has(option.name)) continue;
    if (option.name === "output") continue;
    seen.add(option.name);
    lines.push(`    --${option.name}) ${body(option)}`);
  }
  return lines.join("\n");
}
