import { describe, expect, test } from "bun:test";
import { createGoBuiltins } from "../../../src/template/go-builtins.ts";
import { asValue, float64, GoObject } from "../../../src/template/go-object.ts";
import type { Dialect, Scope, TemplateFunction } from "../../../src/template/template.ts";
import { compileTemplateSet, type NamedSource } from "../../../src/template/template-set.ts";

const include: TemplateFunction = {
  name: "include",
  minArgs: 2,
  maxArgs: 2,
  call: ([name, value], { templates }) => templates?.render(String(name), value) ?? "",
};
const tpl: TemplateFunction = {
  name: "tpl",
  minArgs: 2,
  maxArgs: 2,
  call: ([text, value], { templates }) => templates?.renderSource(String(text), value) ?? "",
};

const DIALECT: Dialect = {
  functions: new Map([
    ...createGoBuiltins({ isForgiving: false, numbers: "go" }),
    ["include", include],
    ["tpl", tpl],
  ]),
  missingKey: "zero",
  numbers: "go",
  trim: false,
  budget: { steps: 100_000, outputLength: 100_000 },
};

const environment = { nowMs: 0, timeZone: "UTC", random: (size: number) => new Uint8Array(size) };

function render(sources: readonly NamedSource[], name: string, scope: Scope = {}): string {
  const result = compileTemplateSet(sources, { dialect: DIALECT });
  if (result.kind === "failed") throw new Error(result.issues[0]?.message);
  return result.set.render(name, scope, environment);
}

function one(source: string, scope: Scope = {}): string {
  return render([{ name: "a", source }], "a", scope);
}

describe("compileTemplateSet()", () => {
  test("lets sources call each other, whatever their order", () => {
    const sources = [
      { name: "a", source: '{{ template "x" 1 }}{{ include "x" 2 }}{{ template "b" . }}' },
      { name: "b", source: "b" },
      { name: "c", source: '{{ define "x" }}<{{ . }}>{{ end }}' },
    ];
    expect(render(sources, "a")).toBe("<1><2>b");
  });

  test("takes the last definition of a name, and never an empty one", () => {
    const define = (body: string) => `{{ define "x" }}${body}{{ end }}`;
    const sources = ["first", "second", "  "].map((body, index) => {
      return { name: `d${index}`, source: define(body) };
    });
    expect(render([...sources, { name: "a", source: '{{ template "x" }}' }], "a")).toBe("second");
  });

  test("says what does not parse, in all sources", () => {
    const sources = [
      { name: "a.tpl", source: "\n{{ if }}" },
      { name: "b.tpl", source: "{{ nope }}" },
    ];
    const result = compileTemplateSet(sources, { dialect: DIALECT });
    expect(result.kind === "failed" && result.issues.map(({ position }) => position)).toEqual([
      { file: "a.tpl", line: 2, column: 7 },
      { file: "b.tpl", line: 1, column: 4 },
    ]);
  });

  test("minds an unknown template and a wrong count only where they are reached", () => {
    expect(one('{{ if false }}{{ template "nope" }}{{ len 1 2 }}{{ end }}ok')).toBe("ok");
    expect(() => one('{{ template "nope" }}')).toThrow('no template named "nope"');
    expect(() => one("{{ len 1 2 }}")).toThrow('"len" takes 1 argument, got 2');
  });

  test("keeps what tpl defines to its text, and gives it what is known outside", () => {
    expect(
      one(
        '{{ define "x" }}out{{ end }}{{ tpl "{{ define \\"x\\" }}in{{ end }}{{ include \\"x\\" . }}" . }}{{ include "x" . }}',
      ),
    ).toBe("inout");
    expect(one('{{ define "x" }}out{{ end }}{{ tpl "{{ include \\"x\\" . }}" . }}')).toBe("out");
    expect(one('{{ tpl "" . }}{{ tpl "a{{ tpl \\"b\\" . }}" . }}')).toBe("ab");
  });

  test("tells where in which source an evaluation failed", () => {
    const sources = [
      { name: "a", source: '\n{{ include "x" . }}' },
      { name: "b", source: '\n\n{{ define "x" }}{{ index 1 2 }}{{ end }}' },
    ];
    expect(() => render(sources, "a")).toThrow("b:3:20: Cannot index");
    const after = [
      { name: "a", source: '{{ template "b" }}\n{{ index 1 2 }}' },
      { name: "b", source: "b" },
    ];
    expect(() => render(after, "a")).toThrow("a:2:4: ");
  });
});

describe("Go's numbers", () => {
  const scope = { whole: float64(3), fraction: 2.5, big: float64(1_000_000) } as Scope;

  test.each([
    ["{{ .whole }} {{ .fraction }} {{ .big }} {{ 3.0 }} {{ 1e6 }}", "3 2.5 1e+06 3 1e+06"],
    ["{{ eq .whole 3.0 }} {{ lt .fraction .whole }}", "true true"],
    ['{{ printf "%v %d %T %T" .whole .whole .whole 3 }}', "3 %!d(float64=3) float64 int"],
    ['{{ printf "%f" 3 }} {{ printf "%x" .fraction }}', "%!f(int=3) 0x1.4p+01"],
    ["{{ range 2 }}{{ . }}{{ end }}", "01"],
  ])("%s", (template, output) => {
    expect(one(template, scope)).toBe(output);
  });

  test.each(["{{ eq .whole 3 }}", "{{ lt 1 1.5 }}", '{{ index (slice "abc" 0) .whole }}'])(
    "%s does not mix them",
    (template) => expect(() => one(template, scope)).toThrow(),
  );
});

describe("missingkey=zero", () => {
  test.each([
    ["{{ .a }}", "<no value>"],
    ["{{ (.a).b }}", "<no value>"],
    ["{{ $x := .a }}{{ $x.b }}", "<no value>"],
    ["{{ with .a }}x{{ else }}y{{ end }}", "y"],
  ])("%s gives %s", (template, output) => expect(one(template)).toBe(output));

  test("a field of what is missing is an error", () => {
    expect(() => one("{{ .a.b }}")).toThrow('Cannot read field "b": the value is null');
  });
});

class Greeter extends GoObject {
  readonly typeName = "*test.Greeter";
  readonly kind = "ptr";

  text(): string {
    return "greeter";
  }

  override field(name: string) {
    return name === "Name" ? "someone" : super.field(name);
  }

  override invoke(name: string, args: readonly unknown[]) {
    return name === "Greet" ? `hello ${args.join(" and ")}` : super.invoke(name, []);
  }
}

describe("objects with methods", () => {
  const scope = { greeter: asValue(new Greeter()), map: { text: "x" } } as Scope;

  test.each([
    ["{{ .greeter }} {{ .greeter.Name }}", "greeter someone"],
    ['{{ .greeter.Greet "a" "b" }}', "hello a and b"],
    ['{{ "a" | .greeter.Greet }}', "hello a"],
    ['{{ (.greeter).Greet "a" }}{{ $g := .greeter }}{{ $g.Greet 1 }}', "hello ahello 1"],
  ])("%s", (template, output) => expect(one(template, scope)).toBe(output));

  test.each([
    ["{{ .greeter.Nothing }}", "has none of that name"],
    ["{{ .greeter.Nothing 1 }}", "has none of that name"],
    ["{{ .map.text 1 }}", "it is no method of type map"],
    ["{{ .nothing.Greet 1 }}", "the value is nil"],
  ])("%s fails", (template, words) => expect(() => one(template, scope)).toThrow(words));
});
