/** What it takes to resolve a large document: 500 CRD entries, each as large as that of the example. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { BenchContext, RowGroup } from "./bench-context.ts";
import { SHAPES, type Shape, writeManyCrds } from "./many-crds.ts";
import { ms, type Row } from "./report.ts";
import { median } from "./statistics.ts";

const RUNS = 5;
const ENTRIES = 500;
const LIMIT_MS = 1_000;
const LIMIT_MB = 150;

export const resolveLarge: RowGroup = { name: "resolve", run: measureResolve };

/** The bars are for one document that holds it all; with definitions in files there is more to read. */
const WHERE: Readonly<Record<Shape, string>> = {
  inline: "in one document",
  shared: "with a crdFile for all",
  own: "with a crdFile each",
};

async function measureResolve(context: BenchContext): Promise<Row[]> {
  context.say("resolve");
  const folder = await mkdtemp(join(tmpdir(), "orkestra-bench-"));
  try {
    const rows: Row[] = [];
    for (const shape of SHAPES) {
      const file = await writeManyCrds(join(folder, shape), shape, ENTRIES);
      rows.push(
        ...(await measureShape([...context.executables.ork, "validate", "-f", file], shape)),
      );
    }
    return rows;
  } finally {
    await rm(folder, { recursive: true });
  }
}

async function measureShape(command: readonly string[], shape: Shape): Promise<Row[]> {
  const runs: Cost[] = [];
  for (let run = 0; run < RUNS; run++) runs.push(await costOf(command));
  const what = `\`validate\` of ${ENTRIES} CRDs ${WHERE[shape]} (median of ${RUNS})`;
  const [elapsedMs, cpuMs, peakMb] = (["elapsedMs", "cpuMs", "peakMb"] as const).map((figure) =>
    median(runs.map((run) => run[figure])),
  ) as [number, number, number];
  return [
    {
      what,
      measured: `${ms(elapsedMs)} (${ms(cpuMs)} of a processor)`,
      bar: `≤ ${LIMIT_MS / 1000} s`,
      isMet: elapsedMs <= LIMIT_MS,
    },
    {
      what: `${what}: most memory`,
      measured: `${peakMb.toFixed(0)} MB`,
      bar: `≤ ${LIMIT_MB} MB`,
      isMet: peakMb <= LIMIT_MB,
    },
  ];
}

interface Cost {
  readonly elapsedMs: number;
  readonly cpuMs: number;
  readonly peakMb: number;
}

async function costOf(command: readonly string[]): Promise<Cost> {
  const startedMs = performance.now();
  const child = Bun.spawn([...command], { stdin: "ignore", stdout: "ignore", stderr: "pipe" });
  const code = await child.exited;
  const elapsedMs = performance.now() - startedMs;
  const usage = child.resourceUsage();
  if (code !== 0 || usage === undefined) {
    const errors = await new Response(child.stderr).text();
    throw new Error(`"${command.join(" ")}" ended with code ${code}: ${errors.trim()}`);
  }
  return {
    elapsedMs,
    cpuMs: Number(usage.cpuTime.total) / 1000,
    peakMb: usage.maxRSS / 1e6,
  };
}
