import { expect, test } from "bun:test";
import { child, field, Harness, when } from "./harness.ts";

const isReader = (options: ConstructorParameters<typeof Harness>[0]) =>
  new Harness(options).program.isStatusReader;

test.each([
  ["{{ .status.phase }}", true],
  ["{{.status}}", true],
  ["{{ $.status.phase }}", true],
  ["{{ phase . }}", true],
  ["{{ toJson (.) }}", true],
  ["{{ .children.deployment.status.readyReplicas }}", false],
  ["{{ index .children.deployments.web.status.conditions 0 }}", false],
  ["{{ .spec.statusPage }}", false],
  ["plain text", false],
] as const)("compileProgram() sees whether %s depends on the status: %s", (value, expected) => {
  expect(isReader({ fields: [field("x", value)] })).toBe(expected);
});

test("compileProgram() sees conditions on the status, of fields and of children", () => {
  expect(isReader({ fields: [field("x", "y", { when: when("status.phase", "Up") })] })).toBe(true);
  expect(
    isReader({
      children: [child("configMaps", { data: {} }, { when: when("status.phase", "Up") })],
    }),
  ).toBe(true);
  expect(
    isReader({
      children: [child("configMaps", { data: {} }, { when: when("spec.status", "Up") })],
    }),
  ).toBe(false);
});

test("compileProgram() names the kinds of children that are written down, each once", () => {
  const { program } = new Harness({
    children: [
      child("configMaps", { data: {} }, { name: "a" }),
      child("configMaps", { data: {} }, { name: "b" }),
      child("custom", { apiVersion: "gadgets.io/v1", kind: "Gadget", metadata: { name: "g" } }),
      child("custom", { apiVersion: "{{ .spec.api }}", kind: "Gadget", metadata: { name: "h" } }),
    ],
    onDelete: { groups: [{ steps: [{ kind: "run", entry: child("jobs", { image: "x" }) }] }] },
  });
  expect(program.childKinds).toEqual([
    { apiVersion: "v1", kind: "ConfigMap" },
    { apiVersion: "gadgets.io/v1", kind: "Gadget" },
    { apiVersion: "batch/v1", kind: "Job" },
  ]);
});

test("compileProgram() reports a template that does not parse, with its place in the document", () => {
  const broken = child(
    "configMaps",
    { data: { a: "{{ .spec.x" } },
    { id: "onReconcile.configMaps[0]" },
  );
  expect(() => new Harness({ children: [broken] })).toThrow();
});
