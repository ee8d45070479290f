/** The template engine against Go's own `text/template`, on templates that a generator makes up. */
import { expect, test } from "bun:test";
import { createGoBuiltins } from "../../src/template/go-builtins.ts";
import { asValue, GoNumber } from "../../src/template/go-object.ts";
import type { Dialect, Scope } from "../../src/template/template.ts";
import { compileTemplateSet } from "../../src/template/template-set.ts";
import { describeWithOracle, type OracleAnswer } from "../support/oracle.ts";
import { GENERATED_DATA, type GeneratedTemplate, generateTemplates } from "./cases/generator.ts";
import { environment } from "./render.ts";

const SEED = 20_261_122;
const COUNT = 8_000;

const templates = generateTemplates(SEED, COUNT);
const functions = createGoBuiltins({ isForgiving: false, numbers: "go" });
const data = typedNumbers(GENERATED_DATA) as Scope;

function typedNumbers(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(typedNumbers);
  if (typeof value !== "object" || value === null) return value;
  if ("$float" in value) return asValue(new GoNumber(Number(value.$float), "float64"));
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, typedNumbers(item)]));
}

function evaluate({ template, missingKey }: GeneratedTemplate): OracleAnswer {
  const dialect: Dialect = {
    functions,
    numbers: "go",
    trim: false,
    missingKey: missingKey === "zero" ? "zero" : "no-value",
    budget: { steps: 1_000_000, outputLength: 1 << 20 },
  };
  const compiled = compileTemplateSet([{ name: "t", source: template }], { dialect });
  if (compiled.kind === "failed") return { output: "", error: compiled.issues[0]?.message ?? "" };
  try {
    return { output: compiled.set.render("t", data, environment) };
  } catch (error) {
    return { output: "", error: String(error) };
  }
}

/**
 * What differs on purpose. Strings are Unicode here, not bytes: one that is cut inside a character
 * has U+FFFD there. A list has no room behind its end, which a slice of Go may reach into. The
 * flag `#` adds no zeros to a float.
 */
function isKnown({ template }: GeneratedTemplate, go: OracleAnswer, ours: OracleAnswer): boolean {
  if (/slice[^}]*(?:unicode|äö)/.test(template)) return true;
  if (/%#/.test(template)) return true;
  return go.error === undefined && /Index \d+ is out of range/.test(ours.error ?? "");
}

describeWithOracle("compileTemplateSet() answers as Go's text/template does", {
  request: {
    templates: templates.map((one) => ({ ...one, data: GENERATED_DATA })),
  },
  tests(answers) {
    test(`on ${COUNT} generated templates`, () => {
      const apart: unknown[] = [];
      const counts = { rendered: 0, failed: 0, known: 0 };
      templates.forEach((one, index) => {
        const go = answers().templates[index] as OracleAnswer;
        const ours = evaluate(one);
        const isFailure = go.error !== undefined;
        const isSame = isFailure ? ours.error !== undefined : ours.output === go.output;
        if (isSame) counts[isFailure ? "failed" : "rendered"]++;
        else if (isKnown(one, go, ours)) counts.known++;
        else apart.push({ ...one, go, ours });
      });
      expect(apart).toEqual([]);
      expect(counts.rendered).toBeGreaterThanOrEqual(2_000);
      expect(counts.known).toBeLessThanOrEqual(COUNT / 200);
    }, 60_000);
  },
});
