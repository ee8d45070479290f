import { describe, expect, test } from "bun:test";
import { compileTemplate } from "../../../src/template/compile.ts";
import { createKatalogDialect } from "../../../src/template/katalog-dialect.ts";
import type {
  Evaluation,
  Scope,
  Template,
  TemplateEnvironment,
} from "../../../src/template/template.ts";

const ENVIRONMENT: TemplateEnvironment = {
  nowMs: 0,
  timeZone: "UTC",
  random: (size) => new Uint8Array(size),
};

const ITEMS = Array.from({ length: 40 }, (_, index) => `i${index}`);
const SCOPE: Scope = {
  spec: { items: ITEMS, map: { b: 2, a: 1 }, text: "hello", none: [], count: 3 },
};

/** Evaluates in parts, and counts them. */
function inParts(template: Template, scope = SCOPE) {
  let parts = 0;
  const slices = {
    run<T>({ inParts: begin }: Evaluation<T>): T {
      const evaluation = begin();
      for (;;) {
        parts++;
        const next = evaluation.next();
        if (next.done) return next.value;
      }
    },
  };
  const result = outcome(() => template.render(scope, { ...ENVIRONMENT, slices }));
  return { result, parts };
}

function outcome(work: () => string): string {
  try {
    return work();
  } catch (error) {
    return String(error);
  }
}

function compiled(source: string): Template {
  const result = compileTemplate(source, { dialect: createKatalogDialect() });
  if (result.kind === "failed") throw new Error(result.issues[0]?.message);
  return result.template;
}

const all = (body: string) => `{{ range $.spec.items }}${body}{{ end }}`;

describe("compileSlices() comes to what the whole evaluation comes to", () => {
  test.each([
    "plain",
    "{{ range .spec.items }}{{ . }},{{ end }}",
    "{{ range $i, $e := .spec.items }}{{ $i }}={{ $e }};{{ end }}",
    "{{ range $k, $v := .spec.map }}{{ $k }}={{ $v }};{{ end }}",
    "{{ range .spec.count }}{{ . }}{{ end }}",
    "{{ range .spec.none }}x{{ else }}{{ range .spec.count }}none{{ end }}{{ end }}",
    "{{ if .spec.none }}x{{ else if .spec.text }}{{ range .spec.items }}y{{ end }}{{ end }}",
    "{{ with .spec.map }}{{ range .a }}{{ . }}{{ end }}{{ .b }}{{ end }}",
    "{{ range .spec.items }}{{ if eq . `i3` }}{{ break }}{{ end }}{{ . }}{{ end }}",
    "{{ range .spec.items }}{{ range $.spec.count }}{{ if eq . 1 }}{{ continue }}{{ end }}{{ . }}{{ end }}|{{ end }}",
    "{{ $n := 0 }}{{ range .spec.items }}{{ $n = add $n 1 }}{{ end }}{{ $n }}",
    '{{ define "list" }}{{ range . }}<{{ . }}>{{ end }}{{ end }}{{ template "list" .spec.items }}{{ template "list" .spec.count }}',
    '{{ define "down" }}{{ if gt . 0 }}{{ . }} {{ template "down" (sub . 1) }}{{ end }}{{ end }}{{ template "down" 9 }}',
    '{{ define "again" }}{{ template "again" . }}{{ end }}{{ template "again" . }}',
    "{{ range .spec.text }}x{{ end }}",
    all(all(all(all("x")))),
    `{{ repeat "x" 3000000 }}${all("x")}`,
  ])("%s", (source) => {
    const template = compiled(source);
    const whole = outcome(() => template.render(SCOPE, ENVIRONMENT));
    expect(inParts(template).result).toBe(whole);
  });
});

test("compileSlices() pauses again and again, for the same steps", () => {
  const { parts, result } = inParts(compiled(all(all(all("x")))));
  expect(result).toHaveLength(64_000);
  expect(parts).toBeGreaterThan(100);
  const tooMuch = compiled(all(all(all(all("")))));
  const { result: failed } = inParts(tooMuch);
  expect(failed).toContain("more than 1000000 steps");
});
