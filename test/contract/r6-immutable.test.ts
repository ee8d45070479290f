/**
 * R6 for what Kubernetes lets nobody change: with `recreate: true` the child is made anew, in whatever words its kind
 * refuses the change; without it, the field and the way out are told. Played on a real API server only: the words are its.
 */
import { afterAll, beforeAll, expect, test } from "bun:test";
import { describeWithCluster } from "../support/describe-with-cluster.ts";
import { eventually } from "../support/eventually.ts";
import { conditionOf, type KubeObject } from "../support/namespaced-objects.ts";
import { Stage } from "./stage.ts";
import { box } from "./stage-katalog.ts";

const TEXT = "{{ .spec.text }}";
const container = (name: string, more: object = {}) => ({ name, image: "nginx:1", ...more });
const labels = { app: TEXT };

/** By kind: fields of a child that hold `spec.text` where they cannot change, and which field the server names. */
const CHILDREN: readonly (readonly [
  apiVersion: string,
  kind: string,
  path: string,
  body: object,
])[] = [
  [
    "rbac.authorization.k8s.io/v1",
    "RoleBinding",
    "roleRef",
    { roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: TEXT } },
  ],
  [
    "v1",
    "Service",
    "spec.ipFamilyPolicy",
    {
      spec: {
        clusterIP: '{{ if eq .spec.text "a" }}None{{ else }}10.0.0.{{ .spec.size }}{{ end }}',
        ports: [{ port: 80 }],
      },
    },
  ],
  [
    "v1",
    "Pod",
    "spec",
    { spec: { containers: [container("c", { env: [{ name: "A", value: TEXT }] })] } },
  ],
  ["v1", "ConfigMap", "data", { immutable: true, data: { text: TEXT } }],
  ["v1", "Secret", "data", { immutable: true, stringData: { text: TEXT } }],
  [
    "apps/v1",
    "Deployment",
    "spec.selector",
    {
      spec: {
        selector: { matchLabels: labels },
        template: { metadata: { labels }, spec: { containers: [container("c")] } },
      },
    },
  ],
  [
    "apps/v1",
    "StatefulSet",
    "spec",
    {
      spec: {
        serviceName: TEXT,
        selector: { matchLabels: { app: "x" } },
        template: { metadata: { labels: { app: "x" } }, spec: { containers: [container("c")] } },
      },
    },
  ],
  [
    "v1",
    "PersistentVolumeClaim",
    "spec",
    {
      spec: {
        accessModes: ["ReadWriteOnce"],
        storageClassName: TEXT,
        resources: { requests: { storage: "1Gi" } },
      },
    },
  ],
];

const entriesWith = (recreate: boolean) =>
  CHILDREN.map(([apiVersion, kind, , body]) => ({
    ...{ apiVersion, kind, metadata: { name: "{{ .metadata.name }}" }, ...body, recreate },
  }));

describeWithCluster("R6 immutable fields", {
  tests(cluster) {
    let stage: Stage;
    beforeAll(async () => {
      const image = "nginx:{{ .spec.text }}";
      const boxOf = (kind: "Widget" | "Gadget", recreate: boolean) =>
        box(kind, {
          reconcile: {
            resync: "1s",
            onReconcile: {
              custom: entriesWith(recreate),
              jobs: [{ name: "{{ .metadata.name }}", image, recreate }],
            },
          },
        });
      stage = await Stage.open(cluster(), {
        crds: { widget: boxOf("Widget", true), gadget: boxOf("Gadget", false) },
      });
      await stage.start();
    }, 60_000);
    afterAll(() => stage?.[Symbol.asyncDispose]());

    const path = (apiVersion: string, kind: string, name: string) =>
      `/${apiVersion === "v1" ? "api" : "apis"}/${apiVersion}/namespaces/${stage.namespace}/${kind.toLowerCase()}s/${name}`;
    const KINDS = [...CHILDREN, ["batch/v1", "Job"] as const];
    /** uids by kind; empty where there is no such child. */
    async function uidsOf(name: string): Promise<Readonly<Record<string, string>>> {
      const found = KINDS.map(async ([apiVersion, kind]) => {
        const response = await cluster().request("GET", path(apiVersion, kind, name));
        const { metadata } = (await response.json()) as KubeObject;
        return [kind, response.ok ? metadata.uid : ""] as const;
      });
      return Object.fromEntries(await Promise.all(found));
    }
    const untilThere = (name: string) =>
      eventually("all children are there", async () =>
        Object.values(await uidsOf(name)).every((uid) => uid !== ""),
      );

    test("a child with recreate: true is made anew, whatever its kind says of the change", async () => {
      await stage.create("Widget", "anew", { text: "a", size: 9 });
      await untilThere("anew");
      const before = await uidsOf("anew");
      await stage.edit("Widget", "anew", { spec: { text: "b" } });
      await eventually("all are others", async () => {
        const after = await uidsOf("anew");
        return Object.entries(after).every(([kind, uid]) => uid !== "" && uid !== before[kind]);
      });
      const settled = await uidsOf("anew");
      stage.takePassedWrites();
      await stage.untilQuiet();
      await Bun.sleep(2_500);
      expect(await uidsOf("anew")).toEqual(settled);
    }, 60_000);

    test("without it the child stays, and the field and the way out are told; a Job is not told in the status", async () => {
      await stage.create("Gadget", "stays", { text: "a", size: 8 });
      await untilThere("stays");
      const before = await uidsOf("stays");
      await stage.edit("Gadget", "stays", { spec: { text: "b" } });
      const messageOf = async () =>
        conditionOf(await stage.objects.get("Gadget/stays"), "Ready")?.message ?? "";
      await eventually("it is told", async () =>
        /of PersistentVolumeClaim .*recreate: true/.test(await messageOf()),
      );
      const message = await messageOf();
      for (const [, kind, field] of CHILDREN) {
        expect(message).toMatch(
          new RegExp(
            `Cannot change "${RegExp.escape(field)}"[^;]* of ${kind} "[^;]*set "recreate: true" on the entry or delete the object`,
          ),
        );
      }
      expect(message).not.toContain("Job");
      expect(await uidsOf("stays")).toEqual(before);
      const { body } = await stage.ork.view<{
        history: { changes: { kind: string; reason?: string }[] }[];
      }>(`/katalog/gadget/cr/${stage.namespace}/stays/why`);
      const notes = body.history
        .flatMap(({ changes }) => changes)
        .filter(({ kind }) => kind === "Job");
      expect(notes.map(({ reason }) => reason).join("\n")).toContain("a Job is made once");
    }, 60_000);
  },
});
