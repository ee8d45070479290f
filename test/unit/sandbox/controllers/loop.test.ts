import { describe, expect, test } from "bun:test";
import { invalid, invalidValue, notFound } from "../../../../src/sandbox/api-error.ts";
import { runController } from "../../../../src/sandbox/controllers/loop.ts";
import { KindRegistry } from "../../../../src/sandbox/kinds/registry.ts";
import { type Site, webRandom } from "../../../../src/sandbox/site.ts";
import { Store } from "../../../../src/sandbox/store/store.ts";
import type { Logger } from "../../../../src/telemetry/log.ts";
import { manualClock } from "../../../support/manual-clock.ts";

function startLoop(reconcile: (count: number) => void) {
  const clock = manualClock();
  const lines: { readonly message: string; readonly fields: object | undefined }[] = [];
  const log: Logger = {
    debug() {},
    info() {},
    warn: (message, fields) => void lines.push({ message, fields }),
    error: (message, fields) => void lines.push({ message, fields }),
    child: () => log,
  };
  const store = new Store({ historyLimit: 10 });
  store.openCollection("configmaps");
  const random = webRandom(globalThis.crypto);
  const site: Site = { store, registry: new KindRegistry(), clock, random, log };
  let looks = 0;
  const stop = runController(site, {
    name: "trial",
    affected: ({ key }) => [key],
    reconcile: () => {
      reconcile(++looks);
      return undefined;
    },
  });
  const change = (name = "a") =>
    store.put("configmaps", {
      apiVersion: "v1",
      kind: "ConfigMap",
      metadata: { name, namespace: "default", annotations: { turn: String(looks) } },
    });
  return {
    clock,
    lines,
    stop,
    change,
    get looks() {
      return looks;
    },
  };
}

/** A pod is named anew in each attempt. */
function refusal(count: number): Error {
  const name = `web-${count}x`;
  return invalid({ group: "", kind: "Pod", name }, [invalidValue("metadata.labels", "a b", "bad")]);
}

describe("runController()", () => {
  test("looks less and less often at what fails, and says so once", () => {
    const loop = startLoop((count) => {
      throw refusal(count);
    });
    loop.change();
    loop.clock.advance(15_000);
    expect(loop.looks).toBeGreaterThan(5);
    expect(loop.looks).toBeLessThan(12);
    expect(loop.lines).toEqual([
      {
        message: "Sandbox controller failed",
        fields: {
          controller: "trial",
          key: "default/a",
          reason: expect.stringContaining('metadata.labels: Invalid value: "a b": bad'),
        },
      },
    ]);
    loop.stop();
  });

  test("has one appointment for a key, however often it changes meanwhile", () => {
    const loop = startLoop((count) => {
      throw refusal(count);
    });
    for (let turn = 0; turn < 10; turn++) {
      loop.change();
      loop.clock.advance(1);
    }
    expect(loop.looks).toBe(10);
    loop.clock.advance(60_000);
    expect(loop.looks).toBeLessThan(20);
    loop.stop();
  });

  test("tells another failure, with the stack when it is no refusal, and one after a success anew", () => {
    const failures = [refusal(1), new Error("broken"), undefined, new Error("broken")];
    const loop = startLoop(() => {
      const failure = failures.shift();
      if (failure) throw failure;
    });
    for (let turn = 0; turn < 4; turn++) {
      loop.change();
      loop.clock.advance(1);
    }
    expect(loop.lines.map(({ fields }) => Object.keys(fields ?? {}).at(-1))).toEqual([
      "reason",
      "error",
      "error",
    ]);
    loop.stop();
  });

  test("says nothing of an object that is gone by now", () => {
    const loop = startLoop((count) => {
      if (count < 3) throw notFound({ group: "", kind: "pods", name: "a" });
    });
    loop.change();
    loop.clock.advance(60_000);
    expect([loop.looks, loop.lines]).toEqual([3, []]);
    loop.stop();
  });
});
