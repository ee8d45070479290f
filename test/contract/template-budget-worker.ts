/**
 * Renders every hostile template with the whole budget, in a process of its own whose memory can be
 * measured. Prints one line of JSON for each: what it is, the least processor time of a few runs, how it
 * ended. The last line is the most memory that the process ever had, in megabytes.
 */
import { randomBytes } from "node:crypto";
import { createHelmDialect } from "../../src/chart/dialect.ts";
import { compileTemplate } from "../../src/template/compile.ts";
import { TemplateError } from "../../src/template/error.ts";
import { createKatalogDialect } from "../../src/template/katalog-dialect.ts";
import { compileTemplateSet } from "../../src/template/template-set.ts";
import {
  HOSTILE_CHART_TEMPLATES,
  HOSTILE_KATALOG_TEMPLATES,
  type HostileTemplate,
  hostileResource,
  INNOCENT_TEMPLATES,
} from "../support/hostile-templates.ts";

export interface Row {
  readonly kind: "chart" | "katalog" | "innocent";
  readonly name: string;
  readonly cpuMs: number;
  readonly end: string;
}

const environment = { nowMs: 0, timeZone: "UTC", random: (size: number) => randomBytes(size) };
const ATTEMPTS = 5;

function renderChart(source: string): void {
  const dialect = createHelmDialect(() => {});
  const result = compileTemplateSet([{ name: "a", source }], { dialect });
  if (result.kind === "failed") throw new Error(`${source}: ${result.issues[0]?.message}`);
  result.set.render("a", {}, environment);
}

const scope = { spec: hostileResource() };

function renderKatalog(source: string): void {
  const result = compileTemplate(source, { dialect: createKatalogDialect() });
  if (result.kind === "failed") throw new Error(`${source}: ${result.issues[0]?.message}`);
  result.template.render(scope, environment);
}

function ending(run: () => void): string {
  try {
    run();
    return "rendered";
  } catch (error) {
    if (error instanceof TemplateError) return error.code;
    throw error;
  }
}

/** Ends with the first run that took no longer than `enoughMs`: a busy machine is nobody's fault. */
function measure(kind: Row["kind"], enoughMs: number, [name, template]: HostileTemplate): void {
  const run = () => (kind === "chart" ? renderChart(template) : renderKatalog(template));
  let cpuMs = Number.POSITIVE_INFINITY;
  let end = "";
  for (let attempt = 0; attempt < ATTEMPTS && cpuMs > enoughMs; attempt++) {
    const begin = process.cpuUsage();
    end = ending(run);
    const { user, system } = process.cpuUsage(begin);
    cpuMs = Math.min(cpuMs, (user + system) / 1_000);
    // The most memory of one is looked for, without what those before it left to be collected.
    Bun.gc(true);
  }
  console.log(JSON.stringify({ kind, name, cpuMs: Math.round(cpuMs), end } satisfies Row));
}

const [chartMs = 0, innocentMs = 0] = process.argv.slice(2).map(Number);
for (const one of HOSTILE_CHART_TEMPLATES) measure("chart", chartMs, one);
for (const one of HOSTILE_KATALOG_TEMPLATES) measure("katalog", chartMs, one);
for (const one of INNOCENT_TEMPLATES) measure("innocent", innocentMs, one);
console.log(JSON.stringify({ mostMb: Math.round(process.resourceUsage().maxRSS / 1_024) }));
