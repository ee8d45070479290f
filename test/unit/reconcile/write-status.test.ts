import { describe, expect, test } from "bun:test";
import type { JsonObject } from "../../../src/std/json.ts";
import { field, Harness } from "./harness.ts";

const WRITE = "patch Website shop status";

/** Its server knows no `status.text` while `isOld`. */
function openOld() {
  const box = new Harness({ fields: [field("text", "{{ .spec.text }}")] });
  const server = { isOld: true };
  const patch = box.kube.patch.bind(box.kube);
  box.kube.patch = (reference, body, options) => {
    const { status, ...rest } = body as { status?: JsonObject };
    if (status === undefined || !server.isOld) return patch(reference, body, options);
    const { text: _, ...known } = status;
    return patch(reference, { ...rest, status: known }, options);
  };
  box.create({ text: "a" });
  const textOf = () => box.status["text"];
  return { box, server, textOf };
}

describe("writeStatus()", () => {
  test("sends what a server dropped once more, when its CRD may have been too new", async () => {
    const { box, server, textOf } = openOld();
    await box.reconcile();
    box.nowMs += 1_000;
    expect(await box.writesOf()).toEqual([]);
    server.isOld = false;
    box.nowMs += 1_000;
    expect(await box.writesOf()).toEqual([WRITE]);
    expect(textOf()).toBe("a");
    box.nowMs += 100_000;
    expect(await box.writesOf()).toEqual([]);
  });

  test("believes a server that dropped it twice, of a later status, too", async () => {
    const { box } = openOld();
    await box.reconcile();
    box.nowMs += 15_000;
    expect(await box.writesOf()).toEqual([WRITE]);
    for (let resync = 0; resync < 3; resync++) {
      box.nowMs += 15_000;
      expect(await box.writesOf()).toEqual([]);
    }
    // Filled anew, as it is when the CRD was changed.
    box.primary.epoch++;
    expect(await box.writesOf()).toEqual([WRITE]);
    box.nowMs += 15_000;
    expect(await box.writesOf()).toEqual([WRITE]);
    box.nowMs += 15_000;
    expect(await box.writesOf()).toEqual([]);
    box.edit({ text: "b" });
    expect(await box.writesOf()).toEqual([WRITE]);
    box.nowMs += 15_000;
    expect(await box.writesOf()).toEqual([]);
  });
});
