import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { compileTemplate } from "../../../src/template/compile.ts";
import { TemplateError } from "../../../src/template/error.ts";
import { goBuiltins } from "../../../src/template/go-builtins.ts";
import { createKatalogDialect } from "../../../src/template/katalog-dialect.ts";
import type {
  CompileOptions,
  Dialect,
  Scope,
  Template,
  TemplateEnvironment,
  TemplateFunction,
} from "../../../src/template/template.ts";
import { anyText } from "../../support/any-text.ts";
import { times } from "../../support/effort.ts";

const environment: TemplateEnvironment = {
  nowMs: 0,
  timeZone: "UTC",
  random: (size) => new Uint8Array(size),
};

const katalog = createKatalogDialect();

const scope: Scope = {
  metadata: { name: "web", labels: { "app.kubernetes.io/name": "web" } },
  spec: {
    image: "nginx",
    replicas: 3,
    ratio: 0.5,
    on: true,
    ports: [
      { name: "http", port: 80 },
      { name: "https", port: 443 },
    ],
    env: { A: "1", B: "2" },
    none: [],
    text: "  padded  ",
  },
  status: {},
};

function compiled(source: string, options: Partial<CompileOptions> = {}): Template {
  const result = compileTemplate(source, { dialect: katalog, ...options });
  if (result.kind === "failed") throw new Error(JSON.stringify(result.issues));
  return result.template;
}

function render(source: string, options: Partial<CompileOptions> = {}): string {
  return compiled(source, options).render(scope, environment);
}

function failure(source: string, options: Partial<CompileOptions> = {}): TemplateError {
  try {
    render(source, options);
  } catch (error) {
    if (error instanceof TemplateError) return error;
    throw error;
  }
  throw new Error("rendered without an error");
}

describe("compileTemplate() in the Katalog's dialect", () => {
  test.each([
    ["{{ .spec.missing }}", ""],
    ["{{ .spec.missing.deeper.still }}", ""],
    ["{{ .spec.image.field }}", ""],
    ["a{{ .spec.missing }}b", "ab"],
    ["  {{ .spec.image }}\n", "nginx"],
    ['{{ index .spec.env "Z" }}', ""],
    ['{{ (index .spec.env "Z").x }}', ""],
    ["{{ index .spec.missing 0 }}", ""],
    ['{{ (index .spec.missing 0 "x").name }}', ""],
    ["{{ index .spec.ports .spec.missing }}", ""],
    ["{{ and .spec.missing (index .spec.none 0) }}", ""],
    ["{{ if gt (len .spec.ports) 9 }}{{ index .spec.ports 9 }}{{ end }}", ""],
    ["{{ (listGet .spec.ports 9).name }}", ""],
    ["{{ len .spec.missing }}", "0"],
    ['{{ printf "%s/%d/%t/%v" .spec.a .spec.b .spec.c .spec.d }}', "/0/false/"],
    ['{{ print "a" .spec.missing "b" }}', "ab"],
    ["{{ if gt .spec.missing 0 }}y{{ else }}n{{ end }}", "n"],
    ["{{ if lt .spec.missing 1 }}y{{ else }}n{{ end }}", "y"],
    ['{{ if eq .spec.missing "x" }}y{{ else }}n{{ end }}', "n"],
    ["{{ range .spec.missing }}x{{ else }}none{{ end }}", "none"],
    ["{{ .spec.env }}", "map[A:1 B:2]"],
    ["{{ .spec.image | html }}", "nginx"],
    ["{{ .spec.missing | html }}", ""],
    ["{{ slice .spec.missing 1 }}", ""],
    ["{{ .spec.__proto__ }}{{ .spec.constructor }}{{ .spec.toString }}", ""],
    ['{{ index .spec "__proto__" }}', ""],
    ["{{ .spec.ports.length }}", ""],
  ])("renders %j as %j", (source, expected) => {
    expect(render(source)).toBe(expected);
  });

  test("reads an own key named __proto__ as data", () => {
    const hostile = JSON.parse('{"spec":{"__proto__":{"x":"own"}}}');
    expect(compiled("{{ .spec.__proto__.x }}").render(hostile, environment)).toBe("own");
  });

  test.each([
    ["{{ .spec.replicas }}", 3],
    ["{{ .spec.on }}", true],
    ["{{ .spec.ports }}", scope["spec"] && (scope["spec"] as { ports: unknown }).ports],
    [" {{ .spec.replicas }}\n", 3],
    ["{{/* why */}}{{ .spec.replicas }}", 3],
    ["{{ .spec.missing }}", undefined],
    ["{{ .spec.text }}", "  padded  "],
    ["{{ .spec.replicas }}x", "3x"],
    ["{{ .spec.replicas }}{{ .spec.replicas }}", "33"],
    ["{{ if .spec.on }}true{{ end }}", "true"],
    ["{{ $x := 1 }}", ""],
    ["plain", "plain"],
  ])("value() of %j keeps its type", (source, expected) => {
    expect(compiled(source).value(scope, environment)).toEqual(expected as string);
  });

  test("tells literals and single actions", () => {
    expect(compiled("plain")).toMatchObject({ isLiteral: true, isSingleAction: false });
    expect(compiled("{{ .spec.x }}")).toMatchObject({ isLiteral: false, isSingleAction: true });
    expect(compiled("a{{ .spec.x }}")).toMatchObject({ isLiteral: false, isSingleAction: false });
  });

  test("evaluates a getter of the scope only when it is read", () => {
    let calls = 0;
    const lazy = {
      get children() {
        calls++;
        return { deployment: { status: { readyReplicas: 2 } } };
      },
    };
    expect(compiled("{{ .spec.image }}").render(lazy, environment)).toBe("");
    expect(calls).toBe(0);
    const ready = compiled("{{ .children.deployment.status.readyReplicas }}");
    expect(ready.value(lazy, environment)).toBe(2);
    expect(calls).toBe(1);
  });

  test("keeps evaluations apart", () => {
    const template = compiled("{{ $x := .spec.n }}{{ $x }}{{ $x = 5 }}{{ $x }}");
    expect(template.render({ spec: { n: 1 } }, environment)).toBe("15");
    expect(template.render({ spec: {} }, environment)).toBe("5");
  });

  test("takes functions whose body is a template", () => {
    const body = compiled("{{ .metadata.name }}-{{ .spec.image }}");
    const fullName: TemplateFunction = {
      name: "fullName",
      minArgs: 0,
      maxArgs: 0,
      call: (_args, { root, environment: own }) => body.value(root, own),
    };
    const dialect = createKatalogDialect({ functions: new Map([["fullName", fullName]]) });
    const source = "{{ range .spec.ports }}{{ fullName }}:{{ .port }} {{ end }}";
    expect(render(source, { dialect })).toBe("web-nginx:80 web-nginx:443");
  });

  test("tells functions which arguments are literals", () => {
    const seen: (readonly boolean[])[] = [];
    const spy: TemplateFunction = {
      name: "spy",
      minArgs: 0,
      maxArgs: 9,
      call: (_args, { isLiteral }) => {
        seen.push(isLiteral);
        return "";
      },
    };
    const dialect = createKatalogDialect({ functions: new Map([["spy", spy]]) });
    render('{{ spy "a" .spec.x (print 1) nil }}{{ .spec.x | spy 1 }}', { dialect });
    expect(seen).toEqual([
      [true, false, false, true],
      [true, false],
    ]);
  });
});

describe("compileTemplate() reports", () => {
  const position = { file: "katalog.yaml", line: 10, column: 5 };

  test.each([
    ["{{ .spec.x", "template-syntax", "Unclosed action: expected }}", 10, 5],
    ["{{ .spec.x }", "template-syntax", "Unclosed action: expected }}, found a single }", 10, 16],
    [
      "{{ .spec.x | toLower } }}",
      "template-syntax",
      "Unclosed action: expected }}, found a single }",
      10,
      26,
    ],
    ["a\n{{ if .spec.x }}", "template-syntax", "Unclosed {{if}}: expected {{end}}", 11, 1],
    ["{{ end }}", "template-syntax", "Unexpected {{end}}", 10, 5],
    ['{{ "abc }}', "template-syntax", 'Unterminated string: expected a closing "', 10, 8],
    ["{{ $x }}", "template-syntax", 'Undefined variable "$x"', 10, 8],
    [
      "{{ (print 1 }}",
      "template-syntax",
      'Unexpected "}}" in a parenthesised pipeline: expected ")"',
      10,
      17,
    ],
    ["{{ }}", "template-syntax", "Missing value for an action", 10, 8],
    ["{{ if }}x{{ end }}", "template-syntax", "Missing value for if", 10, 11],
    [
      "{{ 1 | 2 }}",
      "template-syntax",
      "Cannot pipe into a value: expected a function after |",
      10,
      12,
    ],
    ["{{ break }}", "template-syntax", "Unexpected {{break}} outside {{range}}", 10, 5],
    ["{{/* x }}", "template-syntax", "Unclosed comment: expected */", 10, 5],
    ["x\n\n  {{ nope }}", "unknown-function", 'Unknown function "nope"', 12, 6],
    [
      "{{ ternary 1 2 }}",
      "template-arguments",
      'Function "ternary" takes 3 arguments, got 2',
      10,
      8,
    ],
    ["{{ not }}", "template-arguments", 'Function "not" takes 1 argument, got 0', 10, 8],
    ["{{ eq 1 }}", "template-arguments", 'Function "eq" takes at least 2 arguments, got 1', 10, 8],
    ["{{ 1 | not 2 }}", "template-arguments", 'Function "not" takes 1 argument, got 2', 10, 12],
    ["{{ .spce.x }}", "unknown-root", 'Unknown context root ".spce"', 10, 8],
    ["{{ $.spce.x }}", "unknown-root", 'Unknown context root ".spce"', 10, 8],
    ['{{ template "x" }}', "unknown-template", 'Unknown template "x"', 10, 5],
  ] as const)("%j as %s", (...[source, code, message, line, column]) => {
    const result = compileTemplate(source, { dialect: katalog, position });
    expect(result).toMatchObject({ kind: "failed" });
    expect(result.issues).toMatchObject([
      { code, message, severity: "error", position: { file: "katalog.yaml", line, column } },
    ]);
  });

  test.each([
    ["{{ toUper .spec.x }}", 'Did you mean "toUpper"?'],
    ["{{ .metdata.name }}", 'Did you mean ".metadata"?'],
    ["{{ spec.image }}", 'Did you mean ".spec"?'],
    ["{{ metadata.name }}", 'Did you mean ".metadata"?'],
    ['{{ define "header" }}x{{ end }}{{ template "haeder" }}', 'Did you mean "header"?'],
  ])("%j with the hint %j", (source, hint) => {
    expect(compileTemplate(source, { dialect: katalog }).issues).toMatchObject([{ hint }]);
  });

  test("everything that the checker finds, at once", () => {
    const source = "{{ nope }}{{ .spce.x }}{{ not }}";
    expect(compileTemplate(source, { dialect: katalog }).issues).toHaveLength(3);
  });

  test("roots of a forEach only where they hold", () => {
    const source = "{{ .item.name }}";
    expect(compileTemplate(source, { dialect: katalog }).kind).toBe("failed");
    expect(compileTemplate(source, { dialect: katalog, extraRoots: ["item"] }).kind).toBe(
      "compiled",
    );
  });

  test("a source that nests beyond all use, whatever nests", () => {
    const deep = 20_000;
    for (const source of [
      `{{ ${"(".repeat(deep)}1${")".repeat(deep)} }}`,
      `{{ 1${" | print".repeat(100_000)} }}`,
      `${"{{ if 1 }}".repeat(deep)}${"{{ end }}".repeat(deep)}`,
    ]) {
      const result = compileTemplate(source, { dialect: katalog });
      if (result.kind === "compiled")
        expect(() => result.template.render({}, environment)).toThrow(TemplateError);
      else expect(result.issues[0]?.message).toContain("nested too deeply");
    }
  });
});

describe("Template.references", () => {
  test.each([
    ["{{ .spec.image }}", ["spec.image"]],
    ["{{ $.spec.image }}", ["spec.image"]],
    ["{{ with .spec.a }}{{ .b }}{{ . }}{{ $.c }}{{ end }}", ["spec.a", "spec.a.b", "c"]],
    ["{{ range .spec.list }}{{ .name }}{{ end }}", ["spec.list", "spec.list.*.name"]],
    ["{{ range $i, $e := .spec.list }}{{ $e.x }}{{ $i }}{{ end }}", ["spec.list", "spec.list.*.x"]],
    ["{{ $s := .spec }}{{ $s.image }}", ["spec", "spec.image"]],
    ["{{ $s := .spec }}{{ $s = .status }}{{ $s.image }}", ["spec", "status"]],
    ["{{ (.spec).image }}", ["spec", "spec.image"]],
    ['{{ index .spec.env "KEY" }}', ["spec.env", "spec.env.KEY"]],
    ["{{ (index .spec.list 0).name }}", ["spec.list", "spec.list.*", "spec.list.*.name"]],
    ["{{ index .spec.list .spec.i }}", ["spec.list", "spec.i"]],
    ['{{ .spec.x | default "a" | toUpper }}', ["spec.x"]],
    ['{{ default "a" .spec.x }}', ["spec.x"]],
    ["{{ toJson . }}", [""]],
    ["{{ (print .spec.x).y }}", ["spec.x"]],
    ['{{ define "t" }}{{ .x }}{{ end }}{{ template "t" .spec }}', ["spec", "spec.x"]],
    ['{{ define "t" }}{{ .x }}{{ end }}{{ template "t" }}', []],
    [
      "{{ if .spec.a }}{{ .spec.b }}{{ else }}{{ .spec.c }}{{ end }}",
      ["spec.a", "spec.b", "spec.c"],
    ],
    ["{{ range .spec.m }}{{ else }}{{ .spec.d }}{{ end }}", ["spec.m", "spec.d"]],
  ])("of %j", (source, expected) => {
    const dialect: Dialect = { ...katalog, roots: new Set(["spec", "status", "c"]) };
    const { references } = compiled(source, { dialect });
    expect(references.map(({ path }) => path.join("."))).toEqual(expected);
  });

  test("ends on a template that hands itself ever longer paths", () => {
    const source = '{{ define "t" }}{{ template "t" .next }}{{ end }}{{ template "t" .spec }}';
    expect(compiled(source).references.length).toBeLessThan(40);
  });

  test("has positions and function names", () => {
    const { references, functionNames } = compiled("a\n {{ .spec.x | toUpper }}");
    expect(references[0]?.position).toEqual({ file: "template", line: 2, column: 5 });
    expect([...functionNames]).toEqual(["toUpper"]);
  });
});

describe("an evaluation that fails", () => {
  test("says where and with which words", () => {
    const position = { file: "k.yaml", line: 3, column: 1 };
    const source = 'a\n{{ index .spec.ports "x" }}';
    const error = failure(source, { position });
    expect(error.code).toBe("bad-argument");
    expect(error.position).toEqual({ file: "k.yaml", line: 4, column: 4 });
    expect(error.message).toBe(
      'k.yaml:4:4: Cannot index a list with type string: expected a whole number (in "index .spec.ports "x"")',
    );
  });

  test.each([
    ["{{ index .spec.ports 9 }}", "Index 9 is out of range: the last one is 1"],
    ["{{ (index .spec.ports 2).name }}", "Index 2 is out of range: the last one is 1"],
    ["{{ index .spec.ports -1 }}", "Index -1 is out of range: the last one is 1"],
    ["{{ index .spec.none 0 }}", "Index 0 is out of range: there is nothing in it"],
  ])("tells an index that a list does not have, as Go does: %j", (source, expected) => {
    expect(failure(source).message).toContain(expected);
  });

  test("refuses the hexadecimal form of a fraction, which JSON numbers cannot have", () => {
    expect(failure('{{ printf "%x" .spec.ratio }}').code).toBe("bad-argument");
  });

  test("names a missing key where keys must be there", () => {
    const dialect: Dialect = { ...katalog, missingKey: "error" };
    expect(failure("{{ .spec.missing }}", { dialect }).code).toBe("missing-key");
  });

  test("passes on what a function threw as the cause", () => {
    const cause = new Error("boom");
    const broken: TemplateFunction = {
      name: "broken",
      minArgs: 0,
      maxArgs: 0,
      call: () => {
        throw cause;
      },
    };
    const dialect = createKatalogDialect({ functions: new Map([["broken", broken]]) });
    const error = failure("{{ broken }}", { dialect });
    expect(error.code).toBe("failed");
    expect(error.cause).toBe(cause);
  });

  test.each([
    ["loops", "{{ range 2000000 }}{{ end }}"],
    ["nested loops", "{{ range 2000 }}{{ range 2000 }}x{{ end }}{{ end }}"],
    [
      "a template that calls itself",
      '{{ define "t" }}{{ template "t" }}{{ end }}{{ template "t" }}',
    ],
    [
      "a template that calls itself twice",
      '{{ define "t" }}{{ range 9 }}{{ template "t" }}{{ end }}{{ end }}{{ template "t" }}',
    ],
    ["output", '{{ range 100000 }}{{ "0123456789abcdef" }}{{ end }}'],
    ["a text that doubles", '{{ $s := "x" }}{{ range 40 }}{{ $s = print $s $s }}{{ end }}'],
    ["a wide number", '{{ printf "%1000000d%1000000d" 1 2 }}'],
    ["a wide text", '{{ $s := printf "%500000d" 1 }}{{ $s }}{{ $s }}{{ $s }}'],
  ])("ends within the budget: %s", (_name, source) => {
    expect(failure(source).code).toBe("budget");
  });

  test("ends within the budget: plain fields", () => {
    const dialect: Dialect = { ...katalog, budget: { steps: 10, outputLength: 8 } };
    expect(failure("{{ .spec.image }}{{ .spec.image }}", { dialect }).code).toBe("budget");
  });
});

describe("any source", () => {
  const word = fc.constantFrom(
    "{{",
    "}}",
    "{{-",
    "-}}",
    " ",
    "\n",
    ".",
    ".spec",
    ".a",
    "$",
    "$x",
    ":=",
    "=",
    "|",
    "(",
    ")",
    ",",
    '"',
    "`",
    "'",
    "\\",
    "if",
    "else",
    "end",
    "range",
    "with",
    "define",
    "template",
    "block",
    "break",
    "continue",
    "print",
    "index",
    "nil",
    "true",
    "1",
    "0x",
    "1.5",
    "-",
    "/*",
    "*/",
    "é",
    "x",
  );
  const source = fc.array(word, { maxLength: 40 }).map((words) => words.join(""));

  test("compiles or says why, and its evaluation ends or throws TemplateError", () => {
    fc.assert(
      fc.property(source, (text) => {
        const result = compileTemplate(text, { dialect: { ...katalog, functions: goBuiltins } });
        if (result.kind === "failed") {
          expect(result.issues.length).toBeGreaterThan(0);
          return;
        }
        try {
          expect(result.template.render(scope, environment)).toBeString();
          result.template.value(scope, environment);
        } catch (error) {
          expect(error).toBeInstanceOf(TemplateError);
        }
      }),
      { numRuns: times(2000) },
    );
  });

  test("without an action renders itself", () => {
    const dialect: Dialect = { ...katalog, trim: false };
    fc.assert(
      fc.property(anyText, (text) => {
        fc.pre(!text.includes("{{"));
        expect(render(text, { dialect })).toBe(text);
      }),
    );
  });

  test("quoted by %q reads back as itself", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme" }), (text) => {
        const quoted = compiled('{{ printf "%q" .spec }}').render({ spec: text }, environment);
        expect(compiled(`{{ ${quoted} }}`).value({}, environment)).toBe(text);
      }),
    );
  });
});
