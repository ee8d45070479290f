/** Whatever goes wrong with requests on the way, the end is the same, and made in the same number of steps. */
import { expect, test } from "bun:test";
import fc from "fast-check";
import type { KubeClient } from "../../../src/kube/client.ts";
import { KubeError } from "../../../src/kube/error.ts";
import { times } from "../../support/effort.ts";
import type { FakeKube } from "../../support/fake-kube.ts";
import { CONFIG_MAP, child, field, Harness, SERVICE, WEBSITE } from "./harness.ts";

/** What becomes of one request. `lost`: it was carried out, and its answer never arrived. */
type Fate = "fine" | "conflict" | "unavailable" | "lost" | "restart";

const each = () =>
  child(
    "configMaps",
    { data: { size: "{{ .spec.size }}" } },
    { name: "m-{{ .item }}", id: "m", forEach: { field: "spec.regions", as: "item" } },
  );
const far = () =>
  child("configMaps", { data: { a: "1" } }, { name: "far", id: "far", namespace: "elsewhere" });
const front = () =>
  child("services", { port: "80", selector: { a: "b" } }, { name: "front", id: "front" });

const newBox = (kube?: FakeKube) =>
  new Harness({
    children: [each(), far(), front()],
    fields: [field("size", "{{ .spec.size }}")],
    ...(kube && { kube }),
  });

const METHODS = ["get", "apply", "patch", "delete"] as const;

function inject(kube: FakeKube, next: () => Fate): void {
  for (const method of METHODS) {
    const real = (kube[method] as (...args: unknown[]) => Promise<unknown>).bind(kube);
    const wrapped = async (...args: unknown[]) => {
      const fate = next();
      if (fate === "conflict") throw new KubeError("conflict", { status: 409, reason: "Conflict" });
      if (fate === "unavailable") throw new KubeError("busy", { status: 503 });
      const answer = await real(...args);
      if (fate === "lost") throw new KubeError("connection reset", { status: 0 });
      return answer;
    };
    (kube as unknown as Record<string, unknown>)[method] = wrapped as KubeClient[typeof method];
  }
}

async function settle(box: Harness, shouldRestart: () => boolean): Promise<Harness> {
  let current = box;
  for (let pass = 0; pass < 200; pass++) {
    const outcome = await current.reconcile();
    if (outcome.kind === "stuck") throw outcome.error;
    if (outcome.kind === "settled" && current.kube.read(WEBSITE, "shop") === undefined)
      return current;
    if (outcome.kind === "settled" && outcome.changes.every(({ action }) => action === "unchanged"))
      return current;
    if (shouldRestart()) current = newBox(current.kube);
  }
  throw new Error("did not settle within 200 passes");
}

/** One life: created, edited, deleted. What the cluster holds after each step, and what came and went. */
async function live(fates: readonly Fate[]) {
  let at = 0;
  let restarts = 0;
  const next = (): Fate => {
    const fate = fates[at++] ?? "fine";
    if (fate === "restart") restarts++;
    return fate;
  };
  const restarted = () => restarts > 0 && restarts-- > 0;
  let box = newBox();
  inject(box.kube, next);
  const seen: unknown[] = [];
  const look = () =>
    seen.push({
      maps: box.kube
        .all(CONFIG_MAP)
        .map(({ metadata, ...rest }) => [metadata.name, metadata.namespace, rest["data"]])
        .sort(),
      services: box.kube.all(SERVICE).map(({ metadata }) => metadata.name),
      size: box.kube.read(WEBSITE, "shop") && box.status["size"],
    });
  box.create({ size: "1", regions: ["eu", "us"] });
  box = await settle(box, restarted);
  look();
  box.edit({ size: "2", regions: ["us", "asia"] });
  box = await settle(box, restarted);
  look();
  box.kube.erase(WEBSITE, "shop");
  box = await settle(box, restarted);
  look();
  return { seen, history: [...box.kube.history].sort() };
}

test("reconcile() comes to the same end, with the same creates and deletes, whatever requests fail", async () => {
  const calm = await live([]);
  const fate = fc.constantFrom<Fate>("fine", "fine", "conflict", "unavailable", "lost", "restart");
  await fc.assert(
    fc.asyncProperty(fc.array(fate, { maxLength: 60 }), async (fates) => {
      expect(await live(fates)).toEqual(calm);
    }),
    { numRuns: times(150) },
  );
});
