/**
 * Runs the steps of a check one after the other or side by side, shows one line for each, and of those
 * that failed what tells why: of tests the failed ones alone. Tests report through JUnit files, so that passed, failed and
 * skipped can be counted.
 */
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { outputOf, type ProcessOutput } from "../test/support/process-output.ts";

export interface Step {
  readonly name: string;
  readonly command: readonly string[];
  /** The command is `bun test`: its cases are counted one by one. */
  readonly isTest?: boolean;
  readonly env?: Readonly<Record<string, string>>;
}

/** Of what one failed test says; the end tells the reason. */
const MAX_LINES = 60;

export interface Tally {
  passed: number;
  failed: number;
  skipped: number;
}

/** Runs the steps in order and adds what they did to `tally`. */
export async function runSteps(steps: readonly Step[], tally: Tally): Promise<void> {
  for (const step of steps) await runStep(step, tally);
}

/** Runs the steps side by side: for short ones that do not disturb each other. */
export async function runTogether(steps: readonly Step[], tally: Tally): Promise<void> {
  await Promise.all(steps.map((step) => runStep(step, tally)));
}

/** Prints the closing line that CI reads, and gives the exit code. */
export function close(tally: Tally): number {
  const skipped = tally.skipped > 0 ? `, ${tally.skipped} skipped` : "";
  console.log(`\n${tally.passed} passed, ${tally.failed} failed${skipped}`);
  return tally.failed > 0 || tally.passed === 0 ? 1 : 0;
}

async function runStep(step: Step, tally: Tally): Promise<void> {
  const played = await play(step);
  add(played.counts, tally);
  show(step, played);
}

/** What a step did. */
export interface Played {
  readonly counts: Readonly<Tally>;
  readonly seconds: number;
  /** For whoever wants to know why it failed, or what it skipped; empty when there is nothing to say. */
  readonly told: string;
}

/** Runs one step to its end and prints nothing. */
export async function play(step: Step): Promise<Played> {
  const started = performance.now();
  const reports = await mkdtemp(join(tmpdir(), "ork-report-"));
  const reporting = step.isTest
    ? ["--reporter=junit", `--reporter-outfile=${join(reports, "report.xml")}`]
    : [];
  const child = Bun.spawn([...step.command, ...reporting], {
    stdout: "pipe",
    stderr: "pipe",
    stdin: "ignore",
    env: { ...process.env, ...step.env },
  });
  const output = await outputOf(child);
  const counts = step.isTest ? await readReports(reports) : { passed: 0, failed: 0, skipped: 0 };
  await rm(reports, { recursive: true });
  if (!step.isTest && output.code === 0) counts.passed = 1;
  if (output.code !== 0 && counts.failed === 0) counts.failed = 1;
  const seconds = (performance.now() - started) / 1_000;
  return { counts, seconds, told: whatToTell(step, { ...output, counts }) };
}

/** Prints the line of a step, and below it what there is to tell. */
export function show(
  { name, isTest = false }: Pick<Step, "name" | "isTest">,
  { counts, seconds, told }: Played,
): void {
  const { passed, failed, skipped } = counts;
  const detail = isTest ? ` (${passed} passed, ${failed} failed, ${skipped} skipped)` : "";
  console.log(`${failed === 0 ? "ok  " : "FAIL"} ${name}${detail} ${seconds.toFixed(1)} s`);
  if (told !== "") console.log(indent(told));
}

export function add(counts: Readonly<Tally>, tally: Tally): void {
  tally.passed += counts.passed;
  tally.failed += counts.failed;
  tally.skipped += counts.skipped;
}

function whatToTell(
  { isTest }: Step,
  { stdout, stderr, counts }: ProcessOutput & { readonly counts: Readonly<Tally> },
): string {
  if (counts.failed > 0) return isTest ? failedTests(stderr) : `${stdout}${stderr}`;
  return counts.skipped > 0 ? skippedLines(`${stdout}${stderr}`) : "";
}

async function readReports(folder: string): Promise<Tally> {
  const tally: Tally = { passed: 0, failed: 0, skipped: 0 };
  for (const file of await readdir(folder)) {
    const text = await Bun.file(join(folder, file)).text();
    const attributes = /<testsuites\b[^>]*>/.exec(text)?.[0] ?? "";
    const tests = count(attributes, "tests");
    const failed = count(attributes, "failures") + count(attributes, "errors");
    const skipped = count(attributes, "skipped");
    tally.failed += failed;
    tally.skipped += skipped;
    tally.passed += tests - failed - skipped;
  }
  return tally;
}

function count(attributes: string, name: string): number {
  return Number(new RegExp(`\\b${name}="(\\d+)"`).exec(attributes)?.[1] ?? 0);
}

/**
 * What `bun test` writes to standard error, without the tests that passed: what a test has to say comes
 * before the line with its verdict, the name of its file before its first test.
 */
function failedTests(output: string): string {
  const kept: string[] = [];
  let pending: string[] = [];
  let file = "";
  for (const line of output.split("\n")) {
    if (/^\S+\.test\.ts:$/.test(line)) {
      file = line;
      pending = [];
    } else if (/^\((?:pass|skip|todo)\)/.test(line)) {
      pending = [];
    } else if (line.startsWith("(fail)")) {
      kept.push(file, ...pending.slice(-MAX_LINES), line);
      pending = [];
    } else {
      pending.push(line);
    }
  }
  return [...kept, ...pending.slice(-MAX_LINES)].join("\n");
}

function skippedLines(output: string): string {
  return output
    .split("\n")
    .filter((line) => /skip/i.test(line))
    .join("\n");
}

function indent(text: string): string {
  return text
    .trimEnd()
    .split("\n")
    .map((line) => `     ${line}`)
    .join("\n");
}
