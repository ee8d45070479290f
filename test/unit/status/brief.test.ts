import { expect, test } from "bun:test";
import fc from "fast-check";
import { brief } from "../../../src/status/brief.ts";

const CANNOT = 'Cannot write Service "a/No_Name": the API server refused it (Invalid): ';
const LABEL =
  "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character";
const NAME = 'metadata.name: Invalid value: "No_Name": ';
const PATTERN = `^(${"([0-9a-fA-F]{1,4}:){7,7}[0-9a-fA-F]{1,4}|".repeat(12)}x)$`;
const enumOf = (count: number) =>
  Array.from({ length: count }, (_, index) => `"v${index}"`).join(", ");

test.each([
  [
    "the name of what it is about and the regular expression of a name",
    `${CANNOT}Service "No_Name" is invalid: ${NAME}${LABEL} (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')`,
    `${CANNOT}${NAME}${LABEL}`,
  ],
  [
    "a regular expression without examples",
    `${NAME}must be so (regex used for validation is '(a|b)+'), and more`,
    `${NAME}must be so, and more`,
  ],
  [
    "the end of a pattern",
    `spec.host: Invalid value: "x": spec.host in body should match '${PATTERN}', spec.b: Required value`,
    `spec.host: Invalid value: "x": spec.host in body should match '${PATTERN.slice(0, 40)}…', spec.b: Required value`,
  ],
  [
    "the end of a value",
    `spec: Invalid value: {"a":"${"y".repeat(200)}"}: field is immutable`,
    `spec: Invalid value: {"a":"${"y".repeat(74)}…: field is immutable`,
  ],
  [
    "all but the first of many supported values",
    `spec.b: Unsupported value: "z": supported values: ${enumOf(40)}; and more`,
    `spec.b: Unsupported value: "z": supported values: ${enumOf(10)} …; and more`,
  ],
  ["what is too long all the same", "z".repeat(2_000), `${"z".repeat(499)}…`],
])("brief() leaves out %s", (_, message, expected) => {
  expect(brief(message)).toBe(expected);
});

test.each([
  'Cannot change "spec.selector" of Deployment "a/b": the field is immutable, set "recreate: true" on the entry',
  `spec.b: Unsupported value: "z": supported values: ${enumOf(5)}`,
  `${NAME}${LABEL}: and a colon: and another one, ${"x".repeat(120)}: y`,
  "spec.host in body should match '^[a-z]+$'",
])("brief() leaves %p as it is", (message) => {
  expect(brief(message)).toBe(message);
});

test("brief() shortens each of several errors", () => {
  const long = `Cannot write X "a/b": ${"z".repeat(600)}`;
  const parts = brief(`${long}; ${long}`).split("; ");
  expect(parts).toEqual([brief(long), brief(long)]);
  expect(parts[0]).toEndWith("z…");
});

test("brief() takes no time over what is hostile", () => {
  const part = fc.constantFrom(" value: ", ": ", "'", '"v", ', "(e.g. ", " should match '", "x");
  fc.assert(
    fc.property(fc.array(part, { maxLength: 40 }), fc.nat(2_000), (parts, times) => {
      const text = parts.join("").repeat(times);
      const startMs = performance.now();
      expect(brief(text).length).toBeLessThanOrEqual(500);
      expect(performance.now() - startMs).toBeLessThan(500);
    }),
    { numRuns: 50 },
  );
});
