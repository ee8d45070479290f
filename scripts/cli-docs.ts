/** The command line as a page, made from the same tables as the help and the completion. */
import { commands } from "../src/cli/commands.ts";
import type { OptionSpec } from "../src/cli/option-spec.ts";
import type { CommandSpec } from "../src/cli/spec.ts";

const HEAD = `# Command line

Data goes to standard output, everything else to standard error. Colour appears only on a terminal;
\`NO_COLOR\` turns it off. Every flag can also be given as a variable: \`--log-format\` as
\`ORK_LOG_FORMAT\`. A flag wins over a variable. A switch is on by being there; \`--sandbox=false\` and
\`ORK_SANDBOX=true\` say it in words, which are \`true\`, \`yes\`, \`1\` and \`false\`, \`no\`, \`0\`.

| exit code | meaning |
|---|---|
| 0 | it worked |
| 1 | differences found, or an expectation failed |
| 2 | the command line cannot be understood |
| 3 | the Katalog has issues |
| 4 | the world said no: no cluster, no rights, no such object, an import that a server does not give, a full disk |
| 130 | interrupted: a signal came before the command was done, or a second one while it stopped |

With \`-o json\` a command that fails before it has data to print says why on standard output, too: one object
\`{ "issues": [ … ] }\`, each with \`code\`, \`severity\`, \`message\`, and where there is something to say \`hint\`,
\`causes\`, \`path\` and \`position\` (\`file\`, \`line\`, \`column\`). \`ork validate -o json\` prints the same \`issues\`.

Installed as \`kubectl-orkestra\` on the \`PATH\`, the same executable is the plugin \`kubectl orkestra\`.
`;

/** The whole page. */
export function cliDocs(): string {
  return `${[HEAD, ...commands.map(section)].join("\n").trimEnd()}\n`;
}

function section(command: CommandSpec): string {
  const { name, args, summary, about, options, examples } = command;
  return [
    `## ork ${name}`,
    "",
    `${summary}.${about ? ` ${about}` : ""}`,
    "",
    "```text",
    `ork ${[name, args, options.length > 0 ? "[options]" : ""].filter(Boolean).join(" ")}`,
    "",
    ...examples.map((example) => `ork ${example}`),
    "```",
    "",
    ...(options.length > 0 ? ["| option | meaning |", "|---|---|", ...options.map(row), ""] : []),
  ].join("\n");
}

function row({ name, short, value, summary, fallback, env = [] }: OptionSpec): string {
  const flag = `${short ? `\`-${short}\`, ` : ""}\`--${name}${value ? ` <${value}>` : ""}\``;
  const extra = env.map((variable) => `also \`${variable}\``);
  const parts = [summary, ...(fallback ? [`default: ${fallback}`] : []), ...extra];
  return `| ${flag} | ${parts.join("; ")} |`;
}
