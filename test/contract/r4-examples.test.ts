/**
 * R1 and R4 for the examples of `examples.ts`, which are all Katalogs of `examples/` but `no-auto-sync`, whose
 * sources are servers: killed at any of its writes, each comes to the same end with the same creations and
 * deletions of each object as undisturbed.
 */
import { afterAll, beforeAll, expect, test } from "bun:test";
import { join } from "node:path";
import { ROOT } from "../support/built-ork.ts";
import { describeWithServer } from "../support/describe-with-server.ts";
import { eventually } from "../support/eventually.ts";
import type { Moment } from "../support/fault-proxy-plan.ts";
import type { RequestMatch } from "../support/fault-proxy-request.ts";
import { tell } from "../support/fault-report.ts";
import {
  conditionOf,
  type KubeObject,
  NamespacedObjects,
  type Ref,
} from "../support/namespaced-objects.ts";
import { EXAMPLES, type PlayedExample } from "./examples.ts";
import { SCALE, Stage } from "./stage.ts";

const MOMENTS: readonly Moment[] = ["before", "committed", "answered"];
const STEPS = ["create", "edit", "delete"] as const;
type Step = (typeof STEPS)[number];

/** How often a status is written depends on how fast pods start: only the first ones are sure to come. */
const STATUS_WRITES = 2;
/** Of each example in the reduced suite, spread over its whole life. */
const FEW_PLANS = 3;

interface Plan {
  readonly step: Step;
  readonly of: "status" | "others";
  /** Which of the writes that match. */
  readonly nth: number;
  readonly at: Moment;
}

/** What an undisturbed step comes to. */
interface Calm {
  readonly births: Readonly<Record<string, number>>;
  readonly state: unknown;
  readonly writes: Readonly<Record<Plan["of"], number>>;
}

for (const example of EXAMPLES) describeLife(example);

function describeLife(example: PlayedExample): void {
  describeWithServer(`R4 the example "${example.folder}"`, {
    needs: ["pods"],
    tests(cluster) {
      let stage: Stage;
      beforeAll(async () => {
        stage = await Stage.open(cluster(), { example: example.folder });
        const { namespace } = stage;
        stage.objects = new NamespacedObjects(cluster(), namespace, example.kinds);
        await stage.start();
      }, 60_000);
      afterAll(async () => {
        if (stage === undefined) return;
        await stage.kill();
        for (const kind of example.owners) {
          for (const { metadata } of await stage.objects.list(kind)) {
            const ref: Ref = `${kind}/${metadata.name}`;
            await stage.objects.patch(ref, { metadata: { finalizers: null } });
            await stage.objects.deleteIfThere(ref);
          }
        }
        await stage[Symbol.asyncDispose]();
      });

      test("killed at a write, it ends as undisturbed", async () => {
        stage.takeBirths();
        const calm = new Map<Step, Calm>();
        for (const step of STEPS) calm.set(step, await playCalmly(step));
        expect(Object.keys(calm.get("create")!.births).length).toBeGreaterThan(0);
        let plans = 0;
        for (const plan of choose(planKills(calm))) {
          for (const step of STEPS) {
            const isHit = await playStep(step, plan, calm.get(step)!.state);
            if (step === plan.step && isHit) plans++;
            const seen = { plan, step, births: stage.takeBirths() };
            expect(seen).toEqual({ plan, step, births: calm.get(step)!.births });
          }
          await clear();
        }
        tell("kill", { plans });
      }, 900_000);

      async function playCalmly(step: Step): Promise<Calm> {
        stage.takePassedWrites();
        await take(step);
        const state = await untilSettled();
        const writes = stage.takePassedWrites();
        const ofStatus = writes.filter(({ resource }) => resource.endsWith("/status")).length;
        const calm = {
          births: stage.takeBirths(),
          state,
          writes: { status: Math.min(STATUS_WRITES, ofStatus), others: writes.length - ofStatus },
        };
        if (step === "delete") await clear();
        return calm;
      }

      /** True when the kill of the plan took place in this step. */
      async function playStep(step: Step, plan: Plan, state: unknown): Promise<boolean> {
        const { nth, at } = plan;
        const kill = { kind: "request", act: { kind: "kill" }, nth, at } as const;
        const armed =
          step === plan.step ? stage.proxy.arm({ ...kill, match: matchOf(plan.of) }) : undefined;
        const taking = take(step);
        let isSame = 0;
        const isOver = async () => {
          if (!stage.isRunning) return true;
          isSame = Bun.deepEquals(await endState(), state) ? isSame + 1 : 0;
          return isSame >= 5;
        };
        if (armed !== undefined) await eventually("killed, or done without", isOver);
        const isHit = armed !== undefined && armed.hits > 0;
        if (isHit) {
          await eventually("it is gone", () => !stage.isRunning, { everyMs: 10 });
          stage.proxy.heal();
          await stage.start({ isReady: false });
        }
        stage.proxy.heal();
        await taking;
        await untilSame(state, { plan, step });
        return isHit;
      }

      async function untilSame(state: unknown, what: object): Promise<void> {
        let last: unknown;
        const isSame = async () => {
          last = await endState();
          return Bun.deepEquals(last, state);
        };
        await eventually("the end is the same", isSame, { timeoutMs: 60_000 }).catch(() => {
          expect({ ...what, state: last }).toEqual({ ...what, state });
        });
        await stage.proxy.untilIdle();
      }

      /** Undisturbed: all are ready, and nothing has changed for a while. */
      async function untilSettled(): Promise<unknown> {
        let last: unknown;
        let looks = 0;
        await eventually(
          "all is still",
          async () => {
            const isReady = (await listAll(example.owners)).every(isReadyNow);
            const now = await endState();
            looks = isReady && Bun.deepEquals(now, last) ? looks + 1 : 0;
            last = now;
            return looks >= 12;
          },
          { everyMs: 100, timeoutMs: 90_000 },
        );
        return last;
      }

      async function take(step: Step): Promise<void> {
        if (step === "create") {
          for (const { kind, metadata, spec } of await manifest()) {
            await stage.objects.create(kind, metadata.name, { spec });
          }
        } else if (step === "edit") {
          for (const [ref, patch] of Object.entries(example.edits)) {
            await stage.objects.patch(ref as Ref, patch);
          }
        } else {
          for (const { kind, metadata } of await manifest()) {
            await stage.objects.delete(`${kind}/${metadata.name}`);
            await stage.objects.untilGone(`${kind}/${metadata.name}`, 60_000);
          }
        }
      }

      async function manifest(): Promise<readonly KubeObject[]> {
        const path = join(ROOT, "examples", example.folder, example.manifest);
        const documents = [Bun.YAML.parse(await Bun.file(path).text())].flat() as KubeObject[];
        return documents.filter(({ kind }) => kind !== "Namespace");
      }

      /** Items of a list do not say their kind. */
      const listAll = async (kinds: readonly string[]): Promise<readonly KubeObject[]> => {
        const lists = kinds.map(async (kind) =>
          (await stage.objects.list(kind)).map((object) => ({ ...object, kind })),
        );
        return (await Promise.all(lists)).flat();
      };

      /**
       * What is declared, of owners and children, without what differs from life to life, and without what
       * only the garbage collector has yet to take.
       */
      async function endState(): Promise<unknown> {
        const all = await listAll(example.owners);
        const owners = withoutLitter(all, uidsOf(all));
        const children = owners.length === 0 ? [] : await listAll(example.children);
        const kept = withoutLitter(children.filter(isManaged), uidsOf(owners));
        return [...owners.map(ownerFacts), ...kept.map(childFacts)];
      }

      /** For the next life to begin with nothing; the garbage collector would be slower. */
      async function clear(): Promise<void> {
        await eventually("nothing is left", async () => {
          const left = (await listAll([...example.owners, ...example.children])).filter(
            (object) => example.owners.includes(object.kind) || isManaged(object),
          );
          for (const { kind, metadata } of left) {
            if (metadata.deletionTimestamp) continue;
            await stage.objects.deleteIfThere(`${kind}/${metadata.name}`);
          }
          const remains = await listAll(example.remains ?? []);
          return left.length === 0 && remains.length === 0;
        });
        await stage.proxy.untilIdle();
        // What fell to the test's own broom is nobody's deed.
        stage.takeBirths();
      }

      function matchOf(of: Plan["of"]): RequestMatch {
        const statuses = STATUSES.map((plural) => `${plural}/status`);
        if (of === "status") return { ...stage.writes, resource: statuses };
        return { ...stage.writes, except: ["events", ...statuses] };
      }
    },
  });
}

function planKills(calm: ReadonlyMap<Step, Calm>): readonly Plan[] {
  const plans: Plan[] = [];
  for (const [step, { writes }] of calm) {
    for (const of of ["others", "status"] as const) {
      for (let nth = 1; nth <= writes[of]; nth++) {
        for (const at of MOMENTS) plans.push({ step, of, nth, at });
      }
    }
  }
  return plans;
}

/** All, or in the reduced suite a few that are spread evenly and take all moments in turn. */
function choose(plans: readonly Plan[]): readonly Plan[] {
  if (SCALE > 1) return plans;
  const every = Math.max(1, Math.floor(plans.length / FEW_PLANS));
  const apart = every % MOMENTS.length === 0 ? every + 1 : every;
  return plans.filter((_, index) => index % apart === 0);
}

const STATUSES = [
  "websites",
  "fleets",
  "monitors",
  "alertrules",
  "applications",
  "bulletins",
  "caches",
  "databases",
  "tenants",
  "notices",
];

function isManaged({ metadata }: KubeObject): boolean {
  return metadata.labels?.["app.kubernetes.io/managed-by"] === "orkestra";
}

/**
 * Without objects whose owner is gone, and without theirs: when the garbage collector comes is up to
 * Kubernetes; it learns of new kinds only every half a minute.
 */
function withoutLitter(
  objects: readonly KubeObject[],
  isThere: ReadonlySet<string>,
): readonly KubeObject[] {
  const kept = objects.filter(({ metadata }) => {
    const owners: readonly { readonly uid: string }[] = metadata["ownerReferences"] ?? [];
    return owners.length === 0 || owners.some(({ uid }) => isThere.has(uid));
  });
  if (kept.length === objects.length) return kept;
  const gone = objects.filter((object) => !kept.includes(object));
  const left = uidsOf(gone);
  return withoutLitter(kept, new Set([...isThere].filter((uid) => !left.has(uid))));
}

const uidsOf = (objects: readonly KubeObject[]): ReadonlySet<string> =>
  new Set(objects.map(({ metadata }) => metadata.uid));

function isReadyNow(object: KubeObject): boolean {
  const ready = conditionOf(object, "Ready");
  return ready?.status === "True" && ready["observedGeneration"] === object.metadata.generation;
}

function ownerFacts(object: KubeObject): unknown {
  const { kind, metadata, spec } = object;
  const { conditions = [], ...status } = object["status"] ?? {};
  const { name, generation, labels, finalizers, deletionTimestamp } = metadata;
  const told = conditions.map(({ type, status: is, reason }: Record<string, unknown>) => {
    return { type, is, reason };
  });
  return {
    kind,
    name,
    generation,
    labels,
    finalizers,
    isGoing: !!deletionTimestamp,
    spec,
    status,
    told,
  };
}

function childFacts({ kind, metadata, spec, data, rules, subjects }: KubeObject): unknown {
  const { name, labels, finalizers } = metadata;
  const { clusterIP: _, clusterIPs: __, template, selector, ...rest } = spec ?? {};
  // Of a Job, the server puts a uid into its selector and into its pods' labels; passwords are by lot.
  const isJob = kind === "Job";
  const kept = kind === "Secret" ? Object.keys(data ?? {}) : data;
  const declared = { ...rest, ...(!isJob && { template, selector }) };
  return { kind, name, labels, finalizers, data: kept, spec: declared, rules, subjects };
}
