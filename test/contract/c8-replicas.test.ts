/**
 * C8, the same for all replicas: replicas compare what they run through the lease. One that runs something
 * else says so and stands by while the leader is well, so that a rollout is one clean hand-over.
 */
import { afterEach, beforeEach, expect, test } from "bun:test";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describeWithServer } from "../support/describe-with-server.ts";
import { eventually } from "../support/eventually.ts";
import type { KubeObject } from "../support/namespaced-objects.ts";
import { type Replica, Replicas } from "./replicas.ts";
import { Stage } from "./stage.ts";

const TIMES = { durationMs: 2_000, renewDeadlineMs: 1_400, retryMs: 400 };

interface Katalog {
  readonly metadata: { readonly name: string };
  readonly spec: { readonly crds: Readonly<Record<string, object>> };
}

/** A replica whose Katalog was changed. */
function changed(change: (katalog: Katalog) => object) {
  return {
    async entry(folder: string): Promise<void> {
      const path = join(folder, "katalog.yaml");
      const katalog = JSON.parse(await readFile(path, "utf8")) as Katalog;
      await writeFile(path, JSON.stringify(change(katalog)));
    },
  };
}

const OTHER_CONFIGURATION = changed((katalog) => {
  const widget = { ...katalog.spec.crds["widget"], labels: { release: "new" } };
  return { ...katalog, spec: { ...katalog.spec, crds: { widget } } };
});

const OTHER_KATALOG = changed((katalog) => ({ ...katalog, metadata: { name: "another" } }));

async function untilState(replica: Replica, state: string): Promise<void> {
  await eventually(`a replica is ${state}`, async () => (await replica.state()) === state);
}

async function digestOf({ ork }: Replica): Promise<string> {
  return String((await ork.view("/katalog")).body["digest"]);
}

describeWithServer("C8 the same for all replicas", {
  tests(cluster) {
    let stage: Stage;
    let replicas: Replicas;
    beforeEach(async () => {
      stage = await Stage.open(cluster());
      replicas = new Replicas(stage, TIMES);
      await stage.create("Widget", "one", { text: "a", items: [] });
    });
    afterEach(async () => {
      await replicas?.[Symbol.asyncDispose]();
      await stage?.[Symbol.asyncDispose]();
    });

    async function start(...options: Parameters<Replicas["add"]>): Promise<Replica> {
      const replica = await replicas.add(...options);
      await replica.start();
      return replica;
    }

    async function leaseEvents(reason: string): Promise<readonly string[]> {
      const path = `/apis/events.k8s.io/v1/namespaces/${stage.namespace}/events`;
      const { items } = await stage.cluster.json<{
        items: readonly { reason: string; note: string; regarding: { kind: string } }[];
      }>("GET", path);
      return items
        .filter((event) => event.regarding.kind === "Lease" && event.reason === reason)
        .map(({ note }) => note);
    }

    test("a replica with another configuration says so in log, metric, view and Event, and stands by", async () => {
      const leader = await start();
      await untilState(leader, "leading");
      const other = await start(OTHER_CONFIGURATION);
      await untilState(other, "standby");
      const [ours, theirs] = [await digestOf(other), await digestOf(leader)];
      expect(ours).not.toBe(theirs);
      const told = other.ork.log.filter(({ message }) => message.includes("another configuration"));
      expect(told).toHaveLength(1);
      expect(told[0]).toMatchObject({ level: "warn", leaderDigest: theirs, digest: ours });
      const { body } = await other.ork.view<string>("/metrics");
      expect(body).toMatch(/orkestra_leader_config_differs\{name="orkestra-konductor"\} 1/);
      const { leaderElection } = (await other.ork.view("/katalog")).body;
      expect(leaderElection).toMatchObject({ state: "standby", holderDigest: theirs });
      const notes = await eventually("the Event is there", async () => {
        const found = await leaseEvents("ConfigDigestDiffers");
        return found.length > 0 && found;
      });
      expect(notes[0]).toContain(ours);
      expect(notes[0]).toContain(theirs);
      // The leader has nobody to compare itself with.
      expect(leader.ork.log.some(({ message }) => message.includes("configuration"))).toBe(false);
      await Bun.sleep(2 * TIMES.durationMs);
      expect(await other.state()).toBe("standby");
    });

    test("a rollout is one hand-over: to the new configuration, once the old leader ends", async () => {
      const leader = await start();
      await untilState(leader, "leading");
      const sibling = await start();
      const next = await start(OTHER_CONFIGURATION);
      await untilState(next, "standby");
      leader.ork.signal("SIGTERM");
      await untilState(next, "leading");
      expect(await leader.ork.ended()).toBe(0);
      expect(await sibling.state()).toBe("standby");
      const digest = await digestOf(next);
      await eventually("the new configuration is on the custom resource", async () => {
        const path = stage.path("Widget", "one");
        const { metadata } = await stage.cluster.json<KubeObject>("GET", path);
        return metadata.annotations?.["orkestra.orkspace.io/config-digest"] === digest;
      });
      sibling.ork.signal("SIGTERM");
      expect(await sibling.ork.ended()).toBe(0);
      const lease = await stage.cluster.json<{ spec: { leaseTransitions: number } }>(
        "GET",
        `/apis/coordination.k8s.io/v1/namespaces/${stage.namespace}/leases/orkestra-konductor`,
      );
      expect(lease.spec.leaseTransitions).toBe(1);
      expect(violationsBesideLeaseEvents(replicas)).toEqual([]);
    });

    test("after a crash a replica with the leader's configuration goes first", async () => {
      const leader = await start();
      await untilState(leader, "leading");
      const next = await start(OTHER_CONFIGURATION);
      const sibling = await start();
      await untilState(sibling, "standby");
      await leader.kill();
      await untilState(sibling, "leading");
      expect(await next.state()).toBe("standby");
    });

    test("a lease that is held for another Katalog is not shared, and the way out is told", async () => {
      const leader = await start();
      await untilState(leader, "leading");
      const foreign = await start(OTHER_KATALOG);
      await untilState(foreign, "standby");
      const told = foreign.ork.log.filter(({ level }) => level === "error");
      expect(told.map(({ message }) => message)).toEqual([
        `The lease is held for the Katalog "${stage.namespace}", this process serves "another": give each its own with --lease-name`,
      ]);
    });
  },
});

/** What a standby says of the lease belongs to the lease. */
function violationsBesideLeaseEvents(replicas: Replicas): readonly string[] {
  return replicas.violations().filter((violation) => !violation.includes("/events"));
}
