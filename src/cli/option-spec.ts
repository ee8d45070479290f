/** One option of the command line, as data. */
export interface OptionSpec {
  /** Long name without dashes. */
  readonly name: string;
  readonly short?: string;
  /** Placeholder of the value; absent: a switch. */
  readonly value?: string;
  readonly isRepeatable?: boolean;
  readonly summary: string;
  /** Heading that the help puts it under; absent: with those of the command itself. */
  readonly group?: string;
  /** Shown in the help; the command applies it. */
  readonly fallback?: string;
  /** Values that completion offers and parsing insists on. */
  readonly choices?: readonly string[];
  /** Variables read, in this order, when the flag is absent; `ORK_<NAME>` always comes first. */
  readonly env?: readonly string[];
}
