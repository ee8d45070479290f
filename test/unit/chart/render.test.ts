import { describe, expect, test } from "bun:test";
import { createPrivateKey, X509Certificate } from "node:crypto";
import { compareSync } from "bcryptjs";
import { type RenderOptions, renderChart } from "../../../src/chart/render.ts";

const encoder = new TextEncoder();

const OPTIONS: RenderOptions = {
  releaseName: "release",
  namespace: "space",
  environment: {
    nowMs: Date.UTC(2026, 10, 22, 12),
    timeZone: "UTC",
    random: (size) => crypto.getRandomValues(new Uint8Array(size)),
  },
};

function render(files: Readonly<Record<string, string>>, more: Partial<RenderOptions> = {}) {
  const whole = { "Chart.yaml": "apiVersion: v2\nname: app\nversion: 1.0.0\n", ...files };
  const entries = Object.entries(whole).map(
    ([path, text]) => [path, encoder.encode(text)] as const,
  );
  return renderChart(new Map(entries), { ...OPTIONS, ...more });
}

/** The text of an expression's result. */
function evaluate(expression: string): string {
  const result = render({ "templates/x.yaml": `v: {{ ${expression} | toJson }}\n` });
  if (result.kind === "failed") throw new Error(result.issues[0]?.message);
  return JSON.parse(result.documents[0]?.text.replace(/^v: /, "") ?? "") as string;
}

function failureOf(files: Readonly<Record<string, string>>, more: Partial<RenderOptions> = {}) {
  const result = render(files, more);
  return result.kind === "failed" ? result.issues : [];
}

describe("renderChart() says where a failure is", () => {
  test.each([
    ["templates/x.yaml", 'a: 1\nb: {{ fail "the chart says no" }}\n', 2, 7, "the chart says no"],
    [
      "templates/x.yaml",
      "a: {{ .Values.a.b }}\n",
      1,
      7,
      'Cannot read field "b": the value is null',
    ],
    ["templates/x.yaml", "a: {{ if }}\n", 1, 10, "Missing value for if"],
    ["templates/x.yaml", "\n{{ nope 1 }}", 2, 4, 'Unknown function "nope"'],
    [
      "templates/x.yaml",
      "kind: X\n a: b\n  c: [\n",
      2,
      2,
      "Cannot read what the template rendered",
    ],
    ["values.yaml", "a: 1\nb: [\n", 3, 1, "Flow sequence"],
  ])("%s: %j", (...[path, text, line, column, words]) => {
    const [issue] = failureOf({ [path]: text });
    expect(issue?.message).toContain(words);
    const file = path === "values.yaml" ? "chart/values.yaml" : `app/${path}`;
    expect(issue?.position).toEqual({ file, line, column });
  });

  test("in the helper that failed, not where it was included", () => {
    const [issue] = failureOf({
      "templates/_h.tpl": '\n{{ define "h" }}\n{{ required "name it" .x }}{{ end }}',
      "templates/x.yaml": '{{ include "h" (dict) }}',
    });
    expect(issue).toMatchObject({
      message: 'name it (in "required "name it" .x")',
      position: { file: "app/templates/_h.tpl", line: 3 },
    });
  });

  test("at the call of tpl, with what is wrong in its text", () => {
    const [issue] = failureOf({ "templates/x.yaml": '\n{{ tpl "{{ fail \\"inner\\" }}" . }}' });
    expect(issue?.position).toMatchObject({ file: "app/templates/x.yaml", line: 2 });
    expect(issue?.message).toContain("inner");
  });

  test("of all files that do not parse at once", () => {
    const issues = failureOf({ "templates/a.yaml": "{{ if }}", "templates/b.yaml": "{{ nope }}" });
    expect(issues.map(({ position }) => position?.file).sort()).toEqual([
      "app/templates/a.yaml",
      "app/templates/b.yaml",
    ]);
  });
});

describe("renderChart() ends", () => {
  test.each([
    ["a loop without end", "{{ range until 900000 }}{{ range until 900000 }}{{ end }}{{ end }}"],
    [
      "a template that includes itself",
      '{{ define "x" }}{{ include "x" . }}{{ end }}{{ include "x" . }}',
    ],
    ["a text that doubles", '{{ $x := "ab" }}{{ range until 60 }}{{ $x = print $x $x }}{{ end }}'],
    ["an endless repetition", '{{ repeat 1000000000 "x" }}'],
    ["a map in itself", '{{ $d := dict }}{{ $_ := set $d "d" $d }}{{ toYaml $d }}{{ print $d }}'],
    ["hashes without end", '{{ range until 100 }}{{ genPrivateKey "ed25519" }}{{ end }}'],
    ["an endless list", "{{ until 1000000000 }}"],
    [
      "tpl in tpl",
      '{{ define "t" }}{{ tpl "{{ include \\"t\\" . }}" . }}{{ end }}{{ include "t" . }}',
    ],
  ])("on %s", (_name, template) => {
    const started = performance.now();
    expect(failureOf({ "templates/x.yaml": template })).toHaveLength(1);
    expect(performance.now() - started).toBeLessThan(20_000);
  });

  test("for a pattern that would take for ever elsewhere", () => {
    expect(evaluate('regexMatch "^(a+)+$" (print (repeat 5000 "a") "!")')).toBe(false as never);
  });
});

describe("renderChart() options", () => {
  test("values win over value files, and null takes away", () => {
    const result = render(
      { "values.yaml": "a: 1\nb: 2\nc: 3\n", "templates/x.yaml": "v: {{ toJson .Values }}\n" },
      { valueFiles: [{ name: "v.yaml", text: "a: 5\nb: 6\n" }], values: { a: 7, c: null } },
    );
    expect(result).toMatchObject({ documents: [{ text: 'v: {"a":7,"b":6}\n' }] });
  });

  test("a value file that is no YAML is named", () => {
    const issues = failureOf({}, { valueFiles: [{ name: "prod.yaml", text: "a: [" }] });
    expect(issues[0]?.position?.file).toBe("prod.yaml");
  });

  test("a Kubernetes version that is none is refused", () => {
    expect(failureOf({}, { kubeVersion: "new" })[0]?.message).toContain(
      '"new" is not a Kubernetes',
    );
  });

  test("a release is what it is told to be", () => {
    const files = { "templates/x.yaml": "v: {{ .Release.Name }}/{{ .Release.Namespace }}\n" };
    const result = render(files, { releaseName: "r", namespace: "n" });
    expect(result).toMatchObject({ documents: [{ text: "v: r/n\n" }] });
  });

  test("dependencies that are missing in charts/ are named", () => {
    const chart = "name: app\nversion: 1.0.0\ndependencies:\n- {name: sub, version: '1'}\n";
    expect(failureOf({ "Chart.yaml": chart })[0]?.message).toContain(
      "dependencies sub are missing",
    );
  });

  test("a schema that refers to another document is refused, not fetched", () => {
    const issues = failureOf({
      "values.schema.json": '{"$ref": "https://example.com/schema.json"}',
      "templates/x.yaml": "a: 1\n",
    });
    expect(issues[0]?.message).toContain("schema");
  });

  test("the same chart twice gives the same bytes and changes nothing of what it was given", () => {
    const values = { list: [1], map: { a: 1 } };
    const files = {
      "templates/x.yaml": '{{ $_ := set .Values.map "b" 2 }}v: {{ toJson .Values }}\n',
    };
    const first = render(files, { values });
    expect(render(files, { values })).toEqual(first);
    expect(values).toEqual({ list: [1], map: { a: 1 } });
  });
});

describe("renderChart() tells which functions change from time to time", () => {
  test.each([
    ["a: 1", []],
    ['a: {{ now | date "2006" }}', ["date", "now"]],
    [
      'a: {{ randAlphaNum 5 }}{{ uuidv4 }}{{ if false }}{{ genCA "x" 1 }}{{ end }}',
      ["randAlphaNum", "uuidv4"],
    ],
  ])("%s", (template, changing) => {
    expect(render({ "templates/x.yaml": template })).toMatchObject({ kind: "rendered", changing });
  });
});

describe("random functions", () => {
  test.each([
    ["randAlphaNum 40", /^[A-Za-z0-9]{40}$/],
    ["randAlpha 40", /^[A-Za-z]{40}$/],
    ["randNumeric 40", /^[0-9]{40}$/],
    ["randAscii 40", /^[ -~]{40}$/],
    ["randBytes 16", /^[A-Za-z0-9+/]{22}==$/],
    ["uuidv4", /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/],
    ["randInt 5 7 | toString", /^[56]$/],
    ['shuffle "abcdef"', /^[a-f]{6}$/],
    ["ago (now)", /^0s$/],
  ])("%s has its form and differs", (expression, form) => {
    const results = new Set(Array.from({ length: 8 }, () => evaluate(expression)));
    for (const result of results) expect(result).toMatch(form);
    if (!/randInt|ago/.test(expression)) expect(results.size).toBeGreaterThan(1);
  });

  test("shuffle keeps all characters", () => {
    expect([...evaluate('shuffle "hello"')].sort().join("")).toBe("ehllo");
  });

  test("bcrypt and htpasswd make hashes that the password fits", () => {
    expect(compareSync("secret", evaluate('bcrypt "secret"'))).toBe(true);
    const [user, hash = ""] = evaluate('htpasswd "me" "secret"').split(":");
    expect([user, compareSync("secret", hash)]).toEqual(["me", true]);
  });

  test("encryptAES is undone by decryptAES", () => {
    expect(evaluate('encryptAES "key" "text äö" | decryptAES "key"')).toBe("text äö");
  });

  /** The first value is of sprig's own tests. */
  test("derivePassword follows its algorithm", () => {
    expect(evaluate('derivePassword 1 "long" "password" "user" "example.com"')).toBe(
      "ZedaFaxcZaso9*",
    );
    expect(evaluate('derivePassword 1 "no" "password" "user" "x"')).toBe(
      "cannot find password template no",
    );
  });

  test.each([
    ["ecdsa", "ec"],
    ["ed25519", "ed25519"],
  ])("genPrivateKey %s", (type, kind) => {
    expect(createPrivateKey(evaluate(`genPrivateKey "${type}"`)).asymmetricKeyType as string).toBe(
      kind,
    );
  });

  test("genPrivateKey refuses what it cannot make", () => {
    expect(() => evaluate('genPrivateKey "dsa"')).toThrow("not supported");
    expect(evaluate('genPrivateKey "x"')).toBe("Unknown type x");
  });
});

describe("certificates", () => {
  const parse = (text: string) => {
    const [certificate = "", key = ""] = text.split("|");
    return { certificate: new X509Certificate(certificate), key: createPrivateKey(key) };
  };
  const both = (expression: string) =>
    parse(evaluate(`$c := ${expression} }}{{ print $c.Cert "|" $c.Key`));

  test("genCA signs itself and may sign others", () => {
    const { certificate, key } = both('genCA "authority" 30');
    expect(certificate.ca).toBe(true);
    expect(certificate.subject).toBe("CN=authority");
    expect(certificate.verify(certificate.publicKey)).toBe(true);
    expect(certificate.checkPrivateKey(key)).toBe(true);
    expect(new Date(certificate.validTo).getTime()).toBe(Date.UTC(2026, 11, 22, 12));
  });

  test("genSignedCert is signed by its authority, with its names and addresses", () => {
    const text = evaluate(
      '$ca := genCA "authority" 30 }}{{ $c := genSignedCert "web" (list "10.0.0.1" "fd00::1") (list "a.example" "b.example") 5 $ca }}{{ print $c.Cert "|" $c.Key "|" $ca.Cert',
    );
    const { certificate, key } = parse(text);
    const authority = new X509Certificate(text.split("|")[2] ?? "");
    expect(certificate.verify(authority.publicKey)).toBe(true);
    expect(certificate.checkIssued(authority)).toBe(true);
    expect(certificate.checkPrivateKey(key)).toBe(true);
    expect(certificate.ca).toBe(false);
    expect(certificate.checkHost("b.example")).toBe("b.example");
    expect(certificate.checkIP("10.0.0.1")).toBe("10.0.0.1");
    expect(certificate.subjectAltName).toContain("IP Address:FD00:0:0:0:0:0:0:1");
  });

  test.each(["ecdsa", "ed25519"])("given keys of type %s are used", (type) => {
    const { certificate, key } = both(
      `genSelfSignedCertWithKey "own" nil (list "x.example") 3 (genPrivateKey "${type}")`,
    );
    expect(certificate.verify(certificate.publicKey)).toBe(true);
    expect(certificate.checkPrivateKey(key)).toBe(true);
    const authority = both(`genCAWithKey "ca" 3 (genPrivateKey "${type}")`);
    expect(authority.certificate.ca).toBe(true);
  });

  test("genSignedCertWithKey, genSelfSignedCert and buildCustomCert fit together", () => {
    const signed = both(
      'genSignedCertWithKey "web" nil nil 3 (genCAWithKey "ca" 3 (genPrivateKey "ecdsa")) (genPrivateKey "ecdsa")',
    );
    expect(signed.certificate.issuer).toBe("CN=ca");
    const own = both('genSelfSignedCert "own" nil nil 3');
    expect(own.certificate.issuer).toBe("CN=own");
    const custom = both(
      'genCAWithKey "ca" 3 (genPrivateKey "ecdsa") }}{{ $c = buildCustomCert (b64enc $c.Cert) (b64enc $c.Key)',
    );
    expect(custom.certificate.subject).toBe("CN=ca");
  });
});
