import { describe, expect, test } from "bun:test";
import type { ApiResource } from "../../../src/kube/api-resource.ts";
import type { ListOptions } from "../../../src/kube/client.ts";
import { KubeError } from "../../../src/kube/error.ts";
import { findStranded } from "../../../src/preview/stranded.ts";
import type { Program } from "../../../src/reconcile/program.ts";
import type { KubeObject } from "../../../src/schema/object.ts";

const FINALIZER = "orkestra.orkspace.io/cleanup";
const things = resource("things", "x.test");

function resource(plural: string, group: string, more: Partial<ApiResource> = {}): ApiResource {
  const names = { kind: plural, singular: plural, shortNames: [], categories: [] };
  const verbs = ["list"];
  const base = {
    group,
    version: "v1",
    plural,
    namespaced: true,
    hasStatus: true,
    subresources: [],
  };
  return { ...base, ...names, verbs, ...more };
}

function marked(name: string, manager = "k", more: object = {}): KubeObject {
  const annotations = {
    "orkestra.orkspace.io/managed-by": manager,
    "orkestra.orkspace.io/config-digest": "sha256:old",
  };
  const metadata = {
    name,
    namespace: "a",
    uid: name,
    annotations,
    finalizers: [FINALIZER],
    ...more,
  };
  return { apiVersion: "x.test/v1", kind: "Thing", metadata } as KubeObject;
}

interface World {
  readonly objects?: readonly KubeObject[];
  readonly served?: readonly ApiResource[];
  readonly crds?: readonly object[];
  readonly digests?: readonly string[];
  readonly configDigest?: string;
  /** What a selection beside the label finds. */
  readonly selected?: readonly string[];
}

async function find({
  objects = [],
  served = [things],
  crds = [],
  digests = [],
  configDigest = "sha256:new",
  selected = [],
}: World) {
  const asked: ListOptions[] = [];
  const stranded = await findStranded({
    katalogNames: ["k"],
    configDigest,
    digests: new Set(digests),
    programs: crds.map((crd) => ({ crd }) as Program),
    discovery: { list: async () => served },
    client: {
      async list(type, options = {}) {
        asked.push(options);
        if (type.plural === "forbidden") throw new KubeError("no", { status: 403 });
        const isAll =
          options.labelSelector === "orkestra.orkspace.io/managed=true" && !options.namespace;
        const items = isAll
          ? objects
          : objects.filter((one) => selected.includes(one.metadata.name));
        return { items, resourceVersion: "1" };
      },
    },
    signal: new AbortController().signal,
  });
  const [keys, left] = [stranded.kinds, stranded.left].map((kinds) =>
    kinds.flatMap((kind) => kind.keys),
  );
  return { asked, unseen: stranded.unseen, keys, left };
}

const type = { group: "x.test", version: "v1", kind: "Thing", plural: "things" };

describe("findStranded()", () => {
  test("finds what carries our finalizer and no entry covers", async () => {
    expect((await find({ objects: [marked("b"), marked("a")] })).keys).toEqual(["a/a", "a/b"]);
  });

  test("leaves to others what is theirs, and what waits for nobody", async () => {
    const objects = [marked("theirs", "other"), marked("free", "k", { finalizers: [] })];
    expect((await find({ objects })).keys).toEqual([]);
  });

  test("knows what came with an import that left by the digest that it shares", async () => {
    const objects = [marked("imported", "gone")];
    expect((await find({ objects, digests: ["sha256:old"] })).keys).toEqual(["a/imported"]);
    expect((await find({ objects, digests: ["sha256:other"] })).keys).toEqual([]);
  });

  test("an entry that serves the whole kind covers all of it, at no request", async () => {
    const { keys, asked } = await find({ objects: [marked("a")], crds: [{ type }] });
    expect([keys, asked]).toEqual([[], []]);
  });

  test.each([
    { namespace: "a" },
    { labelSelector: "l=1" },
    { fieldSelector: "f=1", namespace: "a" },
  ])("an entry with %j covers what it selects", async (scope) => {
    const objects = [marked("in"), marked("out")];
    const { keys } = await find({ objects, crds: [{ type, ...scope }], selected: ["in"] });
    expect(keys).toEqual(["a/out"]);
  });

  test("what left the selector under the same document is let go by the start", async () => {
    const objects = [marked("in"), marked("out"), marked("far", "k", { namespace: "b" })];
    const entry = { type, namespace: "a", labelSelector: "l=1", katalog: "k" };
    const world = { objects, selected: ["in"], configDigest: "sha256:old" };
    const found = await find({ ...world, crds: [entry] });
    expect([found.keys, found.left]).toEqual([["b/far"], ["a/out"]]);
    // Of another entry's Katalog, or by a namespace that the entry never left.
    for (const other of [{ katalog: "x" }, { labelSelector: undefined }]) {
      expect((await find({ ...world, crds: [{ ...entry, ...other }] })).left).toEqual([]);
    }
  });

  test("each kind is asked for once, in one version, for metadata only", async () => {
    const served = [
      things,
      { ...things, version: "v2" },
      resource("watchers", "x.test", { verbs: ["watch"] }),
    ];
    const { asked } = await find({ served });
    expect(asked).toMatchObject([
      { metadataOnly: true, labelSelector: "orkestra.orkspace.io/managed=true" },
    ]);
  });

  test("names kinds that may not be listed", async () => {
    const served = [resource("forbidden", "x.test"), things];
    const { keys, unseen } = await find({ objects: [marked("a")], served });
    expect([keys, unseen]).toEqual([["a/a"], ["forbidden.x.test"]]);
  });
});
