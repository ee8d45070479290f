/**
 * `npm run faults`: the full fault suite of the reconcile contract, of which `npm test` plays about a tenth.
 *
 *     npm run faults -- [--seed N] [--only kill,travel,…] [--on cluster|sandbox] [--reduced]
 *
 * Ends with 0 when every group passed and has played as much as it must, else with 1.
 */
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { startSharedCluster } from "../test/support/cluster-shared.ts";
import {
  addUp,
  FAULT_GROUPS,
  type FaultGroup,
  type Figures,
  showFigures,
} from "../test/support/fault-report.ts";
import { outputOf } from "../test/support/process-output.ts";
import { type FaultRun, GROUP_PLANS, type GroupPlan } from "./fault-groups.ts";

interface Options {
  readonly seed: number;
  readonly groups: readonly FaultGroup[];
  readonly on: "cluster" | "sandbox";
  readonly isReduced: boolean;
}

interface Result {
  readonly group: FaultGroup;
  readonly figures: Figures;
  /** What was not as it must be; empty when all was. */
  readonly problems: readonly string[];
  readonly seconds: number;
}

process.exit(await main());

async function main(): Promise<number> {
  const options = readOptions();
  if (options === undefined) return 2;
  const { seed, groups, on } = options;
  console.log(`Fault suite on the ${on}, seed ${seed}: ${groups.join(", ")}`);
  const folder = await mkdtemp(join(tmpdir(), "orkestra-faults-"));
  try {
    await using server = await openServer(options);
    const results: Result[] = [];
    for (const group of groups) {
      results.push(await playGroup(group, { ...options, folder, env: server.env }));
    }
    return sumUp(results, options);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function readOptions(): Options | undefined {
  try {
    const { values } = parseArgs({
      options: {
        seed: { type: "string" },
        only: { type: "string" },
        on: { type: "string", default: "cluster" },
        reduced: { type: "boolean", default: false },
      },
    });
    const seed = Number(values.seed ?? Math.floor(Math.random() * 2 ** 31));
    if (!Number.isSafeInteger(seed)) throw new Error(`"--seed" is "${values.seed}", no number`);
    const { on } = values;
    if (on !== "cluster" && on !== "sandbox") {
      throw new Error(`"--on" is "${on}", expected cluster or sandbox`);
    }
    const groups = (values.only?.split(",") ?? FAULT_GROUPS).map(groupNamed);
    return { seed, groups, on, isReduced: values.reduced };
  } catch (error) {
    console.error(`Cannot run the fault suite: ${(error as Error).message}`);
    return undefined;
  }
}

function groupNamed(name: string): FaultGroup {
  const group = FAULT_GROUPS.find((known) => known === name);
  if (group === undefined) throw new Error(`"${name}" is none of ${FAULT_GROUPS.join(", ")}`);
  return group;
}

/** One server for all groups: the sandbox is started by each test process itself. */
async function openServer({ on, groups }: Options) {
  const needsCluster = on === "cluster" && groups.some((group) => !GROUP_PLANS[group].isServerless);
  if (!needsCluster || process.env["ORK_TEST_CLUSTER"]) {
    return { env: {}, async [Symbol.asyncDispose]() {} };
  }
  return startSharedCluster();
}

interface Stagehand extends Options {
  readonly folder: string;
  readonly env: Readonly<Record<string, string>>;
}

async function playGroup(group: FaultGroup, stagehand: Stagehand): Promise<Result> {
  const plan = GROUP_PLANS[group];
  const startMs = performance.now();
  const report = join(stagehand.folder, `${group}.jsonl`);
  await writeFile(report, "");
  const failures: string[] = [];
  for (const run of plan.runs) failures.push(...(await playRun(run, { ...stagehand, report })));
  const figures = addUp(await readFile(report, "utf8")).get(group) ?? {};
  const problems = [...failures, ...shortfalls(plan, figures, stagehand)];
  const seconds = (performance.now() - startMs) / 1_000;
  const verdict = problems.length === 0 ? "ok  " : "FAIL";
  console.log(`${verdict} ${group}: ${showFigures(figures)} in ${seconds.toFixed(1)} s`);
  for (const problem of problems) console.log(`     ${problem}`);
  return { group, figures, problems, seconds };
}

/** What failed, with the output of its tests. */
async function playRun(
  { file, title, scale }: FaultRun,
  { seed, on, isReduced, report, env }: Stagehand & { readonly report: string },
): Promise<readonly string[]> {
  console.log(`     ${file}${title === undefined ? "" : `: ${title}`}`);
  const select = title === undefined ? [] : ["-t", title];
  const child = Bun.spawn(["bun", "test", "--timeout", "120000", join("test", file), ...select], {
    env: {
      ...process.env,
      ...env,
      ORK_FAULT_SEED: String(seed),
      ORK_FAULT_PLANS: String(isReduced ? 1 : scale),
      ORK_FAULT_ON: on,
      ORK_FAULT_REPORT: report,
    },
    stdin: "ignore",
    stdout: "pipe",
    stderr: "pipe",
  });
  const { stdout, stderr, code } = await outputOf(child);
  if (code === 0) return [];
  const lines = `${stdout}${stderr}`.split("\n").filter((line) => !/^\((pass|skip)\)/.test(line));
  return [`${file} failed:`, ...lines.filter((line) => line.trim() !== "")];
}

function shortfalls(
  { least, most = {} }: GroupPlan,
  figures: Figures,
  { isReduced }: Options,
): readonly string[] {
  const few = Object.entries(isReduced ? {} : least).filter(
    ([unit, bar]) => (figures[unit] ?? 0) < bar,
  );
  // What was not measured was not in time. The reduced suite leaves out what takes minutes.
  const slow = Object.entries(most).filter(
    ([unit, bar]) => (figures[unit] ?? (isReduced ? 0 : Number.POSITIVE_INFINITY)) > bar,
  );
  return [
    ...few.map(([unit, bar]) => `Played ${figures[unit] ?? 0} ${unit}, expected at least ${bar}`),
    ...slow.map(
      ([unit, bar]) => `${unit} is ${figures[unit] ?? "not told"}, expected at most ${bar}`,
    ),
  ];
}

function sumUp(results: readonly Result[], { seed, on }: Options): number {
  console.log(`\nFault suite on the ${on}, seed ${seed}`);
  for (const { group, figures, problems, seconds } of results) {
    const { bar, least, most = {} } = GROUP_PLANS[group];
    const bars = [least, most].map(showFigures).filter((text) => text !== "");
    const verdict = problems.length === 0 ? "ok  " : "FAIL";
    console.log(`${verdict} ${group.padEnd(10)} ${seconds.toFixed(0).padStart(5)} s  ${bar}`);
    console.log(`     played: ${showFigures(figures)}`);
    if (bars.length > 0) console.log(`     bar:    ${bars.join(", ")}`);
  }
  const failed = results.filter(({ problems }) => problems.length > 0);
  console.log(`\n${results.length - failed.length} groups passed, ${failed.length} failed`);
  return failed.length === 0 ? 0 : 1;
}
