/**
 * Runs the steps of a check one after the other or side by side, shows one line for each, and of those
 * that failed what tells why: of tests the failed ones alone. Tests report through JUnit files, so that passed, failed and
 * skipped can be counted.
 */
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { outputOf } from "../test/support/process-output.ts";

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
  const { stdout, stderr, code } = await outputOf(child);
  const counts = step.isTest ? await readReports(reports) : undefined;
  await rm(reports, { recursive: true });
  const own = counts ?? { passed: code === 0 ? 1 : 0, failed: code === 0 ? 0 : 1, skipped: 0 };
  if (code !== 0 && own.failed === 0) own.failed = 1;
  tally.passed += own.passed;
  tally.failed += own.failed;
  tally.skipped += own.skipped;
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  const detail = counts
    ? ` (${own.passed} passed, ${own.failed} failed, ${own.skipped} skipped)`
    : "";
  console.log(`${own.failed === 0 ? "ok  " : "FAIL"} ${step.name}${detail} ${seconds} s`);
  if (own.failed > 0) {
    console.log(indent(step.isTest ? failedTests(stderr) : `${stdout}${stderr}`));
  } else if (own.skipped > 0) console.log(indent(skippedLines(`${stdout}${stderr}`)));
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
