/**
 * A command that fails under `-o json` says why on standard output, too: one object, `{ "issues": [ … ] }`, each
 * of the shape that `ork validate -o json` prints. What people read stays on standard error.
 *
 * Flow: `cli.ts` wraps the streams of the command, collects what it reports, and prints it here when the command
 * ended without data of its own. One place, so that no command can forget it.
 */
import { isKubeError, isLoginFailure } from "../kube/error.ts";
import { SourceError } from "../source/source-error.ts";
import type { Issue } from "../std/issue.ts";
import { causes, type Logger } from "../telemetry/log.ts";
import { redactText } from "../telemetry/redact.ts";
import { EXIT, type ExitCode } from "./exit-codes.ts";
import type { Io } from "./io.ts";
import type { CommandSpec } from "./spec.ts";
import { OperationalError, UsageError } from "./usage-error.ts";

/** An error that was thrown, as data. */
export interface Failure extends Issue {
  /** What led to it, outermost first. */
  readonly causes?: readonly string[];
}

export interface FailureRecord {
  /** Hand this one to the command. */
  readonly io: Io;
  add(failure: Failure): void;
  /** What standard error became while the command ran. */
  readonly log: Logger | undefined;
  /** Prints, when there is something to print. */
  finish(code: ExitCode, argv: readonly string[], commands: readonly CommandSpec[]): void;
}

export function recordFailures(io: Io): FailureRecord {
  const failures: Failure[] = [];
  let hasPrinted = false;
  let log: Logger | undefined;
  return {
    get log() {
      return log;
    },
    io: {
      ...io,
      print(text) {
        hasPrinted = true;
        io.print(text);
      },
      onLog(opened) {
        log = opened;
      },
      reportIssues(issues) {
        for (const issue of issues) failures.push(issue);
      },
    },
    add: (failure) => void failures.push(failure),
    finish(code, argv, commands) {
      const isFailure = code !== EXIT.ok && code !== EXIT.interrupted;
      if (!isFailure || hasPrinted || !asksForJson(argv, io.env, commands)) return;
      io.print(JSON.stringify({ issues: failures }, null, 2));
    },
  };
}

/** The one turn of a thrown error into data: message, hint and causes as `reportFailure` shows them. */
export function failureOf(error: unknown, hint: string | undefined): Failure {
  const [message = "Unknown failure", ...rest] = causes(error).map(redactText);
  return {
    code: codeOf(error),
    severity: "error",
    message,
    ...(hint !== undefined && { hint: redactText(hint) }),
    ...(rest.length > 0 && { causes: rest }),
  };
}

function codeOf(error: unknown): string {
  if (error instanceof UsageError) return "usage";
  if (error instanceof OperationalError) return "operational";
  if (error instanceof SourceError) return error.code;
  if (!isKubeError(error)) return isUnexpected(error) ? "unexpected" : kebab(nameOf(error));
  if (isLoginFailure(error)) return "unauthenticated";
  if (error.status === 0) return "unreachable";
  return kebab(error.reason) || `status-${error.status}`;
}

/** Errors of our own classes explain themselves; a bare one is a bug, and its stack helps. */
export function isUnexpected(error: unknown): boolean {
  return !(error instanceof Error) || ["Error", "TypeError", "RangeError"].includes(error.name);
}

/** `LockError` → `Lock`. */
function nameOf(error: unknown): string {
  return error instanceof Error ? error.name.replace(/Error$/, "") : "";
}

/** `AlreadyExists` → `already-exists`. */
function kebab(reason: string): string {
  return reason.replace(/(?<=[a-z])(?=[A-Z])/g, "-").toLowerCase();
}

/**
 * Read from the words themselves: of a command line that cannot be understood there is nothing else. The
 * variable counts for commands that have the flag.
 */
function asksForJson(
  argv: readonly string[],
  env: Io["env"],
  commands: readonly CommandSpec[],
): boolean {
  let format: string | undefined;
  for (const [index, word] of argv.entries()) {
    if (word === "--") break;
    if (word === "-o" || word === "--output") format = argv[index + 1];
    else format = /^(?:-o|--output)=(.*)$/s.exec(word)?.[1] ?? format;
  }
  if (format !== undefined) return format === "json";
  const command = commands.find(({ name }) => argv.includes(name));
  const hasFlag = command?.options.some(({ name }) => name === "output") === true;
  return hasFlag && env["ORK_OUTPUT"] === "json";
}
