/**
 * Standard output of the process. Files and devices are written at once, so that a disk that is full is an
 * error of the command that writes, like any other; terminals and pipes go through the stream, which waits
 * for their reader.
 */
import { fstatSync, writeSync } from "node:fs";
import process from "node:process";
import { systemFault } from "../std/system-fault.ts";
import { EXIT } from "./exit-codes.ts";
import { OperationalError } from "./usage-error.ts";

const STDOUT = 1;
const STDERR = 2;

/** Writes text and a line end. Throws an `OperationalError` that says why nothing more can be written. */
export function openOutput(stream: NodeJS.WriteStream): (text: string) => void {
  stream.on("error", leave);
  if (!isWrittenAtOnce(stream)) return (text) => void stream.write(`${text}\n`);
  return (text) => writeAll(STDOUT, `${text}\n`);
}

/** Writes everything to a file or device. Throws an `OperationalError`. */
export function writeAll(fd: number, text: string): void {
  let rest: Uint8Array = Buffer.from(text, "utf8");
  try {
    while (rest.length > 0) rest = rest.subarray(writeSync(fd, rest));
  } catch (error) {
    throw new OperationalError(outputFault(error));
  }
}

function isWrittenAtOnce(stream: NodeJS.WriteStream): boolean {
  if (stream.isTTY) return false;
  try {
    const stat = fstatSync(STDOUT);
    return stat.isFile() || stat.isCharacterDevice();
  } catch {
    // Closed by whoever started us: the stream says so when something is written.
    return false;
  }
}

/** Nothing that a command still does can reach its reader, and the handlers of the process may be the cause. */
function leave(error: NodeJS.ErrnoException): void {
  // `ork get | head` closes our standard output early; that is no failure.
  if (error.code === "EPIPE") process.exit(EXIT.ok);
  try {
    writeSync(STDERR, `error: ${outputFault(error)}\n`);
  } catch {
    // Nobody reads that either.
  }
  process.exit(EXIT.operational);
}

/** What no table knows: `EXYZ: some reason, write`, and Deno's `Some reason (os error 28)`, without the frills. */
function outputFault(error: unknown): string {
  const fault = systemFault(error);
  if (fault) return `Cannot write the output: ${fault.words}`;
  const message = error instanceof Error ? error.message : String(error);
  const reason = message.replace(/^E[A-Z0-9]+: /, "").replace(/, \w+$| \(os error \d+\)$/, "");
  return `Cannot write the output: ${reason.charAt(0).toLowerCase()}${reason.slice(1)}`;
}
