/** `ork help`: the same as `--help`, of the program or of one command. */
import { EXIT, type ExitCode } from "../exit-codes.ts";
import { commandHelp, programHelp } from "../help.ts";
import type { CommandInput } from "../spec.ts";
import { unknownCommand } from "../usage-error.ts";

export async function execute({ args, io, commands }: CommandInput): Promise<ExitCode> {
  const [name] = args;
  if (name === undefined) {
    io.print(programHelp(commands, io));
    return EXIT.ok;
  }
  const command = commands.find((each) => each.name === name);
  if (!command) throw unknownCommand(name, commands);
  io.print(commandHelp(command, io));
  return EXIT.ok;
}
