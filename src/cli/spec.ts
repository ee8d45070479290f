/**
 * The command line as data: help, parsing, completion and docs all come from these tables.
 * A command's code is loaded when it is the one that runs, so that `version` starts as fast as an
 * empty program.
 */

import type { ExitCode } from "./exit-codes.ts";
import type { Flags } from "./flags.ts";
import type { Io } from "./io.ts";
import type { OptionSpec } from "./option-spec.ts";

export interface CommandInput {
  /** All commands, for those that speak about the others. */
  readonly commands: readonly CommandSpec[];
  readonly args: readonly string[];
  readonly flags: Flags;
  readonly io: Io;
}

export interface CommandModule {
  execute(input: CommandInput): Promise<ExitCode>;
}

export interface CommandSpec {
  readonly name: string;
  /** Positional arguments in cac's notation: `[shell]`, `<name>`, `[...names]`. */
  readonly args?: string;
  /** What the argument may be, where there are few. */
  readonly words?: readonly string[];
  readonly summary: string;
  /** A paragraph under the usage line. */
  readonly about?: string;
  readonly options: readonly OptionSpec[];
  readonly examples: readonly string[];
  load(): Promise<CommandModule>;
}
