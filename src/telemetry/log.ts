/**
 * Structured logging: one line per event, for people (`text`) or machines (`json`).
 *
 * Guarantees: values of fields whose name says that they are secret never reach the output, and
 * neither do credentials inside URLs. Errors print their chain of causes, one per line in `text`.
 */

export type LogLevel = "debug" | "info" | "warn" | "error";
export type LogFields = Readonly<Record<string, unknown>>;

export interface Logger {
  debug(message: string, fields?: LogFields): void;
  info(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  /** Pass the error itself as the field `error`; its stack is written. */
  error(message: string, fields?: LogFields): void;
  /** A logger that adds these fields to every line. */
  child(fields: LogFields): Logger;
}
