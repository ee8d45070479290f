import { expect, test } from "bun:test";
import { child, Harness, SECRET } from "./harness.ts";

const MARK = "orkestra.orkspace.io/generated";

test.each([
  ["random values", { data: { a: "{{ randomHex 8 }}" } }, "true"],
  ["values that are made once", { once: "true", data: { a: "{{ .spec.a }}" } }, "true"],
  ["values that can be made again", { data: { a: "{{ .spec.a }}" } }, undefined],
])("renderChild() marks a child with %s: %#", async (_, fields, mark) => {
  const box = new Harness({ children: [child("secrets", fields, { name: "s" })] });
  box.create({ a: "1" });
  await box.reconcile();
  expect(box.kube.read(SECRET, "s")?.metadata.annotations?.[MARK]).toBe(mark as string);
  expect((await box.reconcile()).kind).toBe("settled");
  expect(await box.restart().writesOf()).toEqual([]);
});
