/** The rows of the benchmark and how they are shown. */

export interface Row {
  readonly what: string;
  readonly measured: string;
  /** The same of the floor program, where there is one. */
  readonly floor?: string;
  /** `ork` to floor. */
  readonly ratio?: number;
  /** Absent of what is there for comparison. */
  readonly bar?: string;
  readonly isMet?: boolean;
}

const COLUMNS = ["what", "measured", "floor", "ratio", "bar", "ok?"] as const;

export function renderTable(rows: readonly Row[]): string {
  const cells = [COLUMNS as readonly string[], ...rows.map(toCells)];
  const widths = COLUMNS.map((_, column) =>
    Math.max(...cells.map((line) => line[column]?.length ?? 0)),
  );
  const lines = cells.map((line) =>
    line.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(" | "),
  );
  const rule = widths.map((width) => "-".repeat(width)).join("-|-");
  return [lines[0], rule, ...lines.slice(1)]
    .map((line) => `| ${line} |`.replace("| -", "|--").replace("- |", "--|"))
    .join("\n");
}

function toCells(row: Row): string[] {
  const ratio = row.ratio === undefined ? "" : row.ratio.toFixed(2);
  return [row.what, row.measured, row.floor ?? "", ratio, row.bar ?? "", verdict(row)];
}

function verdict({ isMet }: Row): string {
  if (isMet === undefined) return "";
  return isMet ? "yes" : "NO";
}

/** `0.001234` s → `1.2 ms` */
export function ms(value: number): string {
  return `${value < 10 ? value.toFixed(1) : value.toFixed(0)} ms`;
}
