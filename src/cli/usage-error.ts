/** The command line cannot be understood: exit code 2 and a pointer to the help. */
export class UsageError extends Error {
  constructor(message: string) {
    super(message);
    this.name = "UsageError";
  }
}

/** The world said no in a way that the message explains in full: exit code 4, no stack. */
export class OperationalError extends Error {
  constructor(message: string, options: { readonly cause?: unknown } = {}) {
    super(message, options);
    this.name = "OperationalError";
  }
}
