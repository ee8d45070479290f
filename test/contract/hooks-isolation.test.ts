/**
 * R8 and R9 for the code of users: whatever a hook does, its custom resource says so, and nobody else
 * feels it.
 */
import { afterAll, afterEach, beforeAll, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describeWithServer } from "../support/describe-with-server.ts";
import { eventually } from "../support/eventually.ts";
import { conditionOf } from "../support/namespaced-objects.ts";
import { COUNTERS, isolates } from "./bystander.ts";
import { Stage } from "./stage.ts";
import { box } from "./stage-katalog.ts";

const MODULE = join(import.meta.dir, "fixtures/faults.ts");
const TIMEOUT_MS = 2_000;

const SOURCE = readFileSync(MODULE, "utf8").split("\n");

/** A message that ends with the place of this code in the author's source. */
function told(message: string, code: string): RegExp {
  const line = SOURCE.findIndex((text) => text.includes(code)) + 1;
  return new RegExp(`^Hook onReconcile failed: ${message}.* \\(.*faults\\.ts:${line}:\\d+\\)$`);
}

const HANDLER = "async onReconcile(";

/** By what the hook does: what its custom resource says, with the line of the author's source. */
const TOLD: Readonly<Record<string, RegExp>> = {
  throw: told("thrown on purpose", 'Error("thrown'),
  anew: told("request [-\\w]+ failed after [.\\d]+ ms", "Error(`request"),
  rejection: told("rejected on purpose", 'Error("rejected'),
  overflow: told("Maximum call stack size exceeded", "deeper(depth + 1)"),
  gigabyte: told("it took more than \\d+ MiB of memory", HANDLER),
  block: told("Cannot allocate 1000000000 bytes at once", "new Uint8Array(1e9)"),
  list: told("Cannot allocate 800000000 bytes at once", "new Array(1e8)"),
  busy: told("it did not settle within 2 s", HANDLER),
  later: told("it did not settle within 2 s", HANDLER),
  never: told("it did not settle within 2 s", HANDLER),
  regex: told("it did not settle within 2 s", HANDLER),
  exit: told("it exited with code 7", HANDLER),
  nonsense: told('it returned an unknown "statu", did you mean "status"', HANDLER),
  unspeakable: told('it returned a function at "status.phase"', HANDLER),
};

/** What nobody waits for: told in the log, since no custom resource is known to be at fault. */
const LEFT_BEHIND: Readonly<Record<string, RegExp>> = {
  timer: /^left behind on purpose$/,
  stray: /^dropped on purpose$/,
};

describeWithServer("R9 isolation of hooks", {
  tests(cluster) {
    let stage: Stage;
    beforeAll(async () => {
      const hooks = { module: MODULE, timeout: `${TIMEOUT_MS}ms` };
      stage = await Stage.open(cluster(), {
        crds: {
          widget: box("Widget"),
          gadget: box("Gadget", { reconcile: { hooks, resync: "1s" } }),
        },
      });
      await stage.start();
      await stage.create("Widget", "widget", { text: "0", items: ["a"] });
      await stage.untilConverged();
    }, 60_000);
    afterAll(() => stage?.[Symbol.asyncDispose]());
    // One that is left hanging would be in the way of the next.
    afterEach(async () => {
      for (const { metadata } of await stage.objects.list("Gadget")) {
        await stage.edit("Gadget", metadata.name, { spec: { text: "calm" } });
        await stage.delete("Gadget", metadata.name);
      }
      await stage.untilGone("Gadget", 20_000);
    });

    const messageOf = async (name: string) =>
      conditionOf(await stage.objects.get(`Gadget/${name}`), "Ready");

    async function recovers(name: string): Promise<void> {
      await stage.edit("Gadget", name, { spec: { text: "calm" } });
      await eventually(`${name} recovers`, async () => (await messageOf(name))?.status === "True", {
        timeoutMs: 20_000,
      });
    }

    test.each(Object.keys(TOLD))(
      "while a hook does this: %s, another CRD goes on, and its custom resource says so",
      async (name) => {
        const told = TOLD[name]!;
        const begin = async () => {
          await stage.create("Gadget", name, { text: name });
          await eventually(
            `${name} is told`,
            async () => told.test((await messageOf(name))?.message ?? ""),
            { timeoutMs: 15_000 },
          );
        };
        await isolates(stage, begin, { told, counter: COUNTERS.reconcile });
        await eventually("an Event says so", async () => {
          const events = await stage.objects.list("Event");
          return events.some(
            ({ involvedObject, reason, message }) =>
              involvedObject?.name === name &&
              reason === "GadgetReconcileError" &&
              told.test(message),
          );
        });
        await recovers(name);
      },
      90_000,
    );

    test.each(Object.keys(LEFT_BEHIND))(
      "while a hook leaves this behind: %s, another CRD goes on, and the log says so once",
      async (name) => {
        const told = LEFT_BEHIND[name]!;
        const logged = stage.ork.log.length;
        const begin = () => stage.create("Gadget", name, { text: name });
        // No call of the hook failed: what is counted, and put off, are the threads that it lost.
        await isolates(stage, begin, { told, counter: COUNTERS.stray });
        const [error] = stage.ork.log
          .slice(logged)
          .flatMap((line) => (line["error"] ? [line["error"] as Error] : []))
          .filter(({ message }) => told.test(message));
        expect(error?.stack).toMatch(/faults\.ts:\d+:\d+/);
        await recovers(name);
      },
      90_000,
    );

    test("the process stayed under 600 MB", async () => {
      const status = await Bun.file(`/proc/${stage.ork.pid}/status`).text();
      const peakKb = Number(/^VmHWM:\s+(\d+) kB$/m.exec(status)?.[1]);
      expect(peakKb * 1_024).toBeLessThan(600e6);
    });

    test("threads that were lost are counted", async () => {
      const text = await (await fetch(`${stage.ork.url}/metrics`)).text();
      const count = (reason: string) => {
        const line = new RegExp(
          `orkestra_hook_threads_lost_total\\{crd="gadget",reason="${reason}"\\} (\\d+)`,
        );
        return Number(line.exec(text)?.[1] ?? 0);
      };
      for (const reason of ["timeout", "memory", "died"]) expect(count(reason)).toBeGreaterThan(0);
      expect(text).toMatch(
        /controller_runtime_reconcile_panics_total\{controller="gadget"\} [1-9]/,
      );
    });
  },
});
