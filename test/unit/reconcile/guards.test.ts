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

/** A box in which somebody keeps changing `m` back, up to the pause that follows. */
async function contested(children: readonly ReturnType<typeof config>[]): Promise<Harness> {
  const box = new Harness({ children });
  box.create({ a: "1" });
  await box.reconcile();
  for (let count = 0; count < 7; count++) await tug(box);
  return box;
}

async function tug(box: Harness, ms = 1_000) {
  box.kube.edit(CONFIG_MAP, "m", (object) => {
    object["data"] = { a: "theirs" };
  });
  box.nowMs += ms;
  return box.reconcile();
}

test("reconcile() looks again at a contested child when its pause is over, not by a later look", async () => {
  const box = await contested([config("m")]);
  expect(box.contestedCount).toBe(1);
  expect(await tug(box, 7_500)).toMatchObject({ kind: "waiting", retryMs: 1_505 });
  box.nowMs += 1_505;
  expect(await box.writesOf()).toContain("apply ConfigMap m");
});

test("reconcile() tells of a contested child beside what fails, and comes back for it", async () => {
  const box = await contested([config("m"), config("n", { namespace: "../x" })]);
  const outcome = await tug(box, 4_000);
  expect(outcome).toMatchObject({ kind: "stuck", againMs: 5_005 });
  expect(box.condition()?.["message"]).toMatch(
    /^Cannot .*; ConfigMap ".*" is left as it is until /,
  );
  box.nowMs += 5_005;
  expect(box.contestedCount).toBe(0);
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
