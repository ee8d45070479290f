/**
 * R1, at least once: every change that stays the latest is covered by a reconcile, whatever crashes,
 * restarts, breaks or gets lost in between. And nothing is made or deleted twice on the way.
 */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { describeWithServer } from "../support/describe-with-server.ts";
import { eventually } from "../support/eventually.ts";
import type { EventAct, Fault, Moment, RequestAct } from "../support/fault-proxy-plan.ts";
import { tell } from "../support/fault-report.ts";
import { SCALE, Stage } from "./stage.ts";

const STEPS = ["create", "edit", "delete"] as const;
type Step = (typeof STEPS)[number];
const MOMENTS: readonly Moment[] = ["before", "committed", "answered"];

/** What a watch can do to its reader, at the event of an edit. */
const EVENT_FAULTS: Readonly<Record<string, EventAct>> = {
  "told twice": { kind: "double" },
  "merged with the next one": { kind: "merge", withinMs: 300 },
  "told late": { kind: "delay", ms: 500 },
  "cut in the middle of its line": { kind: "cut", inside: "line", how: "reset" },
  "cut in the middle of a character": { kind: "cut", inside: "character", how: "reset" },
  "cut by a clean end in the middle of its line": { kind: "cut", inside: "line", how: "end" },
  "lost to a clean end of the stream": { kind: "end" },
  "told in half of its JSON": { kind: "garble" },
  "lost to 410 in the stream": { kind: "error", status: 410, reason: "Expired" },
  "lost to 500 in the stream": { kind: "error", status: 500, reason: "InternalError" },
  "told a few bytes at a time": { kind: "drip", bytes: 40, everyMs: 20 },
};

/** What a server can answer to the watch that is opened after a broken one; more in `r1-watch-faults`. */
const REFUSALS: Readonly<Record<string, RequestAct>> = {
  "400": { kind: "answer", status: 400 },
  "404": { kind: "answer", status: 404 },
  "a broken connection": { kind: "reset" },
};

/** A dead connection is noticed and its events are caught up with in this time after healing. */
const HEALED_MS = 6_000;

describeWithServer("R1 at least once", {
  tests(cluster) {
    let stage: Stage;
    beforeAll(async () => {
      stage = await Stage.open(cluster());
      await stage.start();
    }, 60_000);
    afterAll(() => stage?.[Symbol.asyncDispose]());

    async function take(step: Step, name: string): Promise<void> {
      const first = { text: "ä first", items: ["a", "b"] };
      const second = { text: "ö second", items: ["b", "c"] };
      if (step === "create") await stage.create("Widget", name, first);
      else if (step === "edit") await stage.edit("Widget", name, { spec: second });
      else await stage.delete("Widget", name);
    }

    const untilDone = (step: Step) =>
      step === "delete" ? stage.untilGone("Widget") : stage.untilConverged();

    test(
      "a process killed at any write leaves nothing undone and does nothing twice",
      async () => {
        stage.takeWrites();
        stage.takePassedWrites();
        const calm: Record<string, { writes: number; births: Record<string, number> }> = {};
        for (const step of STEPS) {
          await take(step, "widget");
          await untilDone(step);
          calm[step] = { writes: stage.takePassedWrites().length, births: stage.takeBirths() };
        }
        expect(calm["create"]?.births).toEqual({
          "create configmaps/widget": 1,
          "create configmaps/widget-a": 1,
          "create configmaps/widget-b": 1,
        });
        let plans = 0;
        // Which writes are under way together differs from time to time: the larger suite plays on.
        for (const victim of Array.from({ length: SCALE }, () => STEPS).flat()) {
          for (let nth = 1; nth <= calm[victim]!.writes; nth++) {
            for (const at of MOMENTS) {
              plans++;
              await playKill({ victim, nth, at });
            }
          }
        }
        tell("kill", { plans });

        async function playKill(plan: { victim: Step; nth: number; at: Moment }): Promise<void> {
          const { victim, nth, at } = plan;
          for (const step of STEPS) {
            const isVictim = step === victim;
            if (isVictim) {
              stage.proxy.arm({
                kind: "request",
                match: stage.writes,
                nth,
                at,
                act: { kind: "kill" },
              });
            }
            await take(step, "widget");
            if (isVictim) {
              await eventually(`killed at ${at} ${nth}`, () => !stage.isRunning, { everyMs: 10 });
              stage.proxy.heal();
              await stage.start({ isReady: false });
            }
            await untilDone(step);
            const births = stage.takeBirths();
            expect({ plan, step, births }).toEqual({ plan, step, births: calm[step]!.births });
          }
        }
      },
      180_000 * SCALE,
    );

    // One resync is an hour here: only the watch itself can bring the change.
    describe("when the watch fails", () => {
      let patient: Stage;
      let edits = 0;
      beforeAll(async () => {
        patient = await Stage.open(cluster(), { resync: "1h" });
        await patient.create("Widget", "widget", { text: "ä", items: ["a"] });
        await patient.start();
        await patient.untilConverged();
      }, 60_000);
      afterAll(() => patient?.[Symbol.asyncDispose]());

      const edit = () => patient.edit("Widget", "widget", { spec: { text: `ä ${++edits}` } });

      test.each(Object.keys(EVENT_FAULTS))("a change %s is reconciled", async (title) => {
        const { proxy, namespace } = patient;
        const match = { resource: "widgets", namespace, type: "MODIFIED" } as const;
        const armed = proxy.arm({ kind: "event", match, act: EVENT_FAULTS[title]! });
        await edit();
        if (title.startsWith("merged")) await edit();
        await patient.untilConverged(HEALED_MS);
        expect(armed.hits).toBe(1);
        expect(patient.isRunning).toBe(true);
        proxy.heal();
        if (title.includes("bytes")) proxy.resetStreams();
      });

      test("a child whose creation is neither answered nor told is found, not fought over", async () => {
        const { proxy, namespace } = patient;
        const name = "unheard";
        const created = { verb: "create", resource: "configmaps", namespace } as const;
        const reset = { kind: "reset" } as const;
        const lost = proxy.arm({ kind: "request", match: created, at: "committed", act: reset });
        const added = { resource: "configmaps", namespace, name, type: "ADDED" } as const;
        const dropped = proxy.arm({ kind: "event", match: added, act: { kind: "drop" } });
        patient.takeBirths();
        await patient.create("Widget", name, { text: "ä" });
        await patient.untilConverged(HEALED_MS);
        // The watch may just be coming back from the fault of the test before.
        await dropped.hit;
        await patient.edit("Widget", name, { spec: { text: "ö" } });
        await patient.untilConverged(HEALED_MS);
        expect([lost.hits, dropped.hits]).toEqual([1, 1]);
        expect(patient.takeBirths()).toEqual({ [`create configmaps/${name}`]: 1 });
        proxy.heal();
      });

      test.each(Object.keys(REFUSALS))("a watch answered by %s is opened again", async (title) => {
        const { proxy } = patient;
        const match = { resource: "widgets", verb: ["watch", "list"] } as const;
        const fault: Fault = { kind: "request", match, act: REFUSALS[title]!, times: 3 };
        const armed = proxy.arm(fault);
        proxy.resetStreams();
        await armed.hit;
        await edit();
        proxy.heal();
        await patient.untilConverged(HEALED_MS);
        expect(patient.isRunning).toBe(true);
      });
    });

    test("a change made while the process was down is reconciled when it is up", async () => {
      await stage.create("Widget", "edited", { text: "one", items: ["a"] });
      await stage.create("Widget", "deleted", { text: "one", items: ["a"] });
      await stage.create("Widget", "again", { text: "one", items: ["a"] });
      await stage.untilConverged();
      await stage.kill();
      await stage.edit("Widget", "edited", { spec: { text: "two", items: ["b"] } });
      await stage.create("Widget", "made", { text: "new" });
      await stage.delete("Widget", "deleted");
      // Somebody takes the finalizer off, and the name comes back as another object.
      await stage.edit("Widget", "again", { metadata: { finalizers: null } });
      await stage.delete("Widget", "again");
      const reborn = await stage.create("Widget", "again", { text: "three", items: ["c"] });
      await stage.start();
      // The old object's children keep their names taken until the garbage collector has learned of
      // the kind, which takes up to 30 s.
      await stage.untilConverged(45_000);
      expect(
        (await stage.objects.list("Widget")).map(({ metadata }) => metadata.name).sort(),
      ).toEqual(["again", "edited", "made"]);
      expect((await stage.objects.get("Widget/again")).metadata.uid).toBe(reborn.metadata.uid);
      for (const name of ["again", "edited", "made"]) await stage.delete("Widget", name);
      await stage.untilGone("Widget");
    }, 90_000);
  },
});
