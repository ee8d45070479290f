/**
 * `ork plan` says what a restart does, and nothing else: random changes of a Katalog are planned, then the
 * restart is made, and what the API server was asked and holds is compared with the plan.
 */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { objectDifferences } from "../../src/preview/object-differences.ts";
import { builtinKind } from "../../src/schema/builtin.ts";
import { crdVersions } from "../../src/schema/crd.ts";
import type { KubeObject } from "../../src/schema/object.ts";
import type { JsonObject } from "../../src/std/json.ts";
import { type AuditedRequest, AuditLog, isHousekeeping, isWrite } from "../support/audit-log.ts";
import { startCluster } from "../support/cluster.ts";
import type { Cluster } from "../support/cluster-client.ts";
import { offeredCluster } from "../support/cluster-shared.ts";
import { seededRandom } from "../support/fault-proxy-plan.ts";
import { OrkProcess, orkOnce } from "../support/ork-process.ts";
import { RandomKatalog } from "./plan-changes.ts";

const SEED = Number(process.env["ORK_FAULT_SEED"] ?? 20_261_122);
const SCALE = Math.max(1, Number(process.env["ORK_FAULT_PLANS"] ?? 1));
const CHANGES = Math.min(50, 10 * SCALE);
const NAMESPACE = "plan";

const LISTS: readonly (readonly [kind: string, path: string, resource: string])[] = [
  ["Widget", "/apis/plan.orkestra.dev/v1/widgets", "widgets"],
  ["ConfigMap", "/api/v1/configmaps", "configmaps"],
  ["Secret", "/api/v1/secrets", "secrets"],
  ["Service", "/api/v1/services", "services"],
  ["ServiceAccount", "/api/v1/serviceaccounts", "serviceaccounts"],
  ["Namespace", "/api/v1/namespaces", "namespaces"],
  ["Deployment", "/apis/apps/v1/deployments", "deployments"],
  ["Job", "/apis/batch/v1/jobs", "jobs"],
];
const RESOURCES = new Map(LISTS.map(([kind, , resource]) => [kind, resource]));

interface PlannedObject {
  readonly action: string;
  readonly kind: string;
  readonly namespace?: string;
  readonly name: string;
  readonly isChecked: boolean;
  readonly fields: readonly { readonly path: string; readonly before?: unknown; after?: unknown }[];
  readonly requests: readonly string[];
}

interface PlanOutput {
  readonly hasDifferences: boolean;
  readonly isComplete: boolean;
  readonly summary: { readonly customResources: Readonly<Record<string, number>> };
  readonly crds: readonly {
    readonly resources: readonly {
      readonly name: string;
      readonly outcome: string;
      readonly reasons: readonly string[];
      readonly objects: readonly PlannedObject[];
    }[];
  }[];
}

const isOffered = offeredCluster().kind !== "none";

describe.skipIf(!isOffered)("ork plan", () => {
  // Of its own and without controllers: every write is ork's.
  let cluster: Cluster;
  let folder: string;
  let audit: AuditLog;
  beforeAll(async () => {
    cluster = await startCluster({ audit: true });
    folder = await mkdtemp(join(tmpdir(), "orkestra-plan-"));
    await cluster.json("POST", "/api/v1/namespaces", {
      body: { apiVersion: "v1", kind: "Namespace", metadata: { name: NAMESPACE } },
    });
    await cluster.installCrd(WIDGETS);
    await writeFile(join(folder, "widget.yaml"), JSON.stringify(WIDGETS));
    audit = new AuditLog(cluster.auditLogPath ?? "");
  }, 15 * 60_000);
  afterAll(async () => {
    await cluster?.[Symbol.asyncDispose]();
    if (folder) await rm(folder, { recursive: true });
  });

  test("the plan is what the restart then does, for random changes", async () => {
    console.log(`  seed ${SEED}`);
    const random = seededRandom(SEED);
    const katalog = new RandomKatalog(NAMESPACE, random);
    for (const name of ["one", "two", "three"]) await createWidget(name, Math.floor(random() * 4));
    await writeKatalog(katalog.document());
    await restart();
    for (let count = 1; count <= CHANGES; count++) {
      const drift = random() < 0.3 ? await interfere(random) : "";
      const title = `change ${count}: ${katalog.change().join(", ")}${drift}`;
      await writeKatalog(katalog.document());
      const before = await snapshot();
      takeWrites();
      const plan = await planned();
      expect([title, takeWrites().filter((write) => !isDry(write))]).toEqual([title, []]);
      expect([title, await snapshot()]).toEqual([title, before]);
      await restart();
      const done = takeWrites().filter(({ code }) => code < 300);
      expect([title, plannedRequests(plan)]).toEqual([title, tally(done.map(requestText))]);
      expect([title, plannedChanges(plan)]).toEqual([title, changesOf(before, await snapshot())]);
      const again = await planned();
      expect([title, again.hasDifferences]).toEqual([title, false]);
    }
  }, 600_000);

  test("a plan of many custom resources is there within 15 seconds", async () => {
    const count = SCALE >= 5 ? 1_000 : 100;
    const katalog = new RandomKatalog(NAMESPACE, seededRandom(SEED));
    await writeKatalog(katalog.document());
    const names = Array.from({ length: count }, (_, index) => `many-${index}`);
    for (const name of names) await createWidget(name, 0);
    await restart();
    await writeKatalog(katalog.document("and more"));
    const startMs = performance.now();
    const { summary, hasDifferences } = await planned();
    const tookMs = performance.now() - startMs;
    console.log(`  ${count} custom resources in ${Math.round(tookMs)} ms`);
    expect(hasDifferences).toBe(true);
    expect(summary.customResources["changed"]).toBeGreaterThanOrEqual(count);
    expect(tookMs).toBeLessThan(15_000);
  }, 300_000);

  async function createWidget(name: string, size: number): Promise<void> {
    const metadata = { name, namespace: NAMESPACE };
    const spec = { text: `text of ${name}`, size, items: ["x", "y"].slice(0, size) };
    const body = { apiVersion: "plan.orkestra.dev/v1", kind: "Widget", metadata, spec };
    const path = `/apis/plan.orkestra.dev/v1/namespaces/${NAMESPACE}/widgets`;
    await cluster.json("POST", path, { body });
  }

  /** Somebody else lays hands on a child; says how. */
  async function interfere(random: () => number): Promise<string> {
    const maps = [...(await snapshot()).keys()].filter((key) =>
      /^ConfigMap plan\/(one|two|three)-/.test(key),
    );
    const name = maps[Math.floor(random() * maps.length)]?.replace("ConfigMap plan/", "");
    if (name === undefined) return "";
    const path = `/api/v1/namespaces/${NAMESPACE}/configmaps/${name}`;
    if (random() < 0.5) {
      await cluster.json("DELETE", path);
      return `, ${name} deleted`;
    }
    const body = { data: { a: "drifted", foreign: "of somebody else" } };
    // One that is immutable stays as it is.
    await cluster.request("PATCH", path, { body, contentType: "application/merge-patch+json" });
    return `, ${name} edited`;
  }

  async function writeKatalog(document: object): Promise<void> {
    await writeFile(join(folder, "katalog.yaml"), JSON.stringify(document));
  }

  async function planned(): Promise<PlanOutput> {
    const kubeconfig = cluster.kubeconfig("operator");
    const args = ["plan", "-f", folder, "--kubeconfig", kubeconfig, "-o", "json"];
    const { code, stdout, stderr } = await orkOnce(args, PROGRAM);
    if (stdout === "") throw new Error(`ork plan said nothing (${code}):\n${stderr}`);
    const plan = JSON.parse(stdout) as PlanOutput;
    expect(code).toBe(plan.hasDifferences ? 1 : 0);
    return plan;
  }

  /** Until each Widget was looked at, and nobody works any more. */
  async function restart(): Promise<void> {
    const args = ["-f", folder, "--kubeconfig", cluster.kubeconfig("operator")];
    await using ork = await OrkProcess.serve([...args, "--log-format", "json"], PROGRAM);
    const look = async () => (await ork.view<Health>("/katalog/widget/health")).body;
    let quiet = 0;
    // Each was looked at, and several times in a row nobody waits: nothing follows from what was done.
    await ork.eventually(
      "all is quiet",
      async () => {
        await Bun.sleep(150);
        const { totalReconciles, resourceCount, queueDepth, started } = await look();
        const isQuiet = started && totalReconciles >= resourceCount && queueDepth === 0;
        quiet = isQuiet ? quiet + 1 : 0;
        return quiet >= 3;
      },
      { timeoutMs: 240_000 },
    );
    await ork.stop();
  }

  function takeWrites(): readonly AuditedRequest[] {
    return audit
      .take()
      .filter((request) => isWrite(request) && !isHousekeeping(request))
      .filter(({ user }) => user === "operator");
  }

  /** Everything that ork may have to do with, without what tells nothing. */
  async function snapshot(): Promise<ReadonlyMap<string, KubeObject>> {
    const objects = new Map<string, KubeObject>();
    for (const [kind, path] of LISTS) {
      const { items } = await cluster.json<{ items: KubeObject[] }>("GET", path);
      const apiVersion = path.replace(/^\/apis?\//, "").replace(/\/[^/]+$/, "");
      for (const item of items) {
        const { managedFields: _, ...metadata } = item.metadata;
        const { namespace = "", name } = metadata;
        objects.set(`${kind} ${namespace}/${name}`, { ...item, apiVersion, kind, metadata });
      }
    }
    return objects;
  }
});

const PROGRAM = {};

interface Health {
  readonly totalReconciles: number;
  readonly resourceCount: number;
  readonly queueDepth: number;
  readonly started: boolean;
}

function isDry({ uri }: AuditedRequest): boolean {
  return uri.includes("dryRun=All");
}

const VERBS: Readonly<Record<string, string>> = {
  create: "create",
  apply: "patch",
  patch: "patch",
  delete: "delete",
};

function plannedObjects(plan: PlanOutput): readonly PlannedObject[] {
  return plan.crds.flatMap(({ resources }) => resources.flatMap(({ objects }) => objects));
}

function plannedRequests(plan: PlanOutput): Readonly<Record<string, number>> {
  return tally(
    plannedObjects(plan).flatMap(({ kind, namespace = "", name, requests }) =>
      requests.map((request) => {
        const [verb = "", subresource] = request.split(" ");
        const resource = RESOURCES.get(kind) ?? kind;
        const place = kind === "Namespace" ? "" : namespace;
        return `${VERBS[verb]} ${[resource, subresource].filter(Boolean).join("/")} ${place}/${name}`;
      }),
    ),
  );
}

function requestText({ verb, resource, namespace, name }: AuditedRequest): string {
  const place = resource === "namespaces" ? "" : namespace;
  return `${verb} ${resource} ${place}/${name}`;
}

function tally(texts: readonly string[]): Readonly<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const text of [...texts].sort()) counts[text] = (counts[text] ?? 0) + 1;
  return counts;
}

/** `what` → the fields that change, as text. */
function plannedChanges(plan: PlanOutput): Readonly<Record<string, unknown>> {
  const changes = plannedObjects(plan)
    .filter(({ action }) => action !== "keep")
    .map(({ action, kind, namespace = "", name, fields }): [string, unknown] => {
      const isBorn = action === "create" || action === "delete";
      return [`${kind} ${namespace}/${name}`, isBorn ? action : fieldTexts(fields)];
    });
  return Object.fromEntries(changes.sort(([left], [right]) => (left < right ? -1 : 1)));
}

function changesOf(
  before: ReadonlyMap<string, KubeObject>,
  after: ReadonlyMap<string, KubeObject>,
): Readonly<Record<string, unknown>> {
  const changes: Record<string, unknown> = {};
  for (const key of [...new Set([...before.keys(), ...after.keys()])].sort()) {
    const [was, is] = [before.get(key), after.get(key)];
    if (!was || !is) changes[key] = was ? "delete" : "create";
    else if (was.metadata.resourceVersion !== is.metadata.resourceVersion) {
      // A namespace takes its time.
      const isGoing = is.metadata.deletionTimestamp !== undefined;
      const schema = builtinKind(is.apiVersion, is.kind)?.schema ?? WIDGET_NODE;
      changes[key] = isGoing ? "delete" : fieldTexts(objectDifferences(was, is, schema));
    }
  }
  return changes;
}

/** Times differ between the plan and the deed. */
function fieldTexts(fields: PlannedObject["fields"]): readonly string[] {
  return fields
    .filter(({ path }) => !/lastTransitionTime|managed-since/.test(path))
    .map(
      ({ path, before, after }) => `${path}: ${JSON.stringify(before)} → ${JSON.stringify(after)}`,
    )
    .map((text) => text.replace(/"lastTransitionTime":"[^"]+"/g, '"lastTransitionTime":"…"'))
    .sort();
}

const WIDGETS = {
  apiVersion: "apiextensions.k8s.io/v1",
  kind: "CustomResourceDefinition",
  metadata: { name: "widgets.plan.orkestra.dev" },
  spec: {
    group: "plan.orkestra.dev",
    scope: "Namespaced",
    names: { kind: "Widget", plural: "widgets", singular: "widget", listKind: "WidgetList" },
    versions: [
      {
        name: "v1",
        served: true,
        storage: true,
        subresources: { status: {} },
        schema: {
          openAPIV3Schema: {
            type: "object",
            properties: {
              spec: {
                type: "object",
                properties: {
                  text: { type: "string" },
                  size: { type: "integer" },
                  items: { type: "array", items: { type: "string" } },
                },
              },
              status: { type: "object", "x-kubernetes-preserve-unknown-fields": true },
            },
          },
        },
      },
    ],
  },
} as const;

const WIDGET_NODE = crdVersions(WIDGETS as unknown as JsonObject)[0]?.schema;
