import { describe, expect, test } from "bun:test";
import type { KubeObject, ResourceType } from "../../../src/schema/object.ts";
import { getPath, type JsonObject } from "../../../src/std/json.ts";
import { CONFIG_MAP, child, GADGET, Harness } from "./harness.ts";

const CUSTOM = child("custom", {
  apiVersion: "gadgets.io/v1",
  kind: "Gadget",
  metadata: { name: "g" },
  spec: { text: "{{ .spec.text }}", color: "red" },
});
const PLAIN = child("configMaps", { data: { text: "a", color: "red" } }, { name: "g" });

/** Its server drops the colour of a child without a word while `isOld`, whoever writes it. */
function openOld(type: ResourceType) {
  const box = new Harness({ children: [type === GADGET ? CUSTOM : PLAIN] });
  const server = { isOld: true };
  const part = type === GADGET ? "spec" : "data";
  const store = (object: KubeObject): KubeObject => {
    if (object.kind !== type.kind || !server.isOld) return object;
    const { color: _, ...rest } = object[part] as JsonObject;
    return { ...object, [part]: rest };
  };
  const { kube } = box;
  const [create, apply] = [kube.create.bind(kube), kube.apply.bind(kube)];
  kube.create = (kind, object, options) => create(kind, store(object), options);
  kube.apply = (kind, object, options) => apply(kind, store(object), options);
  box.create({ text: "a" });
  const colorOf = () => getPath(kube.read(type, "g")?.[part], ["color"]);
  return { box, server, colorOf };
}

const WRITES = ["apply Gadget g"];

describe("reconcile() of a field that a server drops from a child of a custom kind", () => {
  test("writes it once more, when its CRD may have been too new", async () => {
    const { box, server, colorOf } = openOld(GADGET);
    await box.reconcile();
    box.nowMs += 1_000;
    expect(await box.writesOf()).toEqual([]);
    server.isOld = false;
    box.nowMs += 1_000;
    expect(await box.writesOf()).toEqual(WRITES);
    expect(colorOf()).toBe("red");
    box.nowMs += 100_000;
    expect(await box.writesOf()).toEqual([]);
  });

  test("believes a server that dropped it twice, until the cache of the kind is filled anew", async () => {
    const { box, server, colorOf } = openOld(GADGET);
    await box.reconcile();
    box.nowMs += 15_000;
    expect(await box.writesOf()).toEqual(WRITES);
    for (let resync = 0; resync < 3; resync++) {
      box.nowMs += 15_000;
      expect(await box.writesOf()).toEqual([]);
    }
    server.isOld = false;
    box.cache(GADGET).epoch++;
    // A list that was filled anew is confirmed before the first write.
    expect(await box.writesOf()).toEqual(["get Website shop", ...WRITES]);
    expect(colorOf()).toBe("red");
    box.nowMs += 15_000;
    expect(await box.writesOf()).toEqual([]);
  });

  test("believes it of a later wish, too", async () => {
    const { box } = openOld(GADGET);
    await box.reconcile();
    box.nowMs += 15_000;
    await box.reconcile();
    box.edit({ text: "b" });
    expect(await box.writesOf()).toContain("apply Gadget g");
    box.nowMs += 15_000;
    expect(await box.writesOf()).toEqual([]);
  });
});

test("reconcile() believes at once what a server makes of a kind of its own", async () => {
  const { box } = openOld(CONFIG_MAP);
  await box.reconcile();
  box.nowMs += 15_000;
  box.cache(CONFIG_MAP).epoch++;
  expect(await box.writesOf()).toEqual([]);
});

describe("reconcile() of a value that the server rewrites", () => {
  const MINUTE = 60_000;

  test("sends it again after 10 minutes and then less often, and nothing in between", async () => {
    const { box, server, colorOf } = openOld(CONFIG_MAP);
    await box.reconcile();
    const writtenAfter: number[] = [];
    for (let minutes = 1; minutes <= 75; minutes++) {
      box.nowMs += MINUTE;
      if ((await box.writesOf()).includes("apply ConfigMap g")) writtenAfter.push(minutes);
    }
    expect(writtenAfter).toEqual([10, 30, 70]);
    server.isOld = false;
    box.nowMs += 60 * MINUTE;
    expect(await box.writesOf()).toEqual(["apply ConfigMap g"]);
    expect(colorOf()).toBe("red");
    box.nowMs += 600 * MINUTE;
    expect(await box.writesOf()).toEqual([]);
  });

  test("sends it again once somebody else wrote the child, but not for every such write", async () => {
    const { box, server, colorOf } = openOld(CONFIG_MAP);
    await box.reconcile();
    const touch = (label: string) =>
      box.kube.edit(CONFIG_MAP, "g", ({ metadata }) => {
        metadata["labels"] = { ...(metadata["labels"] as object), label };
      });
    let writes = 0;
    for (let second = 0; second < 60; second++) {
      touch(`${second}`);
      box.nowMs += 1_000;
      writes += (await box.writesOf()).length;
    }
    expect(writes).toBe(2);
    server.isOld = false;
    box.nowMs += MINUTE;
    touch("last");
    expect(await box.writesOf()).toEqual(["apply ConfigMap g"]);
    expect(colorOf()).toBe("red");
  });

  test("takes the same value of somebody else for drift, once the declared one was there", async () => {
    const { box, server, colorOf } = openOld(CONFIG_MAP);
    await box.reconcile();
    server.isOld = false;
    const set = (color?: string) =>
      box.kube.edit(CONFIG_MAP, "g", (object) => {
        object["data"] = { text: "a", ...(color !== undefined && { color }) };
      });
    set("red");
    expect(await box.writesOf()).toEqual([]);
    set();
    expect(await box.writesOf()).toEqual(["apply ConfigMap g"]);
    expect(colorOf()).toBe("red");
  });
});
