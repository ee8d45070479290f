import { expect, test } from "bun:test";
import { contrast } from "../../../src/apply/contrast.ts";

test.each([
  [{ path: "spec.replicas", before: 7, after: 2 }, "7, declared is 2"],
  [{ path: "metadata.labels[a/b]", after: "x" }, 'nothing, declared is "x"'],
  [
    { path: "spec.env[name=DB_PASSWORD].value", before: "hunter2", after: "geheim" },
    '"[redacted]", declared is "[redacted]"',
  ],
])("contrast() of %p", (change, text) => {
  expect(contrast(change)).toBe(text);
});

test("contrast() shows of long values where they differ", () => {
  const text = contrast({
    path: "data.a",
    before: `${"x".repeat(500)}1`,
    after: `${"x".repeat(500)}2`,
  });
  expect(text.length).toBeLessThan(200);
  expect(text).toContain("x1");
  expect(text).toContain("x2");
});
