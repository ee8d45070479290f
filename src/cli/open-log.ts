/** The logger that the flags ask for: on standard error, text on a terminal and JSON elsewhere. */
import type { Issue } from "../std/issue.ts";
import { createLogger, type Logger, type LogLevel } from "../telemetry/log.ts";
import type { Flags } from "./flags.ts";
import { type Io, isInCluster } from "./io.ts";

export function openLog(flags: Flags, io: Io): Logger {
  return createLogger({
    format: formatOf(flags),
    level: (flags.text("log-level") ?? "info") as LogLevel,
    hasColor: io.hasColor.stderr,
    write: io.note,
    now: Date.now,
  });
}

function formatOf(flags: Flags): "text" | "json" {
  const isTerminal = process.stderr.isTTY === true;
  return (flags.text("log-format") ?? (isTerminal ? "text" : "json")) as "text" | "json";
}

/**
 * The log, and the streams of a command. Where a machine reads the log, since a flag says so or it is that of a
 * pod, standard error is all JSON. A pipe elsewhere may well have a person behind it: issues stay text there.
 */
export function openLoggedIo(flags: Flags, io: Io): { readonly log: Logger; readonly io: Io } {
  const log = openLog(flags, io);
  const isForMachines = flags.text("log-format") === "json" || isInCluster(io);
  if (formatOf(flags) === "text" || !isForMachines) return { log, io };
  io.onLog?.(log);
  return { log, io: { ...io, log, note: (text) => log.info(text) } };
}

const LEVEL = { error: "error", warning: "warn", notice: "info" } as const;

/** One line, with the shape that `ork validate -o json` gives an issue. */
export function logIssue(log: Logger, { severity, message, ...fields }: Issue): void {
  log[LEVEL[severity]](message, fields);
}
