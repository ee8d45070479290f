import { expect, test } from "bun:test";
import { createKinds } from "../../../src/reconcile/kinds.ts";
import type { ObjectCache } from "../../../src/reconcile/surroundings.ts";
import type { ResourceType } from "../../../src/schema/object.ts";
import { CONFIG_MAP, GADGET } from "./harness.ts";

function open() {
  const asked: string[] = [];
  const state = { epoch: undefined as number | undefined, isDown: false };
  const kinds = createKinds({
    lookupKind: async (apiVersion) => ({ ...GADGET, version: apiVersion.split("/")[1] ?? "" }),
    reloadSchema: async (type: ResourceType) => {
      asked.push(type.kind);
      if (state.isDown) throw new Error("no answer");
    },
    children: {
      get: () => (state.epoch === undefined ? undefined : ({ epoch: state.epoch } as ObjectCache)),
      open: () => Promise.reject(new Error("not asked for")),
    },
  });
  const find = (apiVersion: string, kind: string) =>
    kinds.find(apiVersion, kind, new AbortController().signal);
  const look = () => find("gadgets.io/v1", "Gadget");
  return { kinds, asked, state, look, find };
}

test("find() reads the schema of a custom kind anew when its cache was filled anew, once", async () => {
  const { asked, state, look } = open();
  await look();
  await look();
  state.epoch = 1;
  await look();
  // The first list: the schema was read just before.
  expect(asked).toEqual([]);
  state.epoch = 2;
  for (let pass = 0; pass < 3; pass++) expect(await look()).toEqual(GADGET);
  expect(asked).toEqual(["Gadget"]);
});

test("find() goes on with what is known where nobody answers, and asks again", async () => {
  const { asked, state, look } = open();
  state.epoch = 1;
  await look();
  await look();
  Object.assign(state, { epoch: 2, isDown: true });
  expect(await look()).toEqual(GADGET);
  state.isDown = false;
  await look();
  await look();
  expect(asked).toEqual(["Gadget", "Gadget"]);
});

test("find() never asks for the schema of a built-in kind", async () => {
  const { asked, state, find } = open();
  for (state.epoch = 1; state.epoch < 4; state.epoch++) {
    expect(await find("v1", "ConfigMap")).toEqual(CONFIG_MAP);
  }
  expect(asked).toEqual([]);
});

test("find() tells of a kind that is known in two versions, and of each name once", async () => {
  const { kinds, find } = open();
  await find("v1", "ConfigMap");
  await Promise.all([find("gadgets.io/v1", "Gadget"), find("gadgets.io/v1", "Gadget")]);
  expect([...kinds.known]).toEqual([CONFIG_MAP, GADGET]);
  expect(kinds.hasTwins).toBe(false);
  const other = await find("gadgets.io/v2", "Gadget");
  expect([...kinds.known]).toEqual([CONFIG_MAP, GADGET, other]);
  expect(kinds.hasTwins).toBe(true);
});
