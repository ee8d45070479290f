/** The two ways in which a command fails by itself, as opposed to by a bug. */
import { suggest } from "../std/suggest.ts";

/** The command line cannot be understood: exit code 2 and a pointer to the help. */
export class UsageError extends Error {
  constructor(message: string) {
    super(message);
    this.name = "UsageError";
  }
}

/** For a word that no command is called by. */
export function unknownCommand(
  name: string,
  commands: readonly { readonly name: string }[],
): UsageError {
  const near = suggest(
    name,
    commands.map((command) => command.name),
  );
  return new UsageError(`Unknown command "${name}"${near ? `, did you mean "${near}"?` : ""}`);
}

/** The world said no in a way that the message explains in full: exit code 4, no stack. */
export class OperationalError extends Error {
  constructor(message: string, options: { readonly cause?: unknown } = {}) {
    super(message, options);
    this.name = "OperationalError";
  }
}
