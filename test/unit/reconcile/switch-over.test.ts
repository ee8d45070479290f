import { expect, test } from "bun:test";
import { KubeError } from "../../../src/kube/error.ts";
import type { JsonObject } from "../../../src/std/json.ts";
import { child, DEPLOYMENT, Harness, SERVICE, when } from "./harness.ts";

const web = child("deployments", { image: "x" }, { name: "{{ .spec.name }}" });
const front = child("services", { port: 80 }, { name: "front" });

const selected = (box: Harness) => {
  const { selector } = (box.kube.read(SERVICE, "front")?.spec ?? {}) as JsonObject;
  return (selector as JsonObject | undefined)?.["app"];
};
const becomeReady = (box: Harness, name: string) =>
  box.kube.edit(DEPLOYMENT, name, (object) => {
    const generation = object.metadata["generation"] ?? 1;
    object["status"] = { observedGeneration: generation, updatedReplicas: 1, availableReplicas: 1 };
  });
const writesTo = (writes: readonly string[]) =>
  writes.filter((write) => !write.includes("Website") && !write.startsWith("get"));

/** With its Deployment renamed while the one before serves. */
async function renamed(children = [web, front]): Promise<Harness> {
  const box = new Harness({ children });
  box.create({ name: "old" });
  await box.reconcile();
  becomeReady(box, "old");
  await box.reconcile();
  box.edit({ name: "new" });
  return box;
}

test("selectorFor() leaves a Service with the workload that serves until the renamed one is ready", async () => {
  const box = await renamed();
  expect(writesTo(await box.writesOf())).toEqual(["create Deployment new"]);
  expect(selected(box)).toBe("old");
  // Neither the times of the two nor a repeated look change that.
  expect(await box.writesOf()).toEqual([]);
  becomeReady(box, "new");
  // The Service first: there is no moment in which it selects nothing.
  expect(writesTo(await box.writesOf())).toEqual(["apply Service front", "delete Deployment old"]);
  expect(selected(box)).toBe("new");
  expect((await box.reconcile()).kind).toBe("settled");
});

test("selectorFor() goes by what is there after a restart, too", async () => {
  const box = await renamed();
  box.kube.bornAt = "2026-11-22T11:30:00Z";
  await box.reconcile();
  const next = box.restart();
  expect(writesTo(await next.writesOf())).toEqual([]);
  becomeReady(next, "new");
  expect(writesTo(await next.writesOf())).toEqual(["apply Service front", "delete Deployment old"]);
});

test("selectorFor() leaves it with a workload whose condition turned false, too", async () => {
  const either = ["blue", "green"].map((colour) =>
    child("deployments", { image: "x" }, { name: colour, when: when("spec.colour", colour) }),
  );
  const box = new Harness({ children: [...either, front] });
  box.create({ colour: "blue" });
  await box.reconcile();
  becomeReady(box, "blue");
  box.edit({ colour: "green" });
  await box.reconcile();
  expect(selected(box)).toBe("blue");
  expect(box.kube.read(DEPLOYMENT, "blue")).toBeDefined();
  becomeReady(box, "green");
  await box.reconcile();
  expect(selected(box)).toBe("green");
  expect(box.kube.read(DEPLOYMENT, "blue")).toBeUndefined();
});

test("selectorFor() follows at once where no old workload serves", async () => {
  const box = await renamed();
  box.kube.erase(DEPLOYMENT, "old");
  await box.reconcile();
  expect(selected(box)).toBe("new");
});

test("selectorFor() takes no workload for the old one that is declared, or that the Service does not select", async () => {
  const other = child("deployments", { image: "x" }, { name: "old" });
  const box = await renamed();
  const next = box.restart({ children: [web, other, front] });
  await next.reconcile();
  expect(selected(next)).toBe("new");
  const apart = await renamed();
  apart.kube.edit(SERVICE, "front", (object) => {
    object["spec"] = { ...(object["spec"] as JsonObject), selector: { app: "somebody" } };
  });
  await apart.reconcile();
  expect(selected(apart)).toBe("new");
});

test("a selector that the author wrote is written at once", async () => {
  const own = child(
    "services",
    { port: 80, selector: { app: "{{ .spec.name }}" } },
    { name: "front" },
  );
  const box = await renamed([web, own]);
  await box.reconcile();
  expect(selected(box)).toBe("new");
});

test("reconcile() keeps a renamed workload while the Service that selects it cannot be written", async () => {
  const box = await renamed();
  await box.reconcile();
  becomeReady(box, "new");
  box.kube.intercept = ({ kind, verb }) => {
    if (kind === "Service" && verb === "apply")
      throw new KubeError("not this one", { status: 422, reason: "Invalid" });
  };
  expect(await box.reconcile()).toMatchObject({ kind: "stuck" });
  expect(box.kube.read(DEPLOYMENT, "old")).toBeDefined();
  expect(String(box.condition()?.["message"])).toContain(
    'Deployment "default/old" is kept until Service "default/front" can be written',
  );
  box.kube.intercept = () => {};
  await box.reconcile();
  expect(selected(box)).toBe("new");
  expect(box.kube.read(DEPLOYMENT, "old")).toBeUndefined();
});
