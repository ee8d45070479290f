import { describe, expect, test } from "bun:test";
import { createHelmDialect } from "../../../src/chart/dialect.ts";
import { compileTemplate } from "../../../src/template/compile.ts";
import { TemplateError } from "../../../src/template/error.ts";
import { createKatalogDialect } from "../../../src/template/katalog-dialect.ts";
import { Meter } from "../../../src/template/meter.ts";
import type { Dialect, Scope, TemplateValue } from "../../../src/template/template.ts";
import { compileTemplateSet } from "../../../src/template/template-set.ts";
import {
  HOSTILE_CHART_TEMPLATES,
  HOSTILE_KATALOG_TEMPLATES,
  hostileResource,
} from "../../support/hostile-templates.ts";

/** A tenth of what a Katalog has: what is paid for before it is done ends at once. */
const BUDGET = { steps: 100_000, outputLength: 100_000 };
const CHART: Dialect = { ...createHelmDialect(() => {}), budget: BUDGET };
const KATALOG: Dialect = { ...createKatalogDialect(), budget: BUDGET };
const environment = {
  nowMs: 0,
  timeZone: "UTC",
  random: (size: number) => new Uint8Array(size),
};

/** Far more than any of these takes, far less than one that is not paid for. */
const MAX_CPU_MS = 1_000;

/** What was thrown, after a bounded time. */
function failure(run: () => unknown): unknown {
  const begin = process.cpuUsage();
  let thrown: unknown;
  try {
    run();
  } catch (error) {
    thrown = error;
  }
  const { user } = process.cpuUsage(begin);
  expect(user / 1_000).toBeLessThan(MAX_CPU_MS);
  return thrown;
}

function renderChart(source: string): string {
  const result = compileTemplateSet([{ name: "a", source }], { dialect: CHART });
  if (result.kind === "failed") throw new Error(result.issues[0]?.message);
  return result.set.render("a", {}, environment);
}

function renderKatalog(source: string, scope: Scope): string {
  const result = compileTemplate(source, { dialect: KATALOG });
  if (result.kind === "failed") throw new Error(result.issues[0]?.message);
  return result.template.render(scope, environment);
}

/** They refuse such arguments before the budget does. */
const REFUSE = /^(until of more|tpl of braces|tpl of brackets)$/;

describe("a function that can make much of little ends with the budget", () => {
  test.each([...HOSTILE_CHART_TEMPLATES])("in a chart: %s", (name, template) => {
    const error = failure(() => renderChart(template));
    expect(error).toBeInstanceOf(TemplateError);
    if (!REFUSE.test(name)) expect((error as TemplateError).code).toBe("budget");
  });

  const scope = { spec: hostileResource() };
  test.each([...HOSTILE_KATALOG_TEMPLATES])("in a Katalog: %s", (_name, template) => {
    const error = failure(() => renderKatalog(template, scope));
    expect(error).toBeInstanceOf(TemplateError);
    expect((error as TemplateError).code).toBe("budget");
  });
});

/** Lists and maps of 2^30 leaves that share all their parts. */
function shared(): readonly TemplateValue[] {
  let list: TemplateValue = [1];
  let map: TemplateValue = { a: 1 };
  for (let level = 0; level < 30; level++) {
    list = [list, list];
    map = { a: map, b: map };
  }
  return [list, map];
}

/** What the other arguments may be. */
const FILLINGS: readonly TemplateValue[] = ["a", 3, ["a"], { a: "b" }];
/** They make keys and certificates, on purpose slowly, and look at texts alone. */
const SLOW = /^(gen|buildCustomCert|bcrypt|htpasswd|derivePassword)/;

describe.each([
  ["chart", CHART],
  ["Katalog", KATALOG],
] as const)("every function of a %s", (_what, { functions }) => {
  const rows = [...functions.values()].filter(({ name }) => !SLOW.test(name));

  test.each(rows)("$name never visits what it was not paid for", (row) => {
    const most = Math.min(row.maxArgs, Math.max(row.minArgs, 2));
    const reads = row.reads ?? "everything";
    failure(() => {
      for (const value of shared()) {
        for (let count = Math.max(1, row.minArgs); count <= most; count++) {
          for (let at = 0; at < count; at++) {
            for (const filling of FILLINGS) {
              const args = Array.from({ length: count }, (_, index) =>
                index === at ? value : structuredClone(filling),
              );
              callOnce(args);
            }
          }
        }
      }
    });

    function callOnce(args: readonly TemplateValue[]): void {
      const meter = new Meter({ steps: 20_000, outputLength: 20_000 });
      const isLiteral = args.map(() => false);
      try {
        meter.spendOnArguments(args, reads);
        row.call(args, { environment, root: {}, meter, isLiteral });
      } catch (error) {
        if (!(error instanceof TemplateError)) throw error;
      }
    }
  });
});

describe("Meter", () => {
  const meter = (steps: number) => new Meter({ steps, outputLength: 100 });

  test("counts a part as often as it is held", () => {
    const part = ["a", "b"];
    const one = meter(1_000);
    one.spendOnArguments([part], "everything");
    const many = meter(1_000);
    many.spendOnArguments([[part, part, part]], "everything");
    expect(many.steps).toBeGreaterThan(3 * (one.steps - 1));
  });

  test.each([
    ["nothing", 1],
    ["texts", 1],
    ["members", 3],
    ["everything", 7],
  ] as const)("reads %s of a list of lists for %d steps", (reading, steps) => {
    const one = meter(1_000);
    one.spendOnArguments([[["a"], ["b"]]], reading);
    expect(one.steps).toBe(steps);
  });

  test("refuses a text before it is made", () => {
    expect(() => meter(1_000).spendOnLength(101)).toThrow("a text has 101 characters");
  });

  test("refuses a value that holds itself", () => {
    const value: Record<string, TemplateValue> = {};
    value["self"] = value;
    const large = new Meter({ steps: 1_000_000, outputLength: 1_000_000 });
    expect(() => large.spendOnPrinting(value)).toThrow("nests deeper than");
  });

  test("counts the steps of all templates together", () => {
    const total = { limit: 10, used: 0 };
    new Meter({ steps: 8, outputLength: 1 }, total).spend(8);
    const second = new Meter({ steps: 8, outputLength: 1 }, total);
    expect(() => second.spend(8)).toThrow("all templates together took more than 10 steps");
  });
});
