/**
 * R1 and R4 for a Katalog of `examples/`: killed at any write of a child, at its first marks and at its
 * first status, it comes to the same end with the same creations and deletions as undisturbed.
 */
import { afterAll, beforeAll, expect, test } from "bun:test";
import { describeWithCluster } from "../support/describe-with-cluster.ts";
import { eventually } from "../support/eventually.ts";
import type { Moment } from "../support/fault-proxy-plan.ts";
import type { RequestMatch } from "../support/fault-proxy-request.ts";
import { conditionOf, type KubeObject, type Ref } from "../support/namespaced-objects.ts";
import { SCALE, Stage } from "./stage.ts";

const MOMENTS: readonly Moment[] = ["before", "committed", "answered"];
const CHILDREN: readonly Ref[] = [
  "ConfigMap/site-content",
  "Deployment/site",
  "Service/site",
  "Ingress/site",
];
const WEBSITE = "/apis/demo.orkestra.dev/v1";

interface Plan {
  readonly step: "create" | "edit" | "delete";
  /** Which of the writes that match. */
  readonly nth: number;
  readonly of: "the custom resource" | "its status" | "its children";
}

/** Every write of a life; how often the status is written depends on how fast pods start. */
const PLANS: readonly Plan[] = [
  { step: "create", of: "the custom resource", nth: 1 },
  ...[1, 2, 3, 4].map((nth) => ({ step: "create", of: "its children", nth }) as const),
  { step: "create", of: "its status", nth: 1 },
  ...[1, 2].map((nth) => ({ step: "edit", of: "its children", nth }) as const),
  { step: "edit", of: "its status", nth: 1 },
  { step: "delete", of: "the custom resource", nth: 1 },
];

describeWithCluster("R4 the example of a website", {
  needs: ["audit", "pods"],
  tests(cluster) {
    let stage: Stage;
    beforeAll(async () => {
      stage = await Stage.open(cluster(), { example: "website" });
      await stage.start();
      // The first custom resources of a new CRD wait some seconds in the server.
      await eventually("the CRD takes custom resources", async () => {
        return (await cluster().request("GET", `${WEBSITE}/websites`)).ok;
      });
    }, 60_000);
    afterAll(() => stage?.[Symbol.asyncDispose]());

    const path = (name = "") => `${WEBSITE}/namespaces/${stage.namespace}/websites${name}`;
    const patch = (body: object) =>
      cluster().json("PATCH", path("/site"), {
        body,
        contentType: "application/merge-patch+json",
      });

    async function take(step: Plan["step"]): Promise<void> {
      const spec = { title: "First", host: "a.example.com", replicas: 1 };
      const body = {
        apiVersion: "demo.orkestra.dev/v1",
        kind: "Website",
        metadata: { name: "site" },
        spec,
      };
      if (step === "create") await cluster().json("POST", path(), { body });
      else if (step === "edit") await patch({ spec: { title: "Second", host: null } });
      else await cluster().json("DELETE", path("/site"));
    }

    async function untilDone(step: Plan["step"]): Promise<void> {
      if (step !== "delete") {
        await eventually(`${step} is done`, async () => {
          const site = await stage.objects.find("Website/site");
          const ready = conditionOf(site, "Ready");
          const isCurrent = ready?.observedGeneration === site?.metadata.generation;
          return ready?.status === "True" && isCurrent && site?.["status"].phase === "Running";
        });
        return;
      }
      await stage.objects.untilGone("Website/site");
      // For the next life to begin with nothing; the garbage collector would be slower.
      for (const child of CHILDREN) await stage.objects.deleteIfThere(child);
      for (const child of CHILDREN) await stage.objects.untilGone(child);
    }

    /** What is declared of the children, without what differs from life to life. */
    async function endState(): Promise<unknown> {
      const found = await Promise.all(CHILDREN.map((child) => stage.objects.find(child)));
      return found.map((child) => child && declaredOf(child));
    }

    const matchOf = (of: Plan["of"]): RequestMatch => {
      if (of === "its children") return { ...stage.writes, except: OTHERS };
      const resource = of === "its status" ? "websites/status" : "websites";
      return { ...stage.writes, resource };
    };

    test("killed at a write, it ends as undisturbed", async () => {
      const steps = ["create", "edit", "delete"] as const;
      stage.takeWrites();
      const calm = new Map<string, { births: object; state: unknown }>();
      for (const step of steps) {
        await take(step);
        await untilDone(step);
        calm.set(step, { births: stage.takeBirths(), state: await endState() });
      }
      expect(Object.keys(calm.get("create")!.births)).toHaveLength(4);
      expect(calm.get("edit")!.births).toEqual({ "delete ingresses/site": 1 });

      const all = PLANS.flatMap((plan) => MOMENTS.map((at) => ({ ...plan, at })));
      // The reduced suite takes one moment for each write, and all moments in turn.
      const plans = SCALE > 1 ? all : all.filter((_, index) => index % 2 === 0);
      for (const { step: victim, nth, of, at } of plans) {
        for (const step of steps) {
          if (step === victim) {
            const act = { kind: "kill" } as const;
            stage.proxy.arm({ kind: "request", match: matchOf(of), nth, at, act });
          }
          await take(step);
          if (step === victim) {
            await eventually(`killed ${at} write ${nth} of ${of}`, () => !stage.isRunning);
            stage.proxy.heal();
            await stage.start({ isReady: false });
          }
          await untilDone(step);
          const plan = `${victim} ${nth} of ${of}, ${at}: ${step}`;
          const seen: object = { plan, births: stage.takeBirths(), state: await endState() };
          expect(seen).toEqual({ plan, ...calm.get(step) });
        }
      }
      console.log(`  ${plans.length} plans of a kill`);
    }, 300_000);
  },
});

/** Resources of which the writes are not those of children. */
const OTHERS = ["events", "websites", "websites/status"];

function declaredOf({ kind, metadata, spec, data }: KubeObject): unknown {
  const { labels, finalizers } = metadata;
  const { clusterIP: _, clusterIPs: __, ...rest } = spec ?? {};
  return { kind, labels, finalizers, data, spec: rest };
}
