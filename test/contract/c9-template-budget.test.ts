/**
 * C9, safe to load: a template may ask for more than there is, and a custom resource may hold whatever etcd
 * takes. Neither may take the time or the memory of the process.
 */
import { expect, test } from "bun:test";
import { join } from "node:path";
import {
  HOSTILE_CHART_TEMPLATES,
  HOSTILE_KATALOG_TEMPLATES,
  INNOCENT_TEMPLATES,
} from "../support/hostile-templates.ts";
import type { Row } from "./template-budget-worker.ts";

/** Of the processor, for one file of a chart and for one template of a Katalog: twice the contract's, as a shared machine is slower. */
const MAX_MS = 4_000;
/** Of the processor, for what a Katalog says without a thought of a resource of 1.5 MB. */
const MAX_INNOCENT_MS = 200;
/** Of a process that renders all of them, one after the other, and collects its garbage in between. */
const MAX_MB = 1_024;

/** They refuse such arguments before the budget does. */
const REFUSED = new Set(["tpl of braces", "tpl of brackets", "until of more"]);

test("a hostile template ends within its budget of time and memory, an innocent one in no time", async () => {
  const worker = join(import.meta.dir, "template-budget-worker.ts");
  const command = [process.execPath, worker, String(MAX_MS), String(MAX_INNOCENT_MS)];
  const child = Bun.spawn(command, { stdin: "ignore", stdout: "pipe", stderr: "inherit" });
  const lines = (await new Response(child.stdout).text()).trim().split("\n");
  expect(await child.exited).toBe(0);
  const { mostMb } = JSON.parse(lines.pop() ?? "{}") as { readonly mostMb: number };
  const rows = lines.map((line) => JSON.parse(line) as Row);

  const told = HOSTILE_CHART_TEMPLATES.length + HOSTILE_KATALOG_TEMPLATES.length;
  expect(rows).toHaveLength(told + INNOCENT_TEMPLATES.length);
  const limitOf = ({ kind }: Row) => (kind === "innocent" ? MAX_INNOCENT_MS : MAX_MS);
  expect(rows.filter((row) => row.cpuMs > limitOf(row))).toEqual([]);
  const hostile = rows.filter(({ kind, name }) => kind !== "innocent" && !REFUSED.has(name));
  expect(hostile.filter(({ end }) => end !== "budget")).toEqual([]);
  expect(mostMb).toBeLessThan(MAX_MB);
}, 300_000);
