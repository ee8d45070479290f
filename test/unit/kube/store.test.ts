import { describe, expect, test } from "bun:test";
import { LAST_APPLIED_ANNOTATION, OWNER_UID_ANNOTATION } from "../../../src/kube/marks.ts";
import { ObjectStore, strip } from "../../../src/kube/store.ts";
import type { KubeObject, OwnerReference } from "../../../src/schema/object.ts";
import { configMap } from "./harness.ts";

function owner(uid: string, controller = true): OwnerReference {
  return { apiVersion: "v1", kind: "Website", name: uid, uid, controller };
}

function names(objects: readonly KubeObject[]): string[] {
  return objects.map(({ metadata }) => metadata.name);
}

describe("ObjectStore", () => {
  test("finds objects by key and by owner", () => {
    const store = new ObjectStore();
    store.put(configMap("a", 1, { ownerReferences: [owner("u", false), owner("v")] }));
    store.put(configMap("b", 2, { annotations: { [OWNER_UID_ANNOTATION]: "v" } }));
    store.put(configMap("c", 3, { namespace: "other" }));
    expect(store.size).toBe(3);
    expect(store.get("other/c")?.metadata.name).toBe("c");
    expect(names(store.byOwner("v"))).toEqual(["a", "b"]);
    expect(names(store.byOwner("u"))).toEqual([]);
  });

  test("finds what we marked although another controller took it over", () => {
    const store = new ObjectStore();
    const annotations = { [OWNER_UID_ANNOTATION]: "ours" };
    store.put(configMap("a", 1, { annotations, ownerReferences: [owner("theirs")] }));
    expect(names(store.byOwner("ours"))).toEqual(["a"]);
    expect(names(store.byOwner("theirs"))).toEqual(["a"]);
  });

  test("follows changes of owner and deletions", () => {
    const store = new ObjectStore();
    store.put(configMap("a", 1, { ownerReferences: [owner("u")] }));
    store.put(configMap("a", 2, { ownerReferences: [owner("v")] }));
    expect(names(store.byOwner("u"))).toEqual([]);
    expect(store.byOwner("v")[0]?.metadata.resourceVersion).toBe("2");
    store.delete("ns/a");
    expect(store.byOwner("v")).toEqual([]);
    expect(store.size).toBe(0);
  });

  test("leaves a list of children that somebody walks through as it is", () => {
    const store = new ObjectStore();
    store.put(configMap("a", 1, { ownerReferences: [owner("u")] }));
    store.put(configMap("b", 2, { ownerReferences: [owner("u")] }));
    for (const { metadata } of store.byOwner("u")) store.delete(`ns/${metadata.name}`);
    expect(store.size).toBe(0);
  });

  test("keeps equal parts of two versions as one", () => {
    const store = new ObjectStore();
    const first = store.put(configMap("a", 1, { labels: { x: "y" }, data: { k: "v" } }));
    const second = store.put(configMap("a", 2, { labels: { x: "y" }, data: { k: "v" } }));
    expect(second["data"]).toBe(first["data"]);
    expect(second.metadata.labels).toBe(first.metadata.labels as never);
    expect(second.metadata.resourceVersion).toBe("2");
    expect(first.metadata.resourceVersion).toBe("1");
  });
});

describe("strip()", () => {
  test("drops who set which field and the text of the last apply, nothing else", () => {
    const annotations = { [LAST_APPLIED_ANNOTATION]: "{}", kept: "yes" };
    const object = configMap("a", 1, { annotations, managedFields: [{}], data: { k: "v" } });
    expect(strip(object)).toEqual(
      configMap("a", 1, { annotations: { kept: "yes" }, data: { k: "v" } }),
    );
    expect(object.metadata.managedFields).toHaveLength(1);
  });

  test("keeps identity, labels, owners, content and status of a child", () => {
    const child = {
      ...configMap("a", 1, {
        labels: { l: "1" },
        annotations: { a: "1" },
        ownerReferences: [owner("u")],
        finalizers: ["f"],
        deletionTimestamp: "2026-01-01T00:00:00Z",
        data: { k: "v" },
      }),
      status: { ready: true },
    };
    const metadata = { ...child.metadata, generateName: "a-", deletionGracePeriodSeconds: 30 };
    expect(strip({ ...child, metadata }, "child")).toEqual(child);
  });
});
