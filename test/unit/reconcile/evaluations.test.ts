import { expect, test } from "bun:test";
import { Evaluations } from "../../../src/reconcile/evaluations.ts";
import { compileTemplate } from "../../../src/template/compile.ts";
import { createKatalogDialect } from "../../../src/template/katalog-dialect.ts";
import type { Scope, Template, TemplateEnvironment } from "../../../src/template/template.ts";
import { type ManualClock, manualClock } from "../../support/manual-clock.ts";

const LOOP = "{{ range .spec.items }}{{ range $.spec.items }}x{{ end }}{{ end }}";
const scopeOf = (count: number): Scope => ({ spec: { items: Array(count).fill("a") } });
/** 90,000 steps: more than are taken at once. */
const LONG = scopeOf(300);
const ENDLESS = scopeOf(2_000);

function compiled(source: string): Template {
  const result = compileTemplate(source, { dialect: createKatalogDialect() });
  if (result.kind === "failed") throw new Error(result.issues[0]?.message);
  return result.template;
}

/** Every look at the clock takes a millisecond, so that slices come to an end. */
function scene() {
  const clock = manualClock();
  const ticking: ManualClock = {
    ...clock,
    monotonicMs() {
      clock.advance(1);
      return clock.monotonicMs();
    },
  };
  let randoms = 0;
  const environment: TemplateEnvironment = {
    nowMs: 0,
    timeZone: "UTC",
    random: (size) => new Uint8Array(size).fill(++randoms),
  };
  /** Resolves with what it came to and the turns of the loop that it took. */
  const run = async <T>(evaluate: (own: TemplateEnvironment) => T) => {
    let turns = 0;
    let timer = setImmediate(function count() {
      turns++;
      // Rests come to their end.
      clock.advance(1);
      timer = setImmediate(count);
    });
    try {
      return { value: await evaluations.run(environment, evaluate), turns };
    } finally {
      clearImmediate(timer);
    }
  };
  const evaluations = new Evaluations(ticking);
  return { run, evaluations, environment };
}

test("Evaluations.run() does what is short at once, and once", async () => {
  const { run } = scene();
  const template = compiled("{{ range .spec.items }}x{{ end }}");
  let calls = 0;
  const { value, turns } = await run((own) => {
    calls++;
    return template.render(scopeOf(3), own);
  });
  expect(value).toBe("xxx");
  expect([calls, turns]).toEqual([1, 0]);
});

test("Evaluations.run() finishes in slices what takes long, and gives what it gives in one go", async () => {
  const { run, environment } = scene();
  const template = compiled(LOOP);
  let calls = 0;
  const { value, turns } = await run((own) => {
    calls++;
    return `${template.render(LONG, own)}!`;
  });
  expect(value).toBe(`${template.render(LONG, environment)}!`);
  expect(calls).toBe(2);
  expect(turns).toBeGreaterThan(20);
});

test("Evaluations.run() throws what a template throws in slices, with its place", async () => {
  const { run } = scene();
  const template = compiled(`\n  ${LOOP}`);
  const failed = run((own) => template.render(ENDLESS, own)).catch((error: Error) => error);
  expect(((await failed) as Error).message).toMatch(/^template:2:\d+: .*more than 1000000 steps/);
});

test("Evaluations.run() makes each long template once, whoever catches its failure", async () => {
  const { run } = scene();
  const [long, endless] = [compiled(LOOP), compiled(`a${LOOP}`)];
  let seen = 0;
  const { value } = await run((own) => {
    const texts = [long, endless, long].map((template, index) => {
      try {
        return template.render(index === 1 ? ENDLESS : LONG, own).length;
      } catch (error) {
        return (error as Error).name;
      }
    });
    seen++;
    return texts;
  });
  expect(value).toEqual([90_000, "TemplateError", 90_000]);
  expect(seen).toBe(4);
});

test("Evaluations.run() makes in one go what reads something else each time", async () => {
  const { run } = scene();
  const template = compiled(LOOP);
  let calls = 0;
  // Its scope is another one with each call.
  const { value } = await run((own) => {
    calls++;
    return template.render({ ...LONG }, own).length;
  });
  expect(value).toBe(90_000);
  expect(calls).toBe(2);
});

test("Evaluations.run() tells the environment who looked at the clock", async () => {
  const { evaluations, environment } = scene();
  let looks = 0;
  const watched: TemplateEnvironment = {
    ...environment,
    get nowMs() {
      looks++;
      return 0;
    },
  };
  await evaluations.run(watched, (own) => compiled("{{ .spec.items }}").render(LONG, own));
  expect(looks).toBe(0);
  await evaluations.run(watched, (own) =>
    compiled("{{ timeSince `2026-01-01T00:00:00Z` }}").render(LONG, own),
  );
  expect(looks).toBeGreaterThan(0);
});
