import { describe, expect, test } from "bun:test";
import { compileTemplate } from "../../../src/template/compile.ts";
import { goBuiltins } from "../../../src/template/go-builtins.ts";
import type { Dialect, Scope } from "../../../src/template/template.ts";
import cases from "./go-cases.json";

/**
 * The cases and what Go's own text/template made of them, recorded by
 * `go run test/support/gotemplate/main.go test/unit/template/go-cases.json`, then formatted by
 * `biome format --write`.
 */
interface Case {
  readonly name: string;
  readonly template: string;
  readonly data?: unknown;
  readonly output?: string;
  readonly error?: string;
  /** Why our answer is another one; then `ours` is it, or absent for an error. */
  readonly differs?: string;
  readonly ours?: string;
}

const GO: Dialect = {
  functions: goBuiltins,
  missingKey: "no-value",
  trim: false,
  budget: { steps: 1_000_000, outputLength: 1 << 20 },
};

const environment = { nowMs: 0, timeZone: "UTC", random: (size: number) => new Uint8Array(size) };

type Answer = { readonly output: string } | { readonly error: string };

function evaluate({ template, data }: Case): Answer {
  const result = compileTemplate(template, { dialect: GO });
  if (result.kind === "failed") return { error: result.issues[0]?.message ?? "" };
  try {
    const scope = (data === undefined ? {} : data) as Scope;
    return { output: result.template.render(scope, environment) };
  } catch (error) {
    return { error: String(error) };
  }
}

const all: readonly Case[] = cases as readonly Case[];
const alike = all.filter((one) => one.differs === undefined);
const apart = all.filter((one) => one.differs !== undefined);

describe("compileTemplate() answers as Go's text/template does", () => {
  test("in enough cases", () => {
    expect(alike.length).toBeGreaterThanOrEqual(250);
  });

  test.each(alike.map((one) => [one.name, one] as const))("to %j", (_name, one) => {
    const answer = evaluate(one);
    if (one.error === undefined) expect(answer).toEqual({ output: one.output as string });
    else expect(answer).toEqual({ error: expect.any(String) });
  });

  test.each(apart.map((one) => [one.name, one] as const))("but not to %j", (_name, one) => {
    const answer = evaluate(one);
    if (one.ours === undefined) expect(answer).toEqual({ error: expect.any(String) });
    else expect(answer).toEqual({ output: one.ours });
    expect("output" in answer ? answer.output : undefined).not.toBe(one.output);
  });
});
