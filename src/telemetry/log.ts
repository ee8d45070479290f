/**
 * Structured logging: one line per event, for people (`text`) or machines (`json`).
 *
 * Guarantees: values of fields whose name says that they are secret never reach the output, and
 * neither do credentials inside URLs. Errors print their chain of causes.
 */
import { faultText, systemFault } from "../std/system-fault.ts";
import { redact } from "./redact.ts";

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

export interface LoggerOptions {
  readonly format: "text" | "json";
  /** The least level that is written. */
  readonly level: LogLevel;
  /** Only for `text`. */
  readonly hasColor: boolean;
  /** Takes one finished line without its line end. */
  write(line: string): void;
  /** Milliseconds since the Unix epoch. */
  now(): number;
}

const RANK: Readonly<Record<LogLevel, number>> = { debug: 0, info: 1, warn: 2, error: 3 };
const COLOR: Readonly<Record<LogLevel, string>> = {
  debug: "\u001b[2m",
  info: "\u001b[36m",
  warn: "\u001b[33m",
  error: "\u001b[31m",
};
const RESET = "\u001b[0m";

export function createLogger(options: LoggerOptions, fields: LogFields = {}): Logger {
  const line =
    (level: LogLevel) =>
    (message: string, own: LogFields = {}) => {
      if (RANK[level] < RANK[options.level]) return;
      const all = redact({ ...fields, ...own });
      options.write(
        options.format === "json"
          ? jsonLine(options, { level, message, fields: all })
          : textLine(options, { level, message, fields: all }),
      );
    };
  return {
    debug: line("debug"),
    info: line("info"),
    warn: line("warn"),
    error: line("error"),
    child: (own) => createLogger(options, { ...fields, ...own }),
  };
}

/** For code that must be given a logger where nobody reads it. */
export const silentLogger: Logger = {
  debug() {},
  info() {},
  warn() {},
  error() {},
  child: () => silentLogger,
};

interface Entry {
  readonly level: LogLevel;
  readonly message: string;
  readonly fields: LogFields;
}

function jsonLine(options: LoggerOptions, { level, message, fields }: Entry): string {
  const time = new Date(options.now()).toISOString();
  const plain = Object.entries(fields).map(([key, value]) => [key, plainValue(value)]);
  return JSON.stringify({ time, level, message, ...Object.fromEntries(plain) });
}

function textLine(options: LoggerOptions, { level, message, fields }: Entry): string {
  const time = new Date(options.now()).toISOString().slice(11, 23);
  const label = level.toUpperCase().padEnd(5);
  const shown = options.hasColor ? `${COLOR[level]}${label}${RESET}` : label;
  const pairs: string[] = [];
  const errors: string[] = [];
  for (const [key, value] of Object.entries(fields)) {
    if (value === undefined) continue;
    if (value instanceof Error) errors.push(...causes(value).map((cause) => `      ${cause}`));
    else pairs.push(`${key}=${textValue(value)}`);
  }
  const head = [time, shown, message, ...pairs].join(" ");
  const stack = level === "error" ? stackOf(fields) : [];
  return [head, ...errors, ...stack].join("\n");
}

function textValue(value: unknown): string {
  if (typeof value === "string") return /^[\w./:@-]+$/.test(value) ? value : JSON.stringify(value);
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}

function plainValue(value: unknown): unknown {
  if (!(value instanceof Error)) return value;
  return { message: causes(value).join(": "), name: value.name, stack: fullStack(value) };
}

const MAX_CAUSES = 10;

/**
 * The message of an error and of everything that caused it, outermost first; what the system reports by a
 * code is put into words. What an error collects are causes of it, too; where a message
 * ends with that of its cause, or repeats those that it collects, they are not written twice.
 */
export function causes(error: unknown): string[] {
  const messages: string[] = [];
  const seen = new Set<unknown>();
  const visit = (current: unknown, collector?: string) => {
    if (current === undefined || seen.has(current) || messages.length >= MAX_CAUSES) return;
    seen.add(current);
    const isError = current instanceof Error;
    const message = messageOf(current, messages);
    const isTold = message !== undefined && messages.some((told) => endsWith(told, message));
    if (message !== undefined && !isTold && !collector?.includes(message)) messages.push(message);
    if (current instanceof AggregateError) {
      for (const each of current.errors) visit(each, message);
    }
    if (isError) visit(current.cause);
  };
  visit(error);
  return messages;
}

/** Behind a colon a sentence begins with a small letter. */
function endsWith(told: string, message: string): boolean {
  return told.toLowerCase().endsWith(message.toLowerCase());
}

/** `undefined` when it was said before. */
function messageOf(error: unknown, told: readonly string[]): string | undefined {
  if (!(error instanceof Error)) return String(error);
  const fault = systemFault(error);
  if (!fault) return error.message;
  if (told.some((message) => message.includes(fault.words))) return undefined;
  return faultText(error, told.join("\n"));
}

function stackOf(fields: LogFields): string[] {
  const error = Object.values(fields).find((value) => value instanceof Error);
  const lines = error ? fullStack(error).split("\n") : [];
  return lines.filter(isFrame).map((line) => `      ${line.trim()}`);
}

/** Engines begin a stack with the message, which was told, and may be of several lines. */
function isFrame(line: string): boolean {
  return /^\s*at /.test(line);
}

/** Where an error comes from; of one that collects others, where each of them does. */
function fullStack(error: Error): string {
  const collected = error instanceof AggregateError ? (error.errors as readonly unknown[]) : [];
  const inner = collected.slice(0, MAX_CAUSES).flatMap((each) => {
    return each instanceof Error && each.stack !== undefined ? [each.stack] : [];
  });
  return inner.length > 0 ? inner.join("\n") : (error.stack ?? "");
}
