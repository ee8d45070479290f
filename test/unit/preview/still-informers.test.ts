import { describe, expect, test } from "bun:test";
import { PlannedWorld } from "../../../src/preview/planned-world.ts";
import { createStillInformers } from "../../../src/preview/still-informers.ts";
import type { KubeObject } from "../../../src/schema/object.ts";
import { MAPS, map } from "./recording-client.ts";

const { signal } = new AbortController();

function open(pages: readonly (readonly KubeObject[])[], world = new PlannedWorld()) {
  const tokens: (string | undefined)[] = [];
  const informers = createStillInformers({
    client: {
      async list(_, { continueToken } = {}) {
        tokens.push(continueToken);
        const index = Number(continueToken ?? 0);
        const next = index + 1 < pages.length ? { continueToken: String(index + 1) } : {};
        return { items: pages[index] ?? [], resourceVersion: "1", ...next };
      },
    },
    world,
    signal,
  });
  return { informers, tokens, world };
}

describe("createStillInformers()", () => {
  test("lists once, page by page, for all who ask for the same", async () => {
    const { informers, tokens } = open([[map("a")], [map("b")]]);
    const [one, two] = [informers.open({ type: MAPS }), informers.open({ type: MAPS })];
    await Promise.all([one.synced(signal), two.synced(signal)]);
    expect(tokens).toEqual([undefined, "1"]);
    expect([...one.store.values()].map(({ metadata }) => metadata.name)).toEqual(["a", "b"]);
    expect(one.state.kind).toBe("watching");
  });

  test("says why it cannot list", async () => {
    const informers = createStillInformers({
      client: { list: () => Promise.reject(new Error("no")) },
      world: new PlannedWorld(),
      signal,
    });
    const informer = informers.open({ type: MAPS });
    await expect(informer.synced(signal)).rejects.toThrow("no");
    expect(informer.state).toMatchObject({ kind: "retrying" });
  });

  test("shows what is planned to be there, to be gone, and to go", async () => {
    const world = new PlannedWorld();
    const place = (name: string) => ({ type: MAPS, namespace: "a", name });
    world.create(place("new"), map("new"));
    world.create(place("other"), map("other", {}, { namespace: "b" }));
    const { informers } = open([[map("a"), map("b")]], world);
    const informer = informers.open({ type: MAPS, namespace: "a" });
    await informer.synced(signal);
    expect(informer.store.get("a/new")).toBeDefined();
    expect(informer.store.get("b/other")).toBeUndefined();
    world.remove(place("a"));
    expect(informer.store.get("a/a")).toBeUndefined();
    world.hold(place("b"), map("b", {}, { deletionTimestamp: "2026-01-01T00:00:00Z" }));
    expect(informer.store.get("a/b")?.metadata.deletionTimestamp).toBeDefined();
  });

  test("of what is planned a label selector takes what fits", async () => {
    const world = new PlannedWorld();
    const labels = { a: "1" };
    world.create({ type: MAPS, namespace: "a", name: "in" }, map("in", {}, { labels }));
    world.create({ type: MAPS, namespace: "a", name: "out" }, map("out"));
    const { informers } = open([[]], world);
    const informer = informers.open({ type: MAPS, labelSelector: "a=1" });
    await informer.synced(signal);
    expect([...informer.store.values()].map(({ metadata }) => metadata.name)).toEqual(["in"]);
  });

  test("what is remembered may be part of other things: it is not taken apart", async () => {
    const { informers } = open([[map("a", { data: { x: "1" } })]]);
    const informer = informers.open({ type: MAPS });
    await informer.synced(signal);
    const planned = map("b", { data: Object.freeze({ x: "1" }) });
    informer.remember(Object.freeze(planned));
    expect(informer.store.get("a/b")).toMatchObject({ data: { x: "1" } });
  });
});
