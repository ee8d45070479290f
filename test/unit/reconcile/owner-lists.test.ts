import { expect, test } from "bun:test";
import type { ListOptions, ObjectList } from "../../../src/kube/client.ts";
import { OwnerLists } from "../../../src/reconcile/owner-lists.ts";
import type { ResourceType } from "../../../src/schema/object.ts";
import { CONFIG_MAP, JOB } from "./harness.ts";

const EMPTY: ObjectList = { items: [], resourceVersion: "1" };
const { signal } = new AbortController();

/** A server whose every list waits until the test answers it. */
function openLists() {
  const asked: {
    readonly kind: string;
    readonly selector: string | undefined;
    readonly answer: PromiseWithResolvers<ObjectList>;
  }[] = [];
  const lists = new OwnerLists({
    list({ kind }: ResourceType, { labelSelector }: ListOptions = {}) {
      const answer = Promise.withResolvers<ObjectList>();
      asked.push({ kind, selector: labelSelector, answer });
      return answer.promise;
    },
  });
  const find = (owner: string, type = CONFIG_MAP) => lists.find(type, owner, signal);
  return { asked, find };
}

const turn = () => new Promise((resolve) => setImmediate(resolve));

test("find() answers nobody by a list that began before the question", async () => {
  const { asked, find } = openLists();
  const first = find("a");
  let isAnswered = false;
  const second = find("b").then((items) => {
    isAnswered = true;
    return items;
  });
  const third = find("c");
  expect(asked.map(({ selector }) => selector)).toEqual(["orkestra-owner=a"]);
  asked[0]?.answer.resolve(EMPTY);
  await first;
  await turn();
  expect(isAnswered).toBe(false);
  expect(asked.map(({ selector }) => selector)).toEqual([
    "orkestra-owner=a",
    "orkestra-owner in (b,c)",
  ]);
  const left = { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "left" } };
  asked[1]?.answer.resolve({ ...EMPTY, items: [left] });
  expect(await second).toEqual([left]);
  expect(await third).toEqual([left]);
});

test("find() asks anew once nobody waits, and for each kind by itself", async () => {
  const { asked, find } = openLists();
  const first = find("a");
  asked[0]?.answer.resolve(EMPTY);
  await first;
  await turn();
  void find("a");
  void find("a", JOB);
  expect(asked.map(({ kind }) => kind)).toEqual(["ConfigMap", "ConfigMap", "Job"]);
});

test("find() tells a failure to those that waited for it, and goes on for the others", async () => {
  const { asked, find } = openLists();
  const first = find("a");
  const second = find("b");
  asked[0]?.answer.reject(new Error("no"));
  expect(await first.catch((error: Error) => error.message)).toBe("no");
  await turn();
  asked[1]?.answer.resolve(EMPTY);
  expect(await second).toEqual([]);
});

test("find() asks for no more than 64 owners at once, and for the same one once", async () => {
  const { asked, find } = openLists();
  void find("first");
  for (let index = 0; index < 70; index++) void find(`owner-${index}`);
  void find("owner-69");
  for (const nth of [0, 1]) {
    asked[nth]?.answer.resolve(EMPTY);
    await turn();
  }
  const [, many, rest] = asked.map(({ selector }) => selector?.split(","));
  expect(many).toHaveLength(64);
  expect(rest?.join()).toBe(
    "orkestra-owner in (owner-64,owner-65,owner-66,owner-67,owner-68,owner-69)",
  );
});
