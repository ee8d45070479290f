/**
 * The door of the command line: finds the command, reads its flags, runs it, and turns whatever
 * happens into an exit code and a message that says what to do.
 */
import { type CAC, cac } from "cac";
import { isKubeError } from "../kube/error.ts";
import { SourceError } from "../source/source-error.ts";
import { faultOfCode, findFaultCode } from "../std/system-fault.ts";
import { redactText } from "../telemetry/redact.ts";
import { commands } from "./commands.ts";
import { EXIT, type ExitCode } from "./exit-codes.ts";
import { readFlags } from "./flags.ts";
import { commandHelp, notation, programHelp } from "./help.ts";
import { type Io, painter } from "./io.ts";
import { type FailureRecord, failureOf, isUnexpected, recordFailures } from "./json-failure.ts";
import type { CommandSpec } from "./spec.ts";
import { UsageError, unknownCommand } from "./usage-error.ts";
import { usageFault } from "./usage-fault.ts";
import { prepareWords, unmarkText } from "./words.ts";

/** Runs one command line. `argv` is without the runtime and the program. */
export async function runCli(argv: readonly string[], io: Io): Promise<ExitCode> {
  const record = recordFailures(io);
  const code = await dispatch(argv, record.io).catch((error: unknown) =>
    reportFailure(error, io, record),
  );
  try {
    record.finish(code, argv, commands);
    return code;
  } catch (error) {
    return reportFailure(error, io, record);
  }
}

async function dispatch(argv: readonly string[], io: Io): Promise<ExitCode> {
  const cli = buildCli(io);
  const chosen: { run?: () => Promise<ExitCode> } = {};
  for (const spec of commands) declare(cli, spec, { io, chosen });
  const options = commands.flatMap((command) => command.options);
  cli.parse(["", io.program, ...prepareWords(argv, options)], { run: false });
  if (cli.options["help"]) {
    io.print(helpOf(cli.matchedCommandName, io));
    return EXIT.ok;
  }
  if (!cli.matchedCommand) return withoutCommand(cli, io);
  runAction(cli, argv, io);
  return (await chosen.run?.()) ?? EXIT.ok;
}

/** cac says what it does not know, in its own spelling; what was typed and meant, we say. */
function runAction(cli: CAC, argv: readonly string[], { program }: Io): void {
  try {
    cli.runMatchedCommand();
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    const spec = commands.find(({ name }) => name === cli.matchedCommandName);
    if (spec) throw usageFault(message, { spec, argv, program });
    throw new UsageError(message);
  }
}

function buildCli(io: Io): CAC {
  const cli = cac(io.program);
  cli.option("--version", "Print the version");
  cli.option("-h, --help", "Display this message");
  return cli;
}

function helpOf(name: string | undefined, { program }: Io): string {
  const command = commands.find((each) => each.name === name);
  return command ? commandHelp(command, program) : programHelp(commands, program);
}

function declare(
  cli: CAC,
  spec: CommandSpec,
  { io, chosen }: { readonly io: Io; readonly chosen: { run?: () => Promise<ExitCode> } },
): void {
  const command = cli.command(`${spec.name}${spec.args ? ` ${spec.args}` : ""}`, spec.summary);
  for (const option of spec.options) command.option(notation(option), option.summary);
  command.action((...parameters: unknown[]) => {
    const options = parameters.pop() as Readonly<Record<string, unknown>>;
    chosen.run = async () => {
      const flags = readFlags(spec.options, options, io.env);
      const args = parameters
        .flat()
        .filter((arg) => arg !== undefined)
        .map((arg) => unmarkText(String(arg)));
      const module = await spec.load();
      return module.execute({ args, flags, io, commands });
    };
  });
}

async function withoutCommand(cli: CAC, io: Io): Promise<ExitCode> {
  const name = cli.args[0] && unmarkText(cli.args[0]);
  if (cli.options["version"]) return dispatch(["version"], io);
  if (name !== undefined) throw unknownCommand(name, commands);
  refuseOptions(Object.keys(cli.options), io);
  io.print(helpOf(undefined, io));
  return EXIT.ok;
}

/** Without a command in front of it, no option means anything. */
function refuseOptions(keys: readonly string[], { program }: Io): void {
  const key = keys.find((each) => !["--", "h", "help", "version"].includes(each));
  if (key === undefined) return;
  const name = key.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
  const owner = commands.find(({ options }) => options.some((option) => option.name === name));
  throw new UsageError(
    owner
      ? `Option "--${name}" needs a command in front of it, as in "${program} ${owner.name} --${name}"`
      : `Unknown option \`${name.length > 1 ? "--" : "-"}${name}\``,
  );
}

function reportFailure(error: unknown, io: Io, record: FailureRecord): ExitCode {
  if (io.signal.aborted && isCausedBy(error, io.signal.reason)) return EXIT.interrupted;
  const paint = painter(io.hasColor.stderr);
  const failure = failureOf(error, hintOf(error, io));
  record.add(failure);
  io.note(`${paint("red", "error:")} ${failure.message}`);
  // That the server cannot be reached is told in full; what a socket said of it is noise.
  const isTold = isUnreachable(error) || error instanceof SourceError;
  for (const cause of isTold ? [] : (failure.causes ?? [])) io.note(`  because: ${cause}`);
  if (error instanceof UsageError) {
    io.note(failure.hint ?? "");
    return EXIT.usage;
  }
  if (failure.hint !== undefined) io.note(`  ${failure.hint}`);
  if (isUnexpected(error) && error instanceof Error) io.note(redactText(error.stack ?? ""));
  return EXIT.operational;
}

/** What to do, where the error knows. */
function hintOf(error: unknown, { program }: Io): string | undefined {
  if (error instanceof UsageError) return `Run "${program} --help" to see what is possible.`;
  if (error instanceof SourceError) return error.hint;
  return isUnreachable(error) ? faultOfCode(findFaultCode(error) ?? "")?.hint : undefined;
}

function isUnreachable(error: unknown): boolean {
  return isKubeError(error) && error.status === 0;
}

/** Whoever asked us to stop needs no report of that. */
function isCausedBy(error: unknown, reason: unknown): boolean {
  for (let current = error, depth = 0; depth < 10; depth++) {
    if (current === reason) return true;
    if (!(current instanceof Error)) return false;
    current = current.cause;
  }
  return false;
}
