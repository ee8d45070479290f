/** An address of the view that cannot be understood, with who said it. */
import type { Flags } from "./flags.ts";
import type { Io } from "./io.ts";
import { UsageError } from "./usage-error.ts";

/** `expected`: what `--listen` may be. It, the variable that stands in for it, or that of the port alone. */
export function addressFault(flags: Flags, { env }: Io, expected: string): UsageError {
  const port = env["ORK_PORT"];
  if (!flags.has("listen") && port !== undefined) {
    return new UsageError(`Variable "ORK_PORT" is "${port}", expected a port`);
  }
  const text = flags.text("listen") ?? "";
  return new UsageError(`${flags.sourceOf("listen")} is "${text}", expected ${expected}`);
}
