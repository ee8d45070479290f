/** What the executable itself weighs, over an empty program of the same runtime. */
import { statSync } from "node:fs";
import { join } from "node:path";
import type { BenchContext, RowGroup } from "./bench-context.ts";
import { ms, type Row } from "./report.ts";
import { median } from "./statistics.ts";

const RUNS = 21;
const MEGABYTE = 1e6;

export const executable: RowGroup = { name: "executable", run: measureExecutable };

async function measureExecutable(context: BenchContext): Promise<Row[]> {
  context.say("executable");
  const { executables, empty } = context;
  const katalog = join(import.meta.dir, "katalog");
  const version = await compareStarts([...executables.ork, "version"], empty);
  const validate = await compareStarts([...executables.ork, "validate", "-f", katalog], empty);
  return [
    sizeRow(executables.ork[0] ?? "", empty),
    startRow("`version`", version, 30),
    startRow("`validate` says that a Katalog is valid", validate, 60),
  ];
}

function sizeRow(ork: string, empty: string): Row {
  const [own, base] = [statSync(ork).size / MEGABYTE, statSync(empty).size / MEGABYTE];
  return {
    what: "size of the executable",
    measured: `${own.toFixed(1)} MB`,
    floor: `${base.toFixed(1)} MB`,
    ratio: own / base,
    bar: "≤ 8 MB over an empty program",
    isMet: own - base <= 8,
  };
}

interface Starts {
  readonly ownMs: number;
  readonly emptyMs: number;
}

/** In turn, so that both meet the same weather. */
async function compareStarts(command: readonly string[], empty: string): Promise<Starts> {
  const own: number[] = [];
  const base: number[] = [];
  for (let run = 0; run < RUNS; run++) {
    own.push(await timeRun(command));
    base.push(await timeRun([empty]));
  }
  return { ownMs: median(own), emptyMs: median(base) };
}

async function timeRun(command: readonly string[]): Promise<number> {
  const startedMs = performance.now();
  const child = Bun.spawn([...command], { stdin: "ignore", stdout: "ignore", stderr: "pipe" });
  const code = await child.exited;
  const elapsedMs = performance.now() - startedMs;
  if (code !== 0) {
    const errors = await new Response(child.stderr).text();
    throw new Error(`"${command.join(" ")}" ended with code ${code}: ${errors.trim()}`);
  }
  return elapsedMs;
}

function startRow(what: string, { ownMs, emptyMs }: Starts, limitMs: number): Row {
  return {
    what: `${what} (median of ${RUNS})`,
    measured: ms(ownMs),
    floor: ms(emptyMs),
    ratio: ownMs / emptyMs,
    bar: `≤ ${limitMs} ms over an empty program`,
    isMet: ownMs - emptyMs <= limitMs,
  };
}
