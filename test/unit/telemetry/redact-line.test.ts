/** Lines of sources, as they are shown under an error. */
import { describe, expect, test } from "bun:test";
import { redactLine } from "../../../src/telemetry/redact-line.ts";

/** What is secret is called `CANARY…` everywhere. */
const HIDING: readonly (readonly [what: string, lines: readonly string[]])[] = [
  ["a query", ["- url: https://api.example.io/k.yaml?token=CANARY&x=CANARY"]],
  ["a query in flow style", ["- { url: https://h/k.yaml?token=CANARY, auth: { type: bearer } }"]],
  ["a query in quotes", ['- url: "https://h/k.yaml?token=CANARY"']],
  ["a query without names", ["- url: https://h/k.yaml?CANARY"]],
  ["a fragment", ["- url: https://h/k.yaml#CANARY"]],
  ["a query behind a variable", ["- url: $BASE/k.yaml?token=CANARY"]],
  ["credentials in a URL", ["- url: https://jo:CANARY@h/k.yaml"]],
  ["credentials with an @", ["- url: https://jo:CAN@CANARY@h/k.yaml"]],
  ["a password", ["  password: CANARY"]],
  ["a password with spaces", ["  password: CANARY CANARY, a: CANARY"]],
  ["a password with a comment", ["  password: CANARY # CANARY"]],
  ["a password in quotes", ['  password: "CANARY \\" CANARY"']],
  ["a password in single quotes", ["  'password': 'CANARY '' CANARY'"]],
  ["a quote that does not end", ['  password: "CANARY, b: CANARY']],
  ["a flow map", ["auth: { type: basic, username: jo, password: CANARY }"]],
  ["a flow map with more behind", ["auth: { password: CANARY, type: basic }"]],
  ["a flow map with commas", ["auth: { password: CANARY,CANARY, type: basic }"]],
  ["JSON", ['{"auth":{"password":"CANARY","type":"basic"}}']],
  ["a tag", ['auth: { password: !!str "CANARY, x", type: basic }']],
  ["a list", ["tokens: [CANARY, CANARY]"]],
  ["a token", ["  token: CANARY"]],
  ["an api key", ["  apiKey: CANARY"]],
  ["a header", ["  value: Bearer CANARY1234"]],
  ["a comment", ["  # token: CANARY"]],
  ["a token for a name", ["  fromEnv: ghp_CANARY123456"]],
  ["a secret for a name, of no known shape", ["  passwordFromEnv: CANARY-horse"]],
  ["a text in a template", ["  password: '{{ default \"CANARY\" .spec.x }}'"]],
  ["a text around a template", ["  password: 'CANARY{{ .spec.x }}'"]],
  ["a JSON Web Token", ["  text: eyJhbGciOiJIUzI1NiJ9.CANARY.CANARY"]],
  ["the line below its key", ["  password:", "    CANARY"]],
  ["a block scalar", ["  password: |", "    first", "    a: CANARY"]],
  ["a block scalar with steps", ["  password: |", "    first", "      CANARY"]],
  ["a string of several lines", ['  password: "first', '    CANARY"']],
  ["an item below its key", ["tokens:", "- CANARY"]],
  ["an environment", ["- name: DB_PASSWORD", "  value: CANARY"]],
  ["an environment in flow style", ["- { name: DB_PASSWORD, value: CANARY }"]],
];

describe("redactLine", () => {
  test.each(HIDING)("hides %s", (_, lines) => {
    const { text } = redactLine(lines, lines.length);
    expect(text).not.toContain("CANARY");
    expect(text).toContain("[redacted]");
  });

  test.each([
    ["  replicas: 2"],
    ["  - url: https://api.example.io/k.yaml"],
    ["  passwordFromEnv: DB_PASSWORD"],
    ["  fromEnv: GITHUB_TOKEN"],
    ['  image: "{{ .spec.image }}:v1"'],
    ["  secrets:"],
    ['  password: "{{ .spec.password | foo }}"'],
    ["  fromEnv: $GITHUB_TOKEN"],
    ["  - name: my-secret"],
    ["auth: { type: bearer, fromEnv: TOKEN }"],
    ["# Is that so? Who knows"],
  ])("leaves what is no secret: %s", (line) => {
    expect(redactLine([line], 1).text).toBe(line);
  });

  test("leaves the entries of a list of Secrets", () => {
    expect(redactLine(["secrets:", "  - name: one"], 2).text).toBe("  - name: one");
  });

  test("shows what stands around a secret", () => {
    const line = "auth: { type: basic, password: CANARY, user: jo }";
    expect(redactLine([line], 1).text).toBe(
      "auth: { type: basic, password: [redacted], user: jo }",
    );
  });

  test("moves columns with the text", () => {
    const line = "{ password: a-long-canary-word, user: jo }";
    const { text, columnOf } = redactLine([line], 1);
    const at = (source: string) => columnOf(line.indexOf(source) + 1) - 1;
    expect(text.slice(at("user"))).toBe("user: jo }");
    expect(text.slice(at("password"))).toBe(text.slice(2));
    expect(text.slice(at("canary"))).toStartWith("[redacted], user");
  });
});
