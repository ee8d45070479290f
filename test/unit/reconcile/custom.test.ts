import { expect, test } from "bun:test";
import { child, field, GADGET, Harness } from "./harness.ts";

const gadget = (spec: Record<string, string>, name = "one") =>
  child(
    "custom",
    { apiVersion: "gadgets.io/v1", kind: "Gadget", metadata: {}, spec },
    { name, id: `custom.${name}` },
  );

test("reconcile() keeps literal text of a custom object text, and types what templates yield", async () => {
  const box = new Harness({
    children: [
      gadget({ quoted: "123", flag: "true", size: "{{ .spec.size }}", on: "{{ .spec.on }}" }),
    ],
  });
  box.create({ size: 3, on: "true" });
  await box.reconcile();
  expect(box.kube.read(GADGET, "one")?.["spec"]).toMatchObject({
    quoted: "123",
    flag: "true",
    size: 3,
  });
});

test("reconcile() reaches custom children by name and as the first one", async () => {
  const box = new Harness({
    children: [gadget({ color: "red" }), gadget({ color: "blue" }, "two")],
    fields: [
      field("first", "{{ .children.custom.spec.color }}"),
      field("two", "{{ .children.custom.two.spec.color }}"),
      field("also", "{{ .children.customs.two.spec.color }}"),
    ],
  });
  box.create({});
  await box.reconcile();
  expect(box.status).toMatchObject({ first: "red", two: "blue", also: "blue" });
});

test("reconcile() expands a list that a template gives as JSON text", async () => {
  const each = child(
    "configMaps",
    { data: {} },
    { name: "m-{{ .item }}", forEach: { field: "[{{ .spec.names }}]", as: "item" } },
  );
  const box = new Harness({ children: [each] });
  box.create({ names: '"a", "b"' });
  expect(await box.writesOf()).toContain("create ConfigMap m-b");
});
