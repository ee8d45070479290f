/** What a pass sees of its children. */
import { expect, test } from "bun:test";
import type { PassContext } from "../../../src/reconcile/context.ts";
import { createKinds } from "../../../src/reconcile/kinds.ts";
import { observe } from "../../../src/reconcile/observe.ts";
import type { Surroundings } from "../../../src/reconcile/surroundings.ts";
import type { KubeObject, ResourceType } from "../../../src/schema/object.ts";
import { GADGET } from "./harness.ts";

const gadget = (namespace: string, version: string): KubeObject => ({
  apiVersion: `gadgets.io/${version}`,
  kind: "Gadget",
  metadata: {
    name: "one",
    namespace,
    annotations: { "orkestra.orkspace.io/owner-uid": "u1" },
  },
});

async function observed(versions: readonly string[], far: PassContext["far"]) {
  const surroundings = {
    lookupKind: async (apiVersion: string) => ({ ...GADGET, version: apiVersion.slice(11) }),
    children: {
      get: ({ version }: ResourceType) => ({
        store: { get: () => undefined, byOwner: () => [gadget("near", version)] },
      }),
    },
  } as unknown as Surroundings;
  const kinds = createKinds(surroundings);
  const { signal } = new AbortController();
  for (const version of versions) await kinds.find(`gadgets.io/${version}`, "Gadget", signal);
  const context = { kinds, needed: new Set(), owner: { uid: "u1" }, surroundings, far, signal };
  const { owned } = await observe(context as unknown as PassContext);
  return owned.map(({ object }) => `${object.apiVersion} ${object.metadata.namespace}`);
}

test("observe() shows a child once that two caches hold, in different versions of its kind", async () => {
  expect(await observed(["v1"], [])).toEqual(["gadgets.io/v1 near"]);
  expect(await observed(["v1", "v2"], [])).toEqual(["gadgets.io/v2 near"]);
});

test("observe() shows a child once that a cache holds and the server told of", async () => {
  const far = ["near", "far"].map((place) => ({ type: GADGET, object: gadget(place, "v0") }));
  expect(await observed(["v1"], far)).toEqual(["gadgets.io/v1 near", "gadgets.io/v0 far"]);
});
