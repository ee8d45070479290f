/** The two ways in which a command fails by itself, as opposed to by a bug. */
import { suggest } from "../std/suggest.ts";

/** The command line cannot be understood: exit code 2 and a pointer to the help. */
export class UsageError extends Error {
  constructor(message: string) {
    super(message);
    this.name = "UsageError";
  }
}

/** What other tools call them. */
const OTHER_WORDS: ReadonlyMap<string, string> = new Map([
  ["apply", "run"],
  ["start", "run"],
  ["serve", "run"],
  ["up", "run"],
  ["check", "validate"],
  ["lint", "validate"],
  ["verify", "validate"],
  ["diff", "plan"],
  ["dry-run", "plan"],
  ["preview", "plan"],
  ["render", "template"],
  ["show", "template"],
  ["list", "get"],
  ["ls", "get"],
  ["status", "get"],
  ["explain", "why"],
  ["publish", "push"],
  ["download", "pull"],
]);

/** For a word that no command is called by. */
export function unknownCommand(
  name: string,
  commands: readonly { readonly name: string }[],
): UsageError {
  const names = commands.map((command) => command.name);
  const other = OTHER_WORDS.get(name.toLowerCase());
  const near = suggest(name, names) ?? (other && names.includes(other) ? other : undefined);
  return new UsageError(`Unknown command "${name}"${near ? `, did you mean "${near}"?` : ""}`);
}

/** The world said no in a way that the message explains in full: exit code 4, no stack. */
export class OperationalError extends Error {
  constructor(message: string, options: { readonly cause?: unknown } = {}) {
    super(message, options);
    this.name = "OperationalError";
  }
}
