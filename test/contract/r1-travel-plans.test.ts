/**
 * R1 under time travel, in all combinations: what happened to a custom resource × how far back the server
 * takes a process that starts or lists anew × whether it lags behind with custom resources, children or both.
 * Nothing is deleted that should stay, and nothing is made twice.
 */
import { afterAll, beforeAll, expect, test } from "bun:test";
import { setTimeout as sleep } from "node:timers/promises";
import { describeWithServer } from "../support/describe-with-server.ts";
import { eventually } from "../support/eventually.ts";
import { type ArmedFault, seededRandom } from "../support/fault-proxy-plan.ts";
import { tell } from "../support/fault-report.ts";
import { NamespacedObjects } from "../support/namespaced-objects.ts";
import { SCALE, SEED, Stage } from "./stage.ts";
import { box } from "./stage-katalog.ts";

/** For so long the process lives in the past. */
const LAG_MS = 1_200;
const STEPS = 3;

type Spec = { readonly text: string; readonly items: readonly string[] };

/** What happens to a custom resource in each step; nothing where there is none. */
type Act =
  | { readonly kind: "create" | "edit"; readonly items: readonly string[] }
  | { readonly kind: "delete" }
  /** Deleted, and gone, and made again under the same name. */
  | { readonly kind: "renew"; readonly items: readonly string[] }
  /** By somebody else, of the child for an item. */
  | { readonly kind: "delete child" | "change child"; readonly item: string };

const create = (...items: string[]): Act => ({ kind: "create", items });
const edit = (...items: string[]): Act => ({ kind: "edit", items });
const renew = (...items: string[]): Act => ({ kind: "renew", items });
const gone: Act = { kind: "delete" };

/** Before the first step, and in each. */
const HISTORIES: Readonly<Record<string, readonly (Act | undefined)[]>> = {
  still: [create("a", "b")],
  moved: [create("a", "b"), edit("b", "c"), edit("c", "d"), edit("d", "a")],
  grown: [create(), edit("a"), edit("a", "b"), edit("a", "b", "c")],
  shrunk: [create("a", "b", "c"), edit("a", "b"), edit("a"), edit()],
  back: [create("a"), edit("b"), edit("a"), edit("b")],
  late: [undefined, create("a"), edit("b"), edit("b", "c")],
  last: [undefined, undefined, undefined, create("a", "b")],
  gone: [create("a", "b"), edit("b"), gone],
  brief: [undefined, create("a"), gone],
  doomed: [create("a"), undefined, undefined, gone],
  renewed: [create("a", "b"), renew("b", "c"), edit("c")],
  again: [create("a"), undefined, renew("a"), undefined],
  twice: [create("a"), renew("b"), renew("a"), undefined],
  robbed: [
    create("a", "b"),
    { kind: "delete child", item: "a" },
    { kind: "delete child", item: "b" },
  ],
  changed: [create("a"), { kind: "change child", item: "a" }, edit("a", "b")],
};

interface Round {
  /** Present at the moment before step `back`, seen from the end. */
  readonly back: 1 | 2 | 3;
  readonly lags: readonly ("widgets" | "configmaps")[];
  readonly by: "restart" | "relist";
  /** The last step happens while no process runs. */
  readonly isDown: boolean;
}

const ROUNDS: readonly Round[] = ([1, 2, 3] as const).flatMap((back) =>
  ([["widgets"], ["configmaps"], ["widgets", "configmaps"]] as const).flatMap((lags) => [
    { back, lags, by: "restart", isDown: false } as const,
    { back, lags, by: "relist", isDown: false } as const,
    { back, lags, by: "restart", isDown: true } as const,
  ]),
);

describeWithServer("R1 time travel, in all combinations", {
  tests(cluster) {
    let stage: Stage;
    let away: NamespacedObjects;
    beforeAll(async () => {
      away = new NamespacedObjects(cluster(), await cluster().newNamespace("contract-away"));
      const text = "{{ .spec.text }}";
      const name = "{{ .metadata.name }}";
      stage = await Stage.open(cluster(), {
        otherNamespaces: [away.namespace],
        crds: {
          widget: box("Widget", {
            reconcile: {
              resync: "1h",
              workers: 5,
              onReconcile: {
                configMaps: [
                  { name, data: { text } },
                  { name: `${name}-{{ .item }}`, forEach: { field: "spec.items" }, data: { text } },
                  { name: `${name}-away`, namespace: away.namespace, data: { text } },
                ],
              },
            },
          }),
        },
      });
      await stage.start();
      console.log(`  seed ${SEED}`);
    }, 60_000);
    afterAll(() => stage?.[Symbol.asyncDispose]());

    const rounds = SCALE > 1 ? ROUNDS : everyNth(ROUNDS.slice(1), 9);
    test.each(rounds.map((round) => [titleOf(round), round] as const))(
      "%s: nothing is deleted wrongly or made twice",
      async (_, round) => {
        await using life = new Life(stage, seededRandom(SEED));
        const moments: string[] = [];
        await life.play(0);
        await untilSettled(life);
        for (let step = 1; step <= STEPS; step++) {
          moments.push(await now());
          if (round.isDown && step === STEPS) {
            await stage.kill();
            stage.takeBirths();
          }
          await life.play(step);
          if (!round.isDown || step < STEPS) await untilSettled(life);
        }
        if (!round.isDown) stage.takeBirths();
        const before = await uids();
        await travel(round, moments.at(-round.back) ?? "");
        await sleep(LAG_MS);
        stage.proxy.heal();
        await untilSettled(life);
        await sleep(300);
        await untilSettled(life);
        const births = stage.takeBirths();
        const seen = {
          births: notDeclared(births, life, round),
          kept: kept(before, await uids(), life),
        };
        expect(seen).toEqual({ births: [], kept: [] });
        expect(stage.isRunning).toBe(true);
        tell("travel", { plans: Object.keys(HISTORIES).length });
        await life.end();
        await untilSettled(life);
      },
      120_000,
    );

    /** The version of everything there is at this moment. */
    async function now(): Promise<string> {
      const path = "/api/v1/configmaps?limit=1";
      const list = await cluster().json<{ metadata: { resourceVersion: string } }>("GET", path);
      return list.metadata.resourceVersion;
    }

    async function travel(round: Round, resourceVersion: string): Promise<void> {
      const { proxy } = stage;
      const lags: ArmedFault[] = [];
      if (round.by === "restart") await stage.kill();
      for (const resource of round.lags) {
        const match = { resource, verb: "watch" } as const;
        if (round.by === "relist") {
          const act = { kind: "answer", status: 410 } as const;
          proxy.arm({ kind: "request", match, act, times: proxy.countWatches({ resource }) });
        }
        const act = { kind: "lag", resourceVersion, holdMs: LAG_MS } as const;
        lags.push(proxy.arm({ kind: "request", match, act, times: Infinity }));
      }
      if (round.by === "restart") await stage.start();
      else for (const resource of round.lags) proxy.resetStreams({ resource });
      await Promise.all(lags.map(({ hit }) => hit));
    }

    /** All is as declared: here, and in the other namespace. */
    async function untilSettled(life: Life): Promise<void> {
      await eventually(
        "all is as declared",
        async () => {
          const wrong = await stage.differences("Widget");
          if (wrong.length > 0) throw new Error(wrong.slice(0, 5).join("; "));
          const there = (await away.list("ConfigMap")).map(({ metadata }) => metadata.name);
          const wanted = life.names().map((name) => `${name}-away`);
          const own = there.filter((name) => name.endsWith("-away"));
          if (own.sort().join() !== wanted.sort().join()) {
            throw new Error(`the other namespace has ${own}, expected ${wanted}`);
          }
          return true;
        },
        // The garbage collector learns of a new kind only every 30 s.
        { timeoutMs: 60_000 },
      );
      await stage.proxy.untilIdle();
    }

    /** uid by `Kind namespace/name`. */
    async function uids(): Promise<ReadonlyMap<string, string>> {
      const found = new Map<string, string>();
      for (const [kind, objects] of [
        ["Widget", await stage.objects.list("Widget")],
        ["ConfigMap", await stage.objects.list("ConfigMap")],
        ["ConfigMap", await away.list("ConfigMap")],
      ] as const) {
        for (const { metadata } of objects) found.set(`${kind} ${metadata.name}`, metadata.uid);
      }
      return found;
    }
  },
});

let serial = 0;

/** One custom resource for each history, under names of their own. */
class Life {
  readonly #stage: Stage;
  readonly #random: () => number;
  readonly #prefix = `t${serial++}`;
  readonly #specs = new Map<string, Spec>();
  /** What the last step alone has changed, for a process that was down. */
  lastStep: { readonly made: readonly string[]; readonly gone: readonly string[] } = {
    made: [],
    gone: [],
  };

  constructor(stage: Stage, random: () => number) {
    this.#stage = stage;
    this.#random = random;
  }

  names(): string[] {
    return [...this.#specs.keys()];
  }

  /** Names of the children that should be there, those in the other namespace included. */
  children(): string[] {
    return [...this.#specs].flatMap(([name, { items }]) => [
      name,
      `${name}-away`,
      ...items.map((item) => `${name}-${item}`),
    ]);
  }

  async play(step: number): Promise<void> {
    const before = this.children();
    for (const [history, acts] of Object.entries(HISTORIES)) {
      const act = acts[step];
      if (act !== undefined) await this.#act(`${this.#prefix}-${history}`, act);
    }
    const after = this.children();
    this.lastStep = {
      made: after.filter((name) => !before.includes(name)),
      gone: before.filter((name) => !after.includes(name)),
    };
  }

  async end(): Promise<void> {
    for (const name of this.names()) await this.#act(name, gone);
  }

  /** After a failure, so that the next life is alone. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (this.names().length === 0) return;
    if (!this.#stage.isRunning) await this.#stage.start();
    await this.end();
    await this.#stage.untilGone("Widget");
  }

  async #act(name: string, act: Act): Promise<void> {
    const { objects } = this.#stage;
    switch (act.kind) {
      case "create":
      case "edit": {
        const spec = { text: String(Math.floor(this.#random() * 1e6)), items: act.items };
        if (act.kind === "create") await this.#stage.create("Widget", name, spec);
        else await this.#stage.edit("Widget", name, { spec });
        this.#specs.set(name, spec);
        return;
      }
      case "delete":
        await this.#stage.delete("Widget", name);
        this.#specs.delete(name);
        return;
      case "renew":
        await this.#act(name, gone);
        await objects.untilGone(`Widget/${name}`);
        await this.#act(name, create(...act.items));
        return;
      case "delete child":
        await objects.delete(`ConfigMap/${name}-${act.item}`);
        return;
      case "change child":
        await objects.patch(`ConfigMap/${name}-${act.item}`, { data: { text: "drifted" } });
        return;
      default:
        act satisfies never;
    }
  }
}

/** Creations and deletions that nobody asked for. */
function notDeclared(
  births: Readonly<Record<string, number>>,
  life: Life,
  { isDown }: Round,
): readonly string[] {
  const { made, gone: taken } = isDown ? life.lastStep : { made: [], gone: [] };
  return Object.entries(births)
    .filter(([deed, count]) => {
      const [verb, ref = ""] = deed.split(" ");
      const name = ref.split("/")[1] ?? "";
      return count > 1 || !(verb === "create" ? made : taken).includes(name);
    })
    .map(([deed, count]) => `${deed} ${count} times`);
}

/** Objects that should have stayed and did not, or came back as others. */
function kept(
  before: ReadonlyMap<string, string>,
  after: ReadonlyMap<string, string>,
  life: Life,
): readonly string[] {
  const wanted = new Set([
    ...life.names().map((name) => `Widget ${name}`),
    ...life.children().map((name) => `ConfigMap ${name}`),
  ]);
  return [...before]
    .filter(([ref, uid]) => wanted.has(ref) && after.get(ref) !== uid)
    .map(([ref]) => ref);
}

function titleOf({ back, lags, by, isDown }: Round): string {
  const down = isDown ? ", down in the last step" : "";
  return `${back} back, ${lags.join(" and ")} lag, by ${by}${down}`;
}

function everyNth<T>(all: readonly T[], nth: number): readonly T[] {
  return all.filter((_, index) => index % nth === 0);
}
