/**
 * What the fault suite has played, told by its tests and added up by `scripts/faults.ts`: one line of JSON
 * for each `tell`, in the file that `ORK_FAULT_REPORT` names, and one line for whoever watches.
 */
import { appendFileSync } from "node:fs";

/** The groups of the suite, in the order in which they are played. */
export const FAULT_GROUPS = [
  "kill",
  "travel",
  "events",
  "watch",
  "histories",
  "quiet",
  "finalizers",
  "leader",
  "rotation",
  "queue",
] as const;

export type FaultGroup = (typeof FAULT_GROUPS)[number];

/** Figures by their unit, such as `plans`. Those that end in `Ms` are times: of several the longest counts. */
export type Figures = Readonly<Record<string, number>>;

interface Told {
  readonly group: FaultGroup;
  readonly figures: Figures;
}

export function tell(group: FaultGroup, figures: Figures): void {
  console.log(`  ${group}: ${showFigures(figures)}`);
  const path = process.env["ORK_FAULT_REPORT"];
  const told: Told = { group, figures };
  if (path) appendFileSync(path, `${JSON.stringify(told)}\n`);
}

/** The figures of all lines of a report, by group. */
export function addUp(report: string): ReadonlyMap<FaultGroup, Figures> {
  const sums = new Map<FaultGroup, Record<string, number>>();
  for (const line of report.split("\n")) {
    if (line === "") continue;
    const { group, figures } = JSON.parse(line) as Told;
    const sum = sums.get(group) ?? {};
    for (const [unit, figure] of Object.entries(figures)) {
      const before = sum[unit] ?? 0;
      sum[unit] = unit.endsWith("Ms") ? Math.max(before, figure) : before + figure;
    }
    sums.set(group, sum);
  }
  return sums;
}

/** `312 plans, recovery 1.2 s` */
export function showFigures(figures: Figures): string {
  const shown = Object.entries(figures).map(([unit, figure]) =>
    unit.endsWith("Ms")
      ? `${inWords(unit.slice(0, -2))} ${(figure / 1_000).toFixed(1)} s`
      : `${figure.toLocaleString("en")} ${inWords(unit)}`,
  );
  return shown.join(", ");
}

function inWords(unit: string): string {
  return unit.replaceAll(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
}
