/**
 * The door of the command line: finds the command, reads its flags, runs it, and turns whatever
 * happens into an exit code and a message that says what to do.
 */
import { type CAC, cac } from "cac";
import { isKubeError, isLoginFailure } from "../kube/error.ts";
import { SourceError } from "../source/source-error.ts";
import type { Logger } from "../telemetry/log.ts";
import { redactText } from "../telemetry/redact.ts";
import { commands } from "./commands.ts";
import { EXIT, type ExitCode } from "./exit-codes.ts";
import { readFlags } from "./flags.ts";
import { commandHelp, notation, programHelp } from "./help.ts";
import { type Io, painter } from "./io.ts";
import {
  type Failure,
  type FailureRecord,
  failureOf,
  isUnexpected,
  recordFailures,
} from "./json-failure.ts";
import { logIssue } from "./open-log.ts";
import { MISSING_RIGHT_HINT, missingRight } from "./runtime-rights.ts";
import type { CommandSpec } from "./spec.ts";
import { UsageError, unknownCommand } from "./usage-error.ts";
import { usageFault } from "./usage-fault.ts";
import { prepareWords, unmarkText } from "./words.ts";

/** Runs one command line. `argv` is without the runtime and the program. */
export async function runCli(argv: readonly string[], io: Io): Promise<ExitCode> {
  const record = recordFailures(io);
  const parts = { argv, io, record };
  const code = await dispatch(argv, record.io).catch((error: unknown) =>
    reportFailure(error, parts),
  );
  try {
    record.finish(code, argv, commands);
    return code;
  } catch (error) {
    return reportFailure(error, parts);
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
    const options = commands.flatMap((command) => command.options);
    if (spec) throw usageFault(message, { spec, options, argv, program });
    throw new UsageError(message);
  }
}

function buildCli(io: Io): CAC {
  const cli = cac(io.program);
  cli.option("--version", "Print the version");
  cli.option("-h, --help", "Display this message");
  return cli;
}

function helpOf(name: string | undefined, io: Io): string {
  const command = commands.find((each) => each.name === name);
  return command ? commandHelp(command, io) : programHelp(commands, io);
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

interface FailedRun {
  readonly argv: readonly string[];
  readonly io: Io;
  readonly record: FailureRecord;
}

/** ` run`, where that is the command that was meant. */
function commandOf([first]: readonly string[]): string {
  const command = commands.find(({ name }) => name === first && name !== "help");
  return command ? ` ${command.name}` : "";
}

function reportFailure(error: unknown, { argv, io, record }: FailedRun): ExitCode {
  if (io.signal.aborted && isCausedBy(error, io.signal.reason)) return EXIT.interrupted;
  const paint = painter(io.hasColor.stderr);
  const failure = failureOf(error, hintOf(error, `${io.program}${commandOf(argv)}`));
  record.add(failure);
  if (record.log && !(error instanceof UsageError)) {
    logFailure(record.log, error, failure);
    return EXIT.operational;
  }
  io.note(`${paint("red", "error:")} ${failure.message}`);
  for (const cause of isTold(error) ? [] : (failure.causes ?? [])) io.note(becauseOf(cause));
  if (error instanceof UsageError) {
    io.note(failure.hint ?? "");
    return EXIT.usage;
  }
  if (failure.hint !== undefined) io.note(`  ${failure.hint.replaceAll("\n", "\n  ")}`);
  if (isUnexpected(error) && error instanceof Error) io.note(redactText(error.stack ?? ""));
  return EXIT.operational;
}

/** The same as a line of the log that standard error is. */
function logFailure(log: Logger, error: unknown, failure: Failure): void {
  logIssue(log, isUnexpected(error) ? Object.assign({ error }, failure) : failure);
}

/** What to do, where the error knows. */
function hintOf(error: unknown, command: string): string | undefined {
  if (error instanceof UsageError) return `Run "${command} --help" to see what is possible.`;
  if (missingRight(error)) return MISSING_RIGHT_HINT;
  if (error instanceof SourceError) return error.hint;
  return isKubeError(error) ? error.hint : undefined;
}

/** That a server cannot be reached is told in full; what a socket said of it is noise. */
function isTold(error: unknown): boolean {
  if (error instanceof SourceError) return true;
  return isKubeError(error) && error.status === 0 && !isLoginFailure(error);
}

/** A program may have said it, in several lines. */
function becauseOf(cause: string): string {
  return `  because: ${cause.replaceAll("\n", "\n    ")}`;
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
