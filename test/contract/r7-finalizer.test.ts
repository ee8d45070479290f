/**
 * R7, finalizer: it is there before anything else is written, and goes when cleanup is done. A Widget
 * has a child in another namespace here, which no garbage collector takes: its end is our cleanup.
 */
import { afterAll, beforeAll, expect, test } from "bun:test";
import { setTimeout as sleep } from "node:timers/promises";
import { describeWithServer } from "../support/describe-with-server.ts";
import { eventually } from "../support/eventually.ts";
import { seededRandom } from "../support/fault-proxy-plan.ts";
import { tell } from "../support/fault-report.ts";
import { conditionOf, NamespacedObjects, type Ref } from "../support/namespaced-objects.ts";
import { FINALIZER, SCALE, SEED, Stage } from "./stage.ts";
import { box } from "./stage-katalog.ts";

const COUNT = 50 * SCALE;
/** Looking at thousands takes its time, too. */
const PATIENCE = { timeoutMs: 20_000 + COUNT * 200, everyMs: 50 + COUNT / 2 };
const FOREIGN = "somebody.example.com/keep";

describeWithServer("R7 finalizer", {
  tests(cluster) {
    let stage: Stage;
    let away: NamespacedObjects;
    beforeAll(async () => {
      away = new NamespacedObjects(cluster(), await cluster().newNamespace("contract-away"));
      const text = "{{ .spec.text }}";
      stage = await Stage.open(cluster(), {
        crds: {
          widget: box("Widget", {
            reconcile: {
              resync: "2s",
              workers: 10,
              onReconcile: {
                configMaps: [
                  { name: "{{ .metadata.name }}", data: { text } },
                  { name: "{{ .metadata.name }}-away", namespace: away.namespace, data: { text } },
                ],
                custom: [
                  {
                    apiVersion: "v1",
                    kind: "ConfigMap",
                    metadata: { name: "{{ .metadata.name }}-custom", namespace: away.namespace },
                    data: { text },
                  },
                ],
              },
            },
          }),
        },
      });
      await stage.start();
    }, 60_000);
    afterAll(() => stage?.[Symbol.asyncDispose]());

    const create = async (name: string) => {
      await stage.create("Widget", name, { text: "here" });
      await stage.objects.untilReady(`Widget/${name}`);
      await away.untilThere(`ConfigMap/${name}-away`);
    };
    const finalizersOf = async (name: string) =>
      (await stage.objects.get(`Widget/${name}`)).metadata.finalizers;

    test("it is on the custom resource before any child is written", async () => {
      stage.takePassedWrites();
      await create("first");
      const [first, ...others] = stage.takePassedWrites();
      expect(first).toMatchObject({ resource: "widgets", name: "first", status: 200 });
      expect(others.map(({ resource }) => resource)).toContain("configmaps");
    });

    test("where it cannot be set, nothing else is written, and it is tried again", async () => {
      const { proxy } = stage;
      const match = { ...stage.writes, resource: "widgets", name: "refused" };
      const conflict = { kind: "answer", status: 409 } as const;
      const armed = proxy.arm({ kind: "request", match, act: conflict, times: 5 });
      stage.takePassedWrites();
      await create("refused");
      expect(armed.hits).toBe(5);
      expect(stage.takePassedWrites()[0]).toMatchObject({ resource: "widgets", name: "refused" });
      expect(await finalizersOf("refused")).toEqual([FINALIZER]);
    });

    test("an object that is being deleted never gets it, nor any child", async () => {
      const metadata = { name: "late", finalizers: [FOREIGN] };
      await stage.kill();
      await stage.createObject("Widget", { metadata, spec: { text: "late" } });
      await stage.delete("Widget", "late");
      stage.takeWrites();
      await stage.start();
      await stage.untilQuiet();
      await sleep(2_500);
      expect(stage.takeWrites().filter(({ name }) => name.startsWith("late"))).toEqual([]);
      expect(await finalizersOf("late")).toEqual([FOREIGN]);
      await stage.edit("Widget", "late", { metadata: { finalizers: null } });
    });

    test("only ours is taken off", async () => {
      await create("shared");
      const { metadata } = await stage.objects.get("Widget/shared");
      const finalizers = [FOREIGN, ...(metadata.finalizers ?? []), `${FOREIGN}-too`];
      await stage.edit("Widget", "shared", { metadata: { finalizers } });
      await stage.delete("Widget", "shared");
      await eventually("ours is gone", async () => {
        return !(await finalizersOf("shared"))?.includes(FINALIZER);
      });
      expect(await finalizersOf("shared")).toEqual([FOREIGN, `${FOREIGN}-too`]);
      expect(await away.find("ConfigMap/shared-away")).toBeUndefined();
      await stage.edit("Widget", "shared", { metadata: { finalizers: null } });
    });

    test("while cleanup fails the custom resource stays, and it goes when cleanup succeeds", async () => {
      const { proxy } = stage;
      await create("held");
      const match = { verb: "delete", resource: "configmaps", name: "held-away" } as const;
      const failure = { kind: "answer", status: 500 } as const;
      const armed = proxy.arm({ kind: "request", match, act: failure, times: Infinity });
      await stage.delete("Widget", "held");
      await eventually("cleanup was tried again", () => armed.hits >= 4);
      expect(await finalizersOf("held")).toEqual([FINALIZER]);
      proxy.heal();
      await stage.objects.untilGone("Widget/held");
      expect(await away.find("ConfigMap/held-away")).toBeUndefined();
    });

    test("what a cleanup waits for, or fails by, is told in Ready, each by one write", async () => {
      const { proxy } = stage;
      const told = (name: string, reason: string) =>
        eventually(`Ready of ${name} says ${reason}`, async () => {
          const ready = conditionOf(await stage.objects.get(`Widget/${name}`), "Ready");
          return ready?.reason === reason && ready;
        });
      const writes = () =>
        stage.takeWrites().filter(({ resource }) => resource.startsWith("widgets"));
      await create("lasting");
      await away.patch("ConfigMap/lasting-away", { metadata: { finalizers: [FOREIGN] } });
      writes();
      await stage.delete("Widget", "lasting");
      const message = `Being deleted, waits: ConfigMap "${away.namespace}/lasting-away": being deleted, held by ${FOREIGN}`;
      expect(await told("lasting", "Terminating")).toMatchObject({ status: "False", message });
      await sleep(2_500);
      expect(writes()).toHaveLength(1);
      await away.patch("ConfigMap/lasting-away", { metadata: { finalizers: null } });
      await stage.objects.untilGone("Widget/lasting");
      await create("refused-end");
      const match = { verb: "delete", resource: "configmaps", name: "refused-end-away" } as const;
      proxy.arm({ kind: "request", match, act: { kind: "answer", status: 403 }, times: Infinity });
      writes();
      await stage.delete("Widget", "refused-end");
      expect(await told("refused-end", "CleanupFailed")).toMatchObject({
        status: "False",
        message: expect.stringContaining("refused-end-away"),
      });
      await sleep(2_500);
      expect(writes()).toHaveLength(1);
      proxy.heal();
      await stage.objects.untilGone("Widget/refused-end");
    }, 30_000);

    test("its removal that is refused for a conflict is tried again", async () => {
      await create("contested");
      const match = { verb: "patch", resource: "widgets", name: "contested" } as const;
      const conflict = { kind: "answer", status: 409 } as const;
      const armed = stage.proxy.arm({ kind: "request", match, act: conflict, times: 3 });
      await stage.delete("Widget", "contested");
      await stage.objects.untilGone("Widget/contested");
      expect(armed.hits).toBe(3);
      stage.proxy.heal();
    });

    test("its removal, under way, does not hit a new object of the same name", async () => {
      const { proxy } = stage;
      await create("phoenix");
      const match = { verb: "patch", resource: "widgets", name: "phoenix" } as const;
      const armed = proxy.arm({ kind: "request", match, act: { kind: "delay", ms: 700 } });
      await stage.delete("Widget", "phoenix");
      await armed.hit;
      // Somebody is faster, and the name comes back, already being deleted and held by another.
      await stage.edit("Widget", "phoenix", { metadata: { finalizers: null } });
      const metadata = { name: "phoenix", finalizers: [FINALIZER, FOREIGN] };
      const reborn = await stage.createObject("Widget", { metadata, spec: { text: "new" } });
      await sleep(900);
      const now = await stage.objects.get("Widget/phoenix");
      expect(now.metadata.uid).toBe(reborn.metadata.uid);
      expect([...(now.metadata.finalizers ?? [])].sort()).toEqual([FINALIZER, FOREIGN].sort());
      await stage.edit("Widget", "phoenix", { metadata: { finalizers: [FINALIZER] } });
      await stage.objects.untilReady("Widget/phoenix");
      expect((await away.untilThere("ConfigMap/phoenix-away"))["data"].text).toBe("new");
    }, 20_000);

    test("a list of children that lags behind lets no custom resource go before its cleanup", async () => {
      const { proxy } = stage;
      const path = `/api/v1/namespaces/${away.namespace}/configmaps`;
      const list = await cluster().json<{ metadata: { resourceVersion: string } }>("GET", path);
      await create("lagged");
      await stage.kill();
      await stage.delete("Widget", "lagged");
      const { resourceVersion } = list.metadata;
      const match = { resource: "configmaps", verb: ["watch", "list"] } as const;
      const lag = { kind: "lag", resourceVersion } as const;
      const armed = proxy.arm({ kind: "request", match, act: lag });
      // What the list did not tell, the watch tells late.
      const late = { kind: "delay", ms: 1_500 } as const;
      proxy.arm({
        kind: "event",
        match: { resource: "configmaps", namespace: away.namespace },
        act: late,
      });
      await stage.start();
      await stage.objects.untilGone("Widget/lagged");
      expect(armed.hits).toBe(1);
      expect(await away.find("ConfigMap/lagged-away")).toBeUndefined();
      proxy.heal();
    }, 30_000);

    const UID = "orkestra.orkspace.io/owner-uid";
    const uidMarkOf = async (ref: Ref) => (await away.get(ref)).metadata.annotations?.[UID];

    test.each(["changed", null])(
      "a child whose owner mark is %s gets it back, and goes with its owner",
      async (mark) => {
        const name = `marked-${mark ?? "bare"}`;
        await create(name);
        const ref = `ConfigMap/${name}-away` as const;
        const uid = await uidMarkOf(ref);
        const change = () => away.patch(ref, { metadata: { annotations: { [UID]: mark } } });
        await change();
        await eventually("it is back", async () => (await uidMarkOf(ref)) === uid);
        await stage.objects.untilReady(`Widget/${name}`);
        await stage.kill();
        await change();
        await stage.delete("Widget", name);
        await stage.start();
        await stage.objects.untilGone(`Widget/${name}`);
        expect(await away.find(ref)).toBeUndefined();
      },
      30_000,
    );

    test("what an earlier owner of the name left behind is told, and not touched", async () => {
      await create("revenant");
      const ref = "ConfigMap/revenant-away";
      const before = await away.get(ref);
      await stage.kill();
      await stage.delete("Widget", "revenant");
      await stage.objects.patch("Widget/revenant", { metadata: { finalizers: null } });
      await stage.objects.untilGone("Widget/revenant");
      await stage.start();
      await stage.create("Widget", "revenant", { text: "new" });
      const leftBehind = "left behind by an earlier";
      await eventually("it is told", async () => {
        const ready = conditionOf(await stage.objects.get("Widget/revenant"), "Ready");
        return ready?.reason === "Conflict" && ready.message.includes(leftBehind);
      });
      await stage.delete("Widget", "revenant");
      await stage.objects.untilGone("Widget/revenant");
      await eventually("an Event tells what stays", async () => {
        const events = await stage.objects.list("Event");
        return events.some(({ reason }) => reason === "LeftBehind");
      });
      expect((await away.get(ref)).metadata.resourceVersion).toBe(before.metadata.resourceVersion);
    }, 30_000);

    test("cleanup waits for no dependency that a restart left unmet, and nothing else begins", async () => {
      await using waiting = await Stage.open(cluster(), {
        crds: {
          widget: box("Widget"),
          gadget: { ...box("Gadget"), dependsOn: { widget: "healthy" } },
        },
      });
      await waiting.start();
      await waiting.create("Widget", "power", { text: "on" });
      await waiting.create("Gadget", "going", { text: "here" });
      await waiting.objects.untilReady("Gadget/going");
      await waiting.delete("Widget", "power");
      await waiting.objects.untilGone("Widget/power");
      await waiting.kill();
      await waiting.delete("Gadget", "going");
      await waiting.create("Gadget", "living", { text: "here" });
      await waiting.start();
      await waiting.objects.untilGone("Gadget/going");
      expect(await waiting.health("gadget")).toMatchObject({
        state: "pending",
        reason: 'Waits until "widget" is healthy',
      });
      const { metadata } = await waiting.objects.get("Gadget/living");
      expect(metadata.finalizers).toBeUndefined();
      expect(await waiting.objects.find("ConfigMap/living")).toBeUndefined();
      await waiting.create("Widget", "power", { text: "on" });
      await waiting.objects.untilReady("Gadget/living");
    }, 60_000);

    test("it goes, and the children stay, where the selector was left while nobody ran", async () => {
      await using selecting = await Stage.open(cluster(), {
        crds: { widget: { ...box("Widget"), labelSelector: "tier=gold" } },
      });
      const labels = { tier: "gold" };
      const create = async (name: string) => {
        await selecting.createObject("Widget", {
          metadata: { name, labels },
          spec: { text: name },
        });
        await selecting.objects.untilReady(`Widget/${name}`);
      };
      const finalizers = async (name: string) =>
        (await selecting.objects.get(`Widget/${name}`)).metadata.finalizers;
      await selecting.start();
      await create("gold");
      await create("former");
      await selecting.kill();
      await selecting.edit("Widget", "former", { metadata: { labels: { tier: "tin" } } });
      selecting.takeWrites();
      await selecting.start();
      await eventually("ours is off", async () => (await finalizers("former")) === undefined);
      await selecting.untilQuiet();
      expect(selecting.takeWrites()).toMatchObject([{ resource: "widgets", name: "former" }]);
      expect(await finalizers("gold")).toEqual([FINALIZER]);
      expect(await selecting.objects.find("ConfigMap/former")).toBeDefined();
      await selecting.delete("Widget", "former");
      await selecting.objects.untilGone("Widget/former");
    }, 60_000);

    test(
      `${COUNT} deleted at once, with restarts in the middle: none goes early, none stays`,
      async () => {
        const { proxy } = stage;
        console.log(`  seed ${SEED}`);
        const random = seededRandom(SEED);
        const names = Array.from({ length: COUNT }, (_, index) => `many-${index}`);
        await eachOf(names, (name) => stage.create("Widget", name, { text: "here" }));
        await eventually("all are ready", areAllReady, PATIENCE);
        const guarded = names.filter((_, index) => index % 5 === 0);
        await eachOf(guarded, (name) =>
          stage.edit("Widget", name, { metadata: { finalizers: [FINALIZER, FOREIGN] } }),
        );
        const deletions = {
          kind: "request",
          match: { verb: ["delete", "patch"] } as const,
        } as const;
        const deleting = eachOf(names, (name) => stage.delete("Widget", name));
        for (let restart = 0; restart < 3; restart++) {
          const nth = 5 + Math.floor(random() * (COUNT / 3));
          const armed = proxy.arm({ ...deletions, nth, at: "committed", act: { kind: "kill" } });
          await Promise.race([armed.hit, sleep(1_500 + COUNT * 5)]);
          proxy.heal();
          await stage.kill();
          await noneWentEarly();
          await stage.start({ isReady: false });
        }
        await deleting;
        const isOursOffAll = async () => {
          await noneWentEarly();
          return !(await many()).some(({ metadata }) => metadata.finalizers?.includes(FINALIZER));
        };
        await eventually("ours is off all", isOursOffAll, PATIENCE);
        // Nobody but the foreign controller holds those that are left, and it holds all of its own.
        const left = (await many()).map(({ metadata: { name, finalizers } }) => ({
          name,
          finalizers,
        }));
        const byName = (one: { name: string }, other: { name: string }) =>
          one.name < other.name ? -1 : 1;
        expect(left.sort(byName)).toEqual(
          guarded.map((name) => ({ name, finalizers: [FOREIGN] })).sort(byName),
        );
        await eachOf(guarded, (name) =>
          stage.edit("Widget", name, { metadata: { finalizers: null } }),
        );
        expect(await many()).toEqual([]);
        const children = (await away.list("ConfigMap")).map(({ metadata }) => metadata.name);
        expect(children.filter((name) => name.startsWith("many-"))).toEqual([]);
        tell("finalizers", { customResources: COUNT, restarts: 3 });
      },
      60_000 + COUNT * 500,
    );

    const many = async () =>
      (await stage.objects.list("Widget")).filter(({ metadata }) =>
        metadata.name.startsWith("many-"),
      );

    async function areAllReady(): Promise<boolean> {
      const children = (await away.list("ConfigMap")).filter(({ metadata }) =>
        metadata.name.startsWith("many-"),
      );
      if (children.length < 2 * COUNT) return false;
      return (await many()).every((widget) => conditionOf(widget, "Ready")?.status === "True");
    }

    /** A Widget without our finalizer must have no child that was ours to delete. */
    async function noneWentEarly(): Promise<void> {
      const namesAway = async () =>
        (await away.list("ConfigMap")).map(({ metadata }) => metadata.name);
      const before = new Set(await namesAway());
      const widgets = await stage.objects.list("Widget");
      const held = new Set(
        widgets.flatMap(({ metadata: { name, finalizers } }) =>
          finalizers?.includes(FINALIZER) ? [`${name}-away`, `${name}-custom`] : [],
        ),
      );
      const early = (await namesAway()).filter(
        (name) => name.startsWith("many-") && before.has(name) && !held.has(name),
      );
      expect(early).toEqual([]);
    }
  },
});

/** A few at a time. */
async function eachOf<T>(items: readonly T[], run: (item: T) => Promise<unknown>): Promise<void> {
  const waiting = [...items];
  await Promise.all(
    Array.from({ length: 16 }, async () => {
      for (let item = waiting.shift(); item !== undefined; item = waiting.shift()) await run(item);
    }),
  );
}
