/**
 * One example Katalog under test: a running `ork` on a real cluster, a namespace with the example's custom
 * resources, and the promises that hold for every example.
 */
import { afterAll, beforeAll, expect, test } from "bun:test";
import { join } from "node:path";
import { AuditLog, isHousekeeping, isWrite } from "../support/audit-log.ts";
import { ROOT } from "../support/built-ork.ts";
import type { Cluster } from "../support/cluster-client.ts";
import { describeWithCluster } from "../support/describe-with-cluster.ts";
import { eventually } from "../support/eventually.ts";
import { type KubeObject, NamespacedObjects, type Ref } from "../support/namespaced-objects.ts";
import { OrkProcess, orkOnce } from "../support/ork-process.ts";

export interface ExampleFacts {
  /** Below `examples/`. */
  readonly folder: string;
  /** Its custom resources, in a file beside the Katalog. */
  readonly manifest: string;
  /** Entries of `spec.crds`. */
  readonly crds: readonly string[];
  readonly resources: Readonly<
    Record<Ref, { readonly children: readonly Ref[]; readonly status: object }>
  >;
  /** Fields of children that the Katalog decides, and what somebody else makes of them. */
  readonly edits: readonly {
    readonly child: Ref;
    readonly patch: object;
    readonly look: (child: KubeObject) => unknown;
  }[];
}

/** What the tests of one example share; they run in order. */
export class Example {
  readonly cluster: Cluster;
  readonly facts: ExampleFacts;
  readonly objects: NamespacedObjects;
  readonly #audit: AuditLog;
  readonly #kubeconfig: string;
  #ork: OrkProcess | undefined;

  private constructor(
    cluster: Cluster,
    facts: ExampleFacts,
    { namespace, kubeconfig }: { readonly namespace: string; readonly kubeconfig: string },
  ) {
    this.cluster = cluster;
    this.facts = facts;
    this.#kubeconfig = kubeconfig;
    this.objects = new NamespacedObjects(cluster, namespace);
    this.#audit = new AuditLog(cluster.auditLogPath ?? "");
  }

  /** As a platform team would: an administrator brings the CRDs, the process has the least rights. */
  static async open(cluster: Cluster, facts: ExampleFacts): Promise<Example> {
    const namespace = await cluster.newNamespace(facts.folder);
    const folder = join("examples", facts.folder);
    const administrator = cluster.kubeconfig("operator");
    await using first = await OrkProcess.serve(["-f", folder, "--kubeconfig", administrator]);
    await first.stop();
    const kubeconfig = await leastRights(cluster, folder, namespace);
    return new Example(cluster, facts, { namespace, kubeconfig });
  }

  get ork(): OrkProcess {
    if (this.#ork === undefined) throw new Error("Cannot use ork: it was not started");
    return this.#ork;
  }

  async start(): Promise<void> {
    const { namespace } = this.objects;
    this.#ork = await OrkProcess.serve([
      ...["-f", join("examples", this.facts.folder), "--kubeconfig", this.#kubeconfig],
      ...["--leader-elect", "--lease-namespace", namespace],
    ]);
  }

  async close(): Promise<void> {
    await this.#ork?.[Symbol.asyncDispose]();
  }

  /** The example's own custom resources, in this namespace, by `kubectl apply`. */
  async apply(kinds?: readonly string[]): Promise<void> {
    const path = join(ROOT, "examples", this.facts.folder, this.facts.manifest);
    const documents = [Bun.YAML.parse(await Bun.file(path).text())].flat() as KubeObject[];
    const items = documents
      .filter(({ kind }) => kind !== "Namespace" && (kinds?.includes(kind) ?? true))
      .map((object) => ({
        ...object,
        metadata: { ...object.metadata, namespace: this.objects.namespace },
      }));
    const list = { apiVersion: "v1", kind: "List", items };
    await this.cluster.kubectl(["apply", "-f", "-"], { stdin: JSON.stringify(list) });
  }

  /** What the operator wrote in this namespace since the last call: `patch deployments hello`. */
  takeWrites(): string[] {
    const { namespace } = this.objects;
    const writes = this.#audit
      .take()
      .filter((request) => isWrite(request) && !isHousekeeping(request))
      .filter(({ user }) => user === `system:serviceaccount:${namespace}:${ACCOUNT}`)
      .filter((request) => request.namespace === namespace)
      // A child is created by an apply that can only create.
      .map(
        ({ verb, resource, name, code }) => `${code === 201 ? "create" : verb} ${resource} ${name}`,
      );
    return [...new Set(writes)].sort();
  }

  /** Lines of the log about failures; other namespaces are other tests' affair. */
  errors(): readonly string[] {
    const { namespace } = this.objects;
    return (
      this.ork.log
        .filter(
          ({ level, key }) => level === "error" && !(key && !String(key).startsWith(namespace)),
        )
        .map((line) => JSON.stringify(line))
        // Who deletes a Role and its bindings at once: the watch of one may tell before that of the other.
        .filter((line) => !line.includes("the role that it names does not exist yet"))
    );
  }

  /** Edits a custom resource and returns the writes of the operator until it is ready again. */
  async writesAfterEdit(ref: Ref, patch: object): Promise<string[]> {
    await this.untilQuiet();
    this.takeWrites();
    await this.objects.patch(ref, patch);
    await this.objects.untilReady(ref);
    await this.untilQuiet();
    return this.takeWrites();
  }

  /** Nothing waits and nobody works, at two looks in a row. */
  async untilQuiet(): Promise<void> {
    let quietLooks = 0;
    await this.ork.eventually("all is quiet", async () => {
      const boxes = await Promise.all(this.facts.crds.map((crd) => this.#box(crd)));
      const isQuiet = boxes.every(
        ({ queueDepth, activeWorkers }) => queueDepth + activeWorkers === 0,
      );
      quietLooks = isQuiet ? quietLooks + 1 : 0;
      return quietLooks === 2;
    });
  }

  /** Every custom resource was looked at since the process started. */
  async untilAllReconciled(): Promise<void> {
    await this.ork.eventually("each custom resource was reconciled", async () => {
      const boxes = await Promise.all(this.facts.crds.map((crd) => this.#box(crd)));
      return boxes.every(({ totalReconciles, resourceCount }) => totalReconciles >= resourceCount);
    });
    await this.untilQuiet();
  }

  async #box(crd: string): Promise<BoxFacts> {
    const [summary, health] = await Promise.all([
      this.ork.view<BoxFacts>(`/katalog/${crd}`),
      this.ork.view<BoxFacts>(`/katalog/${crd}/health`),
    ]);
    return { ...summary.body, ...health.body };
  }
}

const ACCOUNT = "ork";

/** What `ork rbac` prints, applied; gives a kubeconfig with these rights. */
async function leastRights(cluster: Cluster, folder: string, namespace: string): Promise<string> {
  const { code, stdout, stderr } = await orkOnce([
    ...["rbac", "-f", folder],
    ...["--service-account", `${namespace}/${ACCOUNT}`, "--name", `${namespace}-ork`],
  ]);
  if (code !== 0) throw new Error(`ork rbac ended with ${code}: ${stderr}`);
  await cluster.kubectl(["apply", "-f", "-"], { stdin: stdout });
  return cluster.serviceAccountKubeconfig({ name: ACCOUNT, namespace });
}

interface BoxFacts {
  readonly queueDepth: number;
  readonly activeWorkers: number;
  readonly totalReconciles: number;
  readonly resourceCount: number;
}

/** Children of deleted custom resources: the cluster's own garbage collector needs its time. */
const orphans: { readonly objects: NamespacedObjects; readonly refs: readonly Ref[] }[] = [];

/**
 * The life of an example: what all have in common, with `more` in the middle, where everything is ready,
 * and `before` on a running `ork` that has no custom resources yet.
 */
export function describeExample(
  facts: ExampleFacts,
  { before, more }: Readonly<Partial<Record<"before" | "more", (example: () => Example) => void>>>,
): void {
  const resources = Object.entries(facts.resources) as [Ref, ExampleFacts["resources"][Ref]][];
  const children = resources.flatMap(([, each]) => each.children);
  describeWithCluster(`the example "${facts.folder}"`, {
    needs: ["pods", "audit"],
    tests(cluster) {
      let opened: Example | undefined;
      const example = () => {
        if (opened === undefined) throw new Error("The example was not opened");
        return opened;
      };
      beforeAll(async () => {
        opened = await Example.open(cluster(), facts);
        await opened.start();
      });
      afterAll(() => opened?.close());

      before?.(example);

      test("makes what the Katalog says, ready, and sums it up in the status", async () => {
        await example().apply();
        for (const [ref, { children: expected, status }] of resources) {
          const resource = await example().objects.untilReady(ref);
          expect(resource["status"]).toMatchObject(status);
          for (const child of expected) {
            const { metadata } = await example().objects.get(child);
            expect(metadata.labels).toMatchObject({
              "app.kubernetes.io/managed-by": "orkestra",
              "orkestra-owner": resource.metadata.name,
            });
          }
        }
      });

      more?.(example);

      test("brings back each child that somebody deletes", async () => {
        const { objects } = example();
        // What a deleted custom resource leaves goes by the garbage collector, in its own time; and a
        // Job that is done is done.
        const kept = children.filter(
          (child) => !child.startsWith("Job/") && !facts.resources[child],
        );
        await Promise.all(kept.map((child) => deleteAndSeeItBack(objects, child)));
        for (const [ref] of resources) await objects.untilReady(ref);
      });

      test.each(facts.edits.map((edit) => [edit.child, edit] as const))(
        "puts back what somebody changes in %s",
        async (child, { patch, look }) => {
          const { objects } = example();
          const declared = look(await objects.get(child));
          expect(look(await objects.patch(child, patch))).not.toEqual(declared);
          await eventually(`${child} is as declared`, async () =>
            Bun.deepEquals(look(await objects.get(child)), declared),
          );
        },
      );

      test("writes nothing after a restart", async () => {
        for (const [ref] of resources) await example().objects.untilReady(ref);
        await example().untilQuiet();
        expect(await example().ork.stop()).toBe(0);
        expect(example().errors()).toEqual([]);
        example().takeWrites();
        await example().start();
        await example().untilAllReconciled();
        expect(example().takeWrites()).toEqual([]);
      });

      test("cleans up before a deleted custom resource goes", async () => {
        const { objects } = example();
        const refs = resources.map(([ref]) => ref);
        const tops = refs.filter((ref) => !children.includes(ref));
        orphans.push({ objects, refs: children.filter((child) => !refs.includes(child)) });
        await Promise.all(tops.map((ref) => objects.delete(ref)));
        await Promise.all(tops.map((ref) => objects.untilGone(ref)));
        // Custom resources that are children of others: the garbage collector takes them in its time.
        const below = refs.filter((ref) => children.includes(ref));
        await Promise.all(below.map((ref) => objects.deleteIfThere(ref)));
        await Promise.all(below.map((ref) => objects.untilGone(ref)));
        expect(example().errors()).toEqual([]);
      });
    },
  });
}

/** The last test of a file: the waits for the garbage collector lie over each other. */
export function describeGarbage(): void {
  describeWithCluster("what deleted custom resources leave", {
    needs: ["pods", "audit"],
    tests() {
      test("is nothing", async () => {
        const gone = orphans.flatMap(({ objects, refs }) =>
          refs.map((ref) => objects.untilGone(ref, 90_000)),
        );
        expect(gone.length).toBeGreaterThan(0);
        await Promise.all(gone);
      });
    },
  });
}

async function deleteAndSeeItBack(objects: NamespacedObjects, ref: Ref): Promise<void> {
  const before = await objects.get(ref);
  await objects.delete(ref);
  await eventually(`${ref} is back`, async () => {
    const now = await objects.find(ref);
    return now !== undefined && now.metadata.uid !== before.metadata.uid;
  });
}
