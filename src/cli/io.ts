/** What a command may touch of the process: its streams, environment, and the wish to stop. */

import type { StartThread } from "../hook/thread-role.ts";
import type { Issue } from "../std/issue.ts";
import type { Logger } from "../telemetry/log.ts";

export interface Io {
  /** Data, one line or block at a time; a line end is added. */
  print(text: string): void;
  /** Everything that is not data: progress, issues, logs. */
  note(text: string): void;
  /** Issues that were noted for people, once more as data, for whoever prints them as such. */
  readonly reportIssues?: (issues: readonly Issue[]) => void;
  /** Standard error is this log, in JSON: issues go there as lines of it. Absent: text for people. */
  readonly log?: Logger;
  /** Tells that from here on it is. */
  readonly onLog?: (log: Logger) => void;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  /** Name that the user called the program by: `ork`, or `kubectl orkestra`. */
  readonly program: string;
  /** Colour and line-by-line progress on standard error, and the same for standard output. */
  readonly hasColor: { readonly stdout: boolean; readonly stderr: boolean };
  /** Width of the terminal that standard output is; absent when it is none. */
  readonly columns?: number | undefined;
  /** Aborted by the first SIGINT, SIGTERM or SIGHUP; a second SIGINT or SIGTERM ends the process at once. */
  readonly signal: AbortSignal;
  readStdin(): Promise<string>;
  /** Starts the program once more, as a thread of a hook module. Absent: no code of users runs. */
  readonly startThread?: StartThread;
}

/** ANSI codes of the few styles in use. */
const STYLES = { bold: 1, dim: 2, red: 31, green: 32, yellow: 33, cyan: 36 } as const;

export type Paint = (style: keyof typeof STYLES, text: string) => string;

/** Paints where there is colour, and leaves text alone where there is none. */
export function painter(hasColor: boolean): Paint {
  if (!hasColor) return (_, text) => text;
  return (style, text) => `\u001b[${STYLES[style]}m${text}\u001b[0m`;
}

/** Colour only on a terminal, and never against `NO_COLOR` (https://no-color.org). */
export function wantsColor(
  stream: { readonly isTTY?: boolean },
  env: Readonly<Record<string, string | undefined>>,
): boolean {
  if (env["NO_COLOR"]) return false;
  if (env["FORCE_COLOR"] && env["FORCE_COLOR"] !== "0") return true;
  return stream.isTTY === true && env["TERM"] !== "dumb";
}

/** Do we run in a pod? (https://kubernetes.io/docs/tasks/run-application/access-api-from-pod/) */
export function isInCluster({ env }: Pick<Io, "env">): boolean {
  return Boolean(env["KUBERNETES_SERVICE_HOST"]);
}
