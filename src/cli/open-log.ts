/** The logger that the flags ask for: on standard error, text on a terminal and JSON elsewhere. */
import { createLogger, type Logger, type LogLevel } from "../telemetry/log.ts";
import type { Flags } from "./flags.ts";
import type { Io } from "./io.ts";

export function openLog(flags: Flags, io: Io): Logger {
  const isTerminal = process.stderr.isTTY === true;
  return createLogger({
    format: (flags.text("log-format") ?? (isTerminal ? "text" : "json")) as "text" | "json",
    level: (flags.text("log-level") ?? "info") as LogLevel,
    hasColor: io.hasColor.stderr,
    write: io.note,
    now: Date.now,
  });
}
