import { expect, test } from "bun:test";
import { child, Harness } from "./harness.ts";

const each = (field: string, name: string) =>
  child("configMaps", { data: { a: "1" } }, { name, forEach: { field, as: "topic" } });
const plain = (name: string) => child("configMaps", { data: { a: "1" } }, { name });

test.each([
  [
    "elements of a list",
    [each("spec.topics", "{{ .topic.name }}")],
    { topics: [{ name: "b" }, { name: "a" }, { name: "a" }] },
    /the elements of index 1 and 2 of "spec.topics", for "onReconcile.configMaps\[\d+\]", both produce it, expected one: their names have to differ$/,
  ],
  [
    "keys of a map",
    [each("spec.topics", "{{ .value }}")],
    { topics: { one: "a", two: "a" } },
    /the keys "one" and "two" of "spec.topics", for "onReconcile.*", both produce it/,
  ],
  [
    "two entries with a forEach each",
    [each("spec.topics", "{{ .topic }}"), each("spec.others", "{{ .value }}")],
    { topics: ["a"], others: { x: "a" } },
    /"onReconcile.configMaps\[\d+\]" \(element of index 0 of "spec.topics"\) and "onReconcile.configMaps\[\d+\]" \(key "x" of "spec.others"\) both produce it/,
  ],
  [
    "two entries without",
    [plain("a"), plain("{{ .spec.name }}")],
    { name: "a" },
    /: "onReconcile.configMaps\[\d+\]" and "onReconcile.configMaps\[\d+\]" both produce it, expected one$/,
  ],
])("declare() says which make one child twice: %s", async (...[, children, spec, message]) => {
  const box = new Harness({ children });
  box.create(spec);
  expect(await box.reconcile()).toMatchObject({ kind: "stuck" });
  const told = String(box.condition()?.["message"]);
  expect(told).toContain('Cannot create ConfigMap "default/a": ');
  expect(told).toMatch(message);
});
