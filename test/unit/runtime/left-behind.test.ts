import { expect, test } from "bun:test";
import type { ResolvedCrd } from "../../../src/katalog/resolved.ts";
import type { InformerState } from "../../../src/kube/informer.ts";
import { warnOfLeftBehind } from "../../../src/runtime/left-behind.ts";
import { type KubeObject, objectKey, type ResourceType } from "../../../src/schema/object.ts";
import { manualClock } from "../../support/manual-clock.ts";
import { memoryLog } from "../kube/harness.ts";
import { LAMP, lamp } from "./box-harness.ts";

const OWNER = "orkestra.orkspace.io/owner";
const MAP: ResourceType = { ...LAMP, group: "", kind: "ConfigMap", plural: "configmaps" };
const WATCHING: InformerState = { kind: "watching" };

function child(owner: string, metadata: object = {}): KubeObject {
  const name = `of-${owner.split("/").at(-1)}`;
  return {
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: { name, namespace: "far", annotations: { [OWNER]: owner }, ...metadata },
  };
}

function informerOf(objects: readonly KubeObject[], state: InformerState) {
  const known = new Map(objects.map((object) => [objectKey(object.metadata), object]));
  const store = {
    size: known.size,
    get: (key: string) => known.get(key),
    values: () => known.values(),
    byOwner: () => [],
  };
  return { selection: { type: MAP }, store, state };
}

async function look(children: readonly KubeObject[], { crd = {}, state = WATCHING } = {}) {
  const told: unknown[] = [];
  const log = { ...memoryLog(), warn: (...line: unknown[]) => void told.push(line) };
  const clock = manualClock();
  const looking = warnOfLeftBehind({
    crd: { name: "lamp", ...crd } as ResolvedCrd,
    type: LAMP,
    primary: informerOf([lamp("here")], WATCHING),
    children: [informerOf(children, state)],
    ...{ clock, log, signal: AbortSignal.timeout(5_000) },
  });
  clock.advance(5_000);
  await looking;
  return told;
}

const GONE = `${LAMP.kind}.${LAMP.group}/${lamp("x").metadata.namespace}/gone`;
const HERE = GONE.replace("gone", "here");

test("warnOfLeftBehind() names what no owner is left of", async () => {
  const lines = await look([child(GONE), child(HERE)]);
  const message =
    "Objects were left behind by custom resources that are gone: delete them where nobody needs them";
  const owners = [GONE.slice(GONE.indexOf("/") + 1)];
  expect(lines).toEqual([
    [message, { kind: "ConfigMap", count: 1, keys: ["far/of-gone"], owners }],
  ]);
});

test.each<[string, readonly KubeObject[], object]>([
  ["what has its owner", [child(HERE)], {}],
  ["children of other kinds", [child(GONE.replace(LAMP.kind, "Desk"))], {}],
  ["what is being deleted", [child(GONE, { deletionTimestamp: "2026-11-22T11:00:00Z" })], {}],
  [
    "what the garbage collector takes",
    [
      child(GONE, {
        ownerReferences: [{ apiVersion: "v1", kind: LAMP.kind, name: "gone", uid: "u" }],
      }),
    ],
    {},
  ],
  ["owners that a selector may hide", [child(GONE)], { crd: { labelSelector: "a=b" } }],
  ["owners in other namespaces than its own", [child(GONE)], { crd: { namespace: "elsewhere" } }],
  ["a cache that is being filled", [child(GONE)], { state: { kind: "listing" } }],
])("warnOfLeftBehind() says nothing of %s", async (_, children, options) => {
  expect(await look(children, options)).toEqual([]);
});
