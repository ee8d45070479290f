/** What the process says with its exit code. `docs/cli.md` shows this table. */
export const EXIT = {
  ok: 0,
  /** Differences found, or an expectation failed. */
  differences: 1,
  /** The command line cannot be understood. */
  usage: 2,
  /** The Katalog has issues. */
  issues: 3,
  /** The world said no: no cluster, no rights, no such object. */
  operational: 4,
  /** A signal came before there was anything to stop in order (128 + SIGINT, as shells count). */
  interrupted: 130,
} as const;

export type ExitCode = (typeof EXIT)[keyof typeof EXIT];
