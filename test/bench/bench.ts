/**
 * The benchmark: `npm run bench`. Measures `dist/ork` against a real kube-apiserver, with nothing else
 * of Kubernetes running, and puts every bar of the project next to what was measured, where it makes
 * sense beside a floor from the same run.
 *
 *   npm run bench -- [--only latency,burst,…] [--full] [--rounds 3] [--ork PATH] [-o json]
 *
 * Exit code 0: every bar that was measured is met; 1: some are not; 2: usage.
 */
import { existsSync, readFileSync } from "node:fs";
import { cpus } from "node:os";
import { resolve } from "node:path";
import { parseArgs } from "node:util";
import { KUBERNETES_VERSION } from "../support/controlplane-build.ts";
import { Arena, siteNames } from "./arena.ts";
import type { BenchContext, RowGroup } from "./bench-context.ts";
import { buildBaselines, dropFromPageCache } from "./executables.ts";
import { type Row, renderTable } from "./report.ts";
import { burst, latency, requests } from "./rows-create.ts";
import { executable } from "./rows-executable.ts";
import { hooks } from "./rows-hooks.ts";
import { imports } from "./rows-imports.ts";
import { isolation } from "./rows-isolation.ts";
import { large } from "./rows-large.ts";
import { resolveLarge } from "./rows-resolve.ts";
import { drift, memory, rest, restart } from "./rows-settled.ts";

/** In this order: `memory` needs the arena before it is populated. */
const GROUPS: readonly RowGroup[] = [
  executable,
  resolveLarge,
  imports,
  latency,
  burst,
  requests,
  isolation,
  memory,
  rest,
  drift,
  restart,
  large,
  hooks,
];

interface Settings {
  readonly groups: readonly RowGroup[];
  readonly rounds: number;
  readonly isFull: boolean;
  readonly ork: string;
  readonly asJson: boolean;
}

/** @param args what stands after `npm run bench --`; returns the exit code */
export async function runBench(args: readonly string[]): Promise<number> {
  const settings = readSettings(args);
  if (settings === undefined) return 2;
  if (!existsSync(settings.ork)) {
    console.error(`Cannot measure "${settings.ork}": no such file, run "npm run build" first`);
    return 2;
  }
  console.error(describeMachine());
  const startedMs = performance.now();
  const rows = await measure(settings);
  console.error(`${((performance.now() - startedMs) / 1000).toFixed(0)} s in all\n`);
  const result = { kubernetes: KUBERNETES_VERSION, machine: describeMachine(), rows };
  console.log(settings.asJson ? JSON.stringify(result, null, 2) : renderTable(rows));
  return rows.every((row) => row.isMet !== false) ? 0 : 1;
}

function readSettings(args: readonly string[]): Settings | undefined {
  try {
    const { values } = parseArgs({
      args: [...args],
      options: {
        only: { type: "string" },
        full: { type: "boolean", default: false },
        rounds: { type: "string", default: "3" },
        ork: { type: "string", default: "dist/ork" },
        output: { type: "string", short: "o", default: "table" },
      },
    });
    return {
      groups: chooseGroups(values.only, values.full),
      rounds: Number(values.rounds),
      isFull: values.full,
      ork: resolve(values.ork),
      asJson: values.output === "json",
    };
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    return undefined;
  }
}

function chooseGroups(only: string | undefined, isFull: boolean): readonly RowGroup[] {
  if (only === undefined) return GROUPS.filter((group) => isFull || !group.isLong);
  const names = only.split(",");
  const known = GROUPS.map((group) => group.name);
  const unknown = names.find((name) => !known.includes(name));
  if (unknown !== undefined) {
    throw new Error(`Cannot measure "${unknown}": expected some of ${known.join(", ")}`);
  }
  return GROUPS.filter((group) => names.includes(group.name));
}

async function measure({ groups, rounds, isFull, ork }: Settings): Promise<Row[]> {
  await using baselines = await buildBaselines();
  for (const program of [ork, baselines.floor]) await dropFromPageCache(program);
  const executables = { ork: [ork], floor: [baselines.floor] };
  const say = (text: string) => console.error(`· ${text}`);
  let open: { arena: Arena; count: number } | undefined;
  const unpopulated = async () => {
    open ??= { arena: await Arena.open("ork", executables), count: 0 };
    return open.arena;
  };
  const settled = async (count: number) => {
    const arena = await unpopulated();
    if (open !== undefined && open.count === 0) {
      say(`creating ${count} CRs`);
      await arena.burst(siteNames(count));
      open.count = count;
    }
    return arena;
  };
  const context: BenchContext = {
    executables,
    empty: baselines.empty,
    settled,
    unpopulated,
    rounds,
    isFull,
    say,
  };
  const rows: Row[] = [];
  try {
    for (const group of groups) {
      // A thousand CRs at rest must not share the processor with ten thousand.
      if (group.isLong) await open?.arena[Symbol.asyncDispose]();
      rows.push(...(await group.run(context)));
    }
  } finally {
    await open?.arena[Symbol.asyncDispose]();
  }
  return rows;
}

function describeMachine(): string {
  const model = cpus()[0]?.model.trim() ?? "unknown processor";
  const kernel = readFileSync("/proc/sys/kernel/osrelease", "utf8").trim();
  return `Kubernetes ${KUBERNETES_VERSION}, Bun ${Bun.version}, ${cpus().length} × ${model}, Linux ${kernel}`;
}

if (import.meta.main) process.exit(await runBench(process.argv.slice(2)));
