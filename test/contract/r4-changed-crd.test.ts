/**
 * R4 where a CRD is younger than what the API server goes by: for a moment after a CRD was changed it is served
 * as it was, and what it did not know before is dropped without a word. The moment is made long here. Not on the
 * sandbox, which goes by a changed CRD at once, and ends no watch for it.
 */
import { afterAll, beforeAll, expect, test } from "bun:test";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { CrdManifest } from "../support/cluster-client.ts";
import { describeWithCluster } from "../support/describe-with-cluster.ts";
import { eventually } from "../support/eventually.ts";
import { conditionOf, NamespacedObjects } from "../support/namespaced-objects.ts";
import { Stage } from "./stage.ts";
import { box } from "./stage-katalog.ts";
import { GROUP, KINDS } from "./stage-kinds.ts";

/** Resyncs, of a second each, in which it is looked again whether a server still drops something. */
const DOUBT_MS = 5_000;

describeWithCluster("R4 a CRD that was changed", {
  tests(cluster) {
    let stage: Stage;
    beforeAll(async () => {
      const status = { status: { fields: [{ path: "seen", value: "{{ .spec.text }}" }] } };
      const operatorBox = { reconcile: { resync: "1s" }, emit: status };
      stage = await Stage.open(cluster(), {
        crds: { scroll: { crdFile: "./scroll.yaml", operatorBox } },
      });
      const known = { seen: { type: "string" } };
      await writeFile(join(stage.entryFolder, "scroll.yaml"), JSON.stringify(crdWith(known)));
      // What the cluster has is left as it is.
      await cluster().installCrd(crdWith({}));
      stage.objects = new NamespacedObjects(cluster(), stage.namespace, {
        Scroll: [`${GROUP}/v1`, "scrolls"],
      });
      await stage.start();
      await stage.objects.create("Scroll", "scroll", { spec: { text: "written" } });
      await eventually("its status is written", async () => {
        return conditionOf(await stage.objects.get("Scroll/scroll"), "Ready") !== undefined;
      });
    }, 60_000);
    afterAll(async () => {
      if (stage === undefined) return;
      await stage.objects.delete("Scroll/scroll");
      await stage.objects.untilGone("Scroll/scroll");
      await stage[Symbol.asyncDispose]();
    });

    test("what the server drops of a status is sent once more, and then no more", async () => {
      await sleep(DOUBT_MS);
      expect((await stage.objects.get("Scroll/scroll"))["status"].seen).toBeUndefined();
      const { length } = stage.takeWrites().filter(({ resource }) => resource === "scrolls/status");
      expect(length).toBe(2);
      await sleep(DOUBT_MS);
      expect(stage.takeWrites()).toEqual([]);
    }, 30_000);

    test("what the server dropped of a status is there when it knows better", async () => {
      await cluster().installCrd(crdWith({ seen: { type: "string" } }));
      await eventually("the status is whole", async () => {
        return (await stage.objects.get("Scroll/scroll"))["status"].seen === "written";
      });
    }, 60_000);
  },
});

describeWithCluster("R4 a CRD of children that was changed", {
  tests(cluster) {
    let stage: Stage;
    beforeAll(async () => {
      await cluster().installCrd(quillsOf({}));
      const quill = {
        apiVersion: `${GROUP}/v2`,
        kind: "Quill",
        metadata: { name: "{{ .metadata.name }}" },
        spec: { text: "{{ .spec.text }}", color: "red" },
      };
      await cluster().installCrd(nibsOf({}));
      const nib = {
        apiVersion: `${GROUP}/v1`,
        kind: "Nib",
        metadata: { name: "{{ .item }}" },
        forEach: { field: "spec.items" },
        spec: { code: "{{ len .spec.text }}" },
      };
      const reconcile = { resync: "1s", onReconcile: { custom: [quill, nib] } };
      stage = await Stage.open(cluster(), { crds: { widget: box("Widget", { reconcile }) } });
      stage.objects = new NamespacedObjects(cluster(), stage.namespace, {
        ...KINDS,
        Quill: [`${GROUP}/v2`, "quills"],
        Nib: [`${GROUP}/v1`, "nibs"],
      });
      await stage.start();
      await stage.create("Widget", "one", { text: "a" });
      await stage.objects.untilReady("Widget/one");
    }, 60_000);
    afterAll(async () => {
      if (stage === undefined) return;
      await stage.objects.delete("Widget/one");
      await stage.objects.untilGone("Widget/one");
      await stage[Symbol.asyncDispose]();
    });

    const colorOf = async () => (await stage.objects.get("Quill/one"))["spec"].color;
    const quillWrites = () => stage.takeWrites().filter(({ resource }) => resource === "quills");

    test("what the server drops of a child is sent once more, and then no more", async () => {
      await sleep(DOUBT_MS);
      expect(await colorOf()).toBeUndefined();
      expect(quillWrites()).toHaveLength(2);
      await sleep(DOUBT_MS);
      expect(stage.takeWrites()).toEqual([]);
    }, 30_000);

    test("what the server dropped of a child is there when it knows better", async () => {
      await cluster().installCrd(quillsOf({ color: { type: "string" } }));
      await eventually("the child is whole", async () => (await colorOf()) === "red");
    }, 60_000);

    test("a field that the CRD has by now is written as what it is there", async () => {
      await stage.create("Widget", "two", { text: "abc", items: ["fine"] });
      await eventually("it is refused", async () => {
        const ready = conditionOf(await stage.objects.get("Widget/two"), "Ready");
        return ready?.message.includes('no field "spec.code"');
      });
      await cluster().installCrd(nibsOf({ code: { type: "string" } }));
      const nib = await eventually("the child is there", () => stage.objects.find("Nib/fine"));
      expect(nib["spec"]).toEqual({ code: "3" });
      await stage.objects.delete("Widget/two");
      await stage.objects.untilGone("Widget/two");
    }, 60_000);
  },
});

/** A version that knows a colour, stored as one that has these fields beside its text: no colour is kept. */
function quillsOf(stored: object): CrdManifest {
  const text = { type: "string" };
  const version = (name: string, properties: object) => ({
    name,
    served: true,
    storage: name === "v1",
    schema: {
      openAPIV3Schema: {
        type: "object",
        properties: { spec: { type: "object", properties: { text, ...properties } } },
      },
    },
  });
  const versions = [version("v1", stored), version("v2", { color: { type: "string" } })];
  return definitionOf("Quill", versions);
}

/** Its spec has these fields. */
function nibsOf(properties: object): CrdManifest {
  const spec = { type: "object", properties };
  const openAPIV3Schema = { type: "object", properties: { spec } };
  return definitionOf("Nib", [
    { name: "v1", served: true, storage: true, schema: { openAPIV3Schema } },
  ]);
}

function definitionOf(kind: string, versions: readonly object[]): CrdManifest {
  const singular = kind.toLowerCase();
  const plural = `${singular}s`;
  const definition = {
    apiVersion: "apiextensions.k8s.io/v1",
    kind: "CustomResourceDefinition",
    metadata: { name: `${plural}.${GROUP}` },
    spec: {
      group: GROUP,
      scope: "Namespaced",
      names: { kind, plural, singular, listKind: `${kind}List` },
      versions,
    },
  } as const;
  return definition as unknown as CrdManifest;
}

/** Its status holds conditions, and these properties. */
function crdWith(properties: object): CrdManifest {
  const conditions = {
    type: "array",
    items: { type: "object", "x-kubernetes-preserve-unknown-fields": true },
  };
  const observedGeneration = { type: "integer" };
  const spec = { type: "object", properties: { text: { type: "string" } } };
  const status = {
    type: "object",
    properties: { conditions, observedGeneration, ...properties },
  };
  const openAPIV3Schema = { type: "object", properties: { spec, status } };
  const version = { name: "v1", served: true, storage: true, subresources: { status: {} } };
  const definition = {
    apiVersion: "apiextensions.k8s.io/v1",
    kind: "CustomResourceDefinition",
    metadata: { name: `scrolls.${GROUP}` },
    spec: {
      group: GROUP,
      scope: "Namespaced",
      names: { kind: "Scroll", plural: "scrolls", singular: "scroll", listKind: "ScrollList" },
      versions: [{ ...version, schema: { openAPIV3Schema } }],
    },
  } as const;
  return definition;
}
