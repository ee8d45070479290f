/**
 * Where a measurement takes place: an API server and etcd of its own, without controllers, one
 * contestant, one witness, and the acts of a user (create, edit, delete) with the time of their call.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { parse } from "yaml";
import { type AuditedRequest, AuditLog, isHousekeeping } from "../support/audit-log.ts";
import { startCluster } from "../support/cluster.ts";
import type { Cluster, CrdManifest } from "../support/cluster-client.ts";
import {
  Contestant,
  type ContestantName,
  type Executables,
  KATALOG,
  type LaunchOptions,
  USERS,
} from "./contestant.ts";
import { CHILD_KINDS, collectionPath, type Kind, type Sighting, Witness } from "./witness.ts";

/** How many creates the user has under way at once in a burst; more than the workers can take. */
const USER_CONCURRENCY = 20;
/** The server collects its garbage less often: each time holds whoever waits, and means nothing here. */
const SERVER_ENV = { GOGC: "400" };
/** The audit log is written when a request has ended: a little after its answer. */
const AUDIT_LAG_MS = 300;

export interface SiteTimes {
  readonly calledMs: number;
  /** The last of its children was seen. */
  readonly childrenMs: number;
}

export interface BurstTimes {
  readonly firstCallMs: number;
  readonly lastChildMs: number;
  /** All CRs have their status. */
  readonly settledMs: number;
}

export class Arena implements AsyncDisposable {
  readonly cluster: Cluster;
  readonly namespace: string;
  readonly witness: Witness;
  readonly #audit: AuditLog;
  readonly #executables: Executables;
  #contestant: Contestant;

  private constructor(
    cluster: Cluster,
    namespace: string,
    with_: { witness: Witness; contestant: Contestant; executables: Executables },
  ) {
    this.cluster = cluster;
    this.namespace = namespace;
    this.witness = with_.witness;
    this.#contestant = with_.contestant;
    this.#executables = with_.executables;
    this.#audit = new AuditLog(cluster.auditLogPath ?? "");
  }

  /** A new control plane with the CRD, and the contestant ready on it. */
  static async open(
    name: ContestantName,
    executables: Executables,
    moreCrds: readonly CrdManifest[] = [],
  ): Promise<Arena> {
    const cluster = await startCluster({ audit: true, serverEnv: SERVER_ENV });
    try {
      await Promise.all([readCrd(), ...moreCrds].map((crd) => cluster.installCrd(crd)));
      const namespace = await cluster.newNamespace("bench");
      const witness = await Witness.open(cluster, namespace);
      const contestant = await Contestant.launch(name, executables, { cluster });
      const arena = new Arena(cluster, namespace, { witness, contestant, executables });
      await contestant.ready();
      return arena;
    } catch (error) {
      await cluster[Symbol.asyncDispose]();
      throw error;
    }
  }

  get contestant(): Contestant {
    return this.#contestant;
  }

  /** Stops the contestant; `startAgain` brings it back as a new process. */
  stop(): Promise<void> {
    return this.#contestant.stop();
  }

  /** Ends the contestant at once, whatever it is at. */
  kill(): Promise<void> {
    return this.#contestant.kill();
  }

  async startAgain(options: LaunchOptions = {}): Promise<Contestant> {
    const { name } = this.#contestant;
    const { cluster } = this;
    this.#contestant = await Contestant.launch(name, this.#executables, { cluster, ...options });
    return this.#contestant;
  }

  /** Creates one CR and waits until its three children were seen and its status is written. */
  async createOne(name: string, timeoutMs?: number): Promise<SiteTimes> {
    const missing = new Set<Kind>(CHILD_KINDS);
    const complete = this.witness.next(
      `the children of "${name}" exist`,
      (sighting) => {
        if (sighting.name === name && sighting.type === "ADDED") missing.delete(sighting.kind);
        return missing.size === 0;
      },
      timeoutMs,
    );
    const settled = this.untilSettled(name, timeoutMs);
    const calledMs = performance.now();
    await this.#create(name);
    const { atMs } = await this.#orFailure(complete);
    await this.#orFailure(settled);
    return { calledMs, childrenMs: atMs };
  }

  /** Creates many CRs as fast as the server takes them and waits for all of their children and status. */
  async burst(names: readonly string[]): Promise<BurstTimes> {
    const progress = this.#countDown(names);
    const firstCallMs = performance.now();
    const left = [...names].reverse();
    const createSome = async () => {
      for (let name = left.pop(); name !== undefined; name = left.pop()) await this.#create(name);
    };
    await Promise.all(Array.from({ length: USER_CONCURRENCY }, createSome));
    return { firstCallMs, ...(await this.#orFailure(progress)) };
  }

  /** Changes the spec of a CR; returns the time of the call. */
  async edit(name: string, spec: Readonly<Record<string, unknown>>): Promise<number> {
    const calledMs = performance.now();
    await this.patch("Site", name, { spec });
    return calledMs;
  }

  /** A merge patch by the user; returns the new resourceVersion. */
  async patch(kind: Kind, name: string, body: object): Promise<number> {
    const path = `${collectionPath(kind, this.namespace)}/${name}?fieldManager=user`;
    const answer = await this.cluster.json<{ metadata: { resourceVersion: string } }>(
      "PATCH",
      path,
      { body, contentType: "application/merge-patch+json" },
    );
    return Number(answer.metadata.resourceVersion);
  }

  async remove(kind: Kind, name: string): Promise<void> {
    await this.cluster.json("DELETE", `${collectionPath(kind, this.namespace)}/${name}`);
  }

  untilSettled(name: string, timeoutMs?: number): Promise<Sighting> {
    return this.witness.next(
      `"${name}" is settled`,
      (sighting) => sighting.kind === "Site" && sighting.name === name && sighting.isSettled,
      timeoutMs,
    );
  }

  /** The contestant's requests since the last call, without Events and Leases. */
  async requests(): Promise<AuditedRequest[]> {
    await sleep(AUDIT_LAG_MS);
    const user = USERS[this.contestant.name];
    return this.#audit
      .take()
      .filter((request) => request.user === user && !isHousekeeping(request));
  }

  async #create(name: string): Promise<void> {
    await this.cluster.json("POST", collectionPath("Site", this.namespace), {
      body: {
        apiVersion: "bench.orkestra.dev/v1",
        kind: "Site",
        metadata: { name },
        spec: { image: "registry.example.com/site:1.0", replicas: 2, title: `Site ${name}` },
      },
    });
  }

  /** Sees every child and every status of these CRs; gives up when nothing moves for a minute. */
  async #countDown(names: readonly string[]): Promise<Omit<BurstTimes, "firstCallMs">> {
    const children = new Set(names.flatMap((name) => CHILD_KINDS.map((kind) => `${kind}/${name}`)));
    const unsettled = new Set(names);
    let lastChildMs = 0;
    let lastMoveMs = performance.now();
    let settledMs = 0;
    using _listening = this.witness.listen((sighting) => {
      lastMoveMs = sighting.atMs;
      if (sighting.type === "ADDED" && children.delete(`${sighting.kind}/${sighting.name}`)) {
        lastChildMs = sighting.atMs;
      }
      if (sighting.isSettled && unsettled.delete(sighting.name)) settledMs = sighting.atMs;
    });
    while (children.size + unsettled.size > 0) {
      await sleep(20);
      if (performance.now() - lastMoveMs > 60_000) {
        const open = `${children.size} children and ${unsettled.size} statuses`;
        throw new Error(`${this.contestant.name} stopped: ${open} are still missing`);
      }
    }
    return { lastChildMs, settledMs };
  }

  /** Fails at once, with its last words, when the contestant ends meanwhile. */
  async #orFailure<T>(wait: Promise<T>): Promise<T> {
    const stop = new AbortController();
    const watchdog = (async () => {
      for (;;) {
        await sleep(200, undefined, { signal: stop.signal });
        this.contestant.check();
      }
    })();
    try {
      return await Promise.race([wait, watchdog as Promise<never>]);
    } finally {
      stop.abort();
      watchdog.catch(() => {});
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#contestant.stop();
    this.witness[Symbol.dispose]();
    await this.cluster[Symbol.asyncDispose]();
  }
}

/** `site-0001`, `site-0002` … */
export function siteNames(count: number, prefix = "site"): string[] {
  return Array.from({ length: count }, (_, i) => `${prefix}-${String(i + 1).padStart(5, "0")}`);
}

function readCrd(): CrdManifest {
  return parse(readFileSync(join(KATALOG, "crd.yaml"), "utf8")) as CrdManifest;
}
