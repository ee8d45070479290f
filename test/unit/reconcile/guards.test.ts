/** What custom resources and other programs may not do to a child. */
import { expect, test } from "bun:test";
import { CONFIG_MAP, child, Harness } from "./harness.ts";

const config = (name: string, more = {}) =>
  child("configMaps", { data: { a: "{{ .spec.a }}" } }, { name, ...more });

test("reconcile() tells of each contested child by itself", async () => {
  const box = new Harness({ children: [config("m"), config("n")] });
  box.create({ a: "1" });
  await box.reconcile();
  for (let count = 0; count < 7; count++) {
    for (const name of ["m", "n"]) {
      box.kube.edit(CONFIG_MAP, name, (object) => {
        object["data"] = { a: "theirs" };
      });
    }
    box.nowMs += 1000;
    await box.reconcile();
  }
  const told = box.events.filter(({ reason }) => reason === "FieldContested");
  expect(told.map(({ message }) => message.includes('/n"'))).toEqual([false, true]);
});

test.each(["..", ".", "a/b", "../secrets/x", "a%2fb"])(
  "reconcile() refuses %p of a custom resource as the name of a child",
  async (name) => {
    const box = new Harness({ children: [config("{{ .spec.name }}")] });
    box.create({ name, a: "1" });
    expect(await box.reconcile()).toMatchObject({ kind: "stuck" });
    expect(box.condition()?.["message"]).toContain(`its name is ${JSON.stringify(name)}, expected`);
    expect(box.kube.requests.map(({ kind }) => kind)).not.toContain("ConfigMap");
  },
);

test("reconcile() refuses the path of something else as the namespace of a child", async () => {
  const box = new Harness({
    children: [config("m", { namespace: "{{ .spec.to }}", crossNamespace: true })],
  });
  box.create({ to: "../../nodes", a: "1" });
  expect(await box.reconcile()).toMatchObject({ kind: "stuck" });
  expect(box.condition()?.["message"]).toContain('its namespace is "../../nodes"');
});
