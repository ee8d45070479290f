import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import type { Selection, StoreEvent } from "../../../src/kube/informer.ts";
import { Mirror, matchesLabels } from "../../../src/kube/mirror.ts";
import type { KubeObject } from "../../../src/schema/object.ts";
import { times } from "../../support/effort.ts";
import { CONFIG_MAP, configMap } from "./harness.ts";

function open(selection: Partial<Selection> = {}) {
  const events: StoreEvent[] = [];
  const mirror = new Mirror({ type: CONFIG_MAP, ...selection }, (event) => events.push(event));
  return {
    mirror,
    events,
    /** A list of these objects at this version. */
    list(version: number, ...objects: readonly KubeObject[]) {
      mirror.startReset();
      for (const object of objects) mirror.change({ kind: "applied", object });
      mirror.finishReset(`${version}`);
    },
    /** One event of a watch and the progress that follows it. */
    watch(kind: "applied" | "deleted", object: KubeObject) {
      mirror.change({ kind, object });
      mirror.progress(object.metadata.resourceVersion ?? "");
    },
    /** What was told since the last look. */
    told(): string[] {
      return events.splice(0).map((event) => {
        const { name, resourceVersion } = event.object.metadata;
        const echo = event.kind !== "deleted" && event.isEcho ? " echo" : "";
        const initial = event.kind === "added" && event.isInitial ? " initial" : "";
        const before =
          event.kind === "updated" ? ` from ${event.previous.metadata.resourceVersion}` : "";
        return `${event.kind} ${name}@${resourceVersion}${before}${echo}${initial}`;
      });
    },
    held(): string[] {
      return [...mirror.store.values()]
        .map(({ metadata }) => `${metadata.name}@${metadata.resourceVersion}`)
        .sort();
    },
  };
}

describe("Mirror", () => {
  test("keeps nothing of our writes when the server comes back with a new history", () => {
    const { mirror, held, list, told } = open();
    list(50_000, configMap("a", 10));
    mirror.remember(configMap("b", 50_001));
    told();
    mirror.startReset({ isNewHistory: true });
    mirror.change({ kind: "applied", object: configMap("a", 3) });
    mirror.finishReset("7");
    expect(held()).toEqual(["a@3"]);
  });

  test("tells what the first list brings as initial, later objects not", () => {
    const { list, watch, told } = open();
    list(5, configMap("a", 1), configMap("b", 2));
    watch("applied", configMap("c", 6));
    expect(told()).toEqual(["added a@1 initial", "added b@2 initial", "added c@6"]);
  });

  test("keeps an object of which the echo of our write was lost, and tells of its end", () => {
    const { mirror, list, watch, told, held } = open();
    list(5, configMap("a", 1));
    told();
    mirror.remember(configMap("a", 6));
    watch("applied", configMap("b", 7));
    expect(held()).toEqual(["a@6", "b@7"]);
    watch("deleted", configMap("a", 8));
    expect(told()).toEqual(["added b@7", "deleted a@8"]);
  });

  test("tells only what a second list changed, and what it no longer has", () => {
    const { list, told, held } = open();
    list(5, configMap("a", 1), configMap("b", 2), configMap("c", 3));
    told();
    list(9, configMap("a", 1), configMap("b", 7), configMap("d", 8));
    expect(told()).toEqual(["updated b@7 from 2", "added d@8", "deleted c@3"]);
    expect(held()).toEqual(["a@1", "b@7", "d@8"]);
  });

  test("tells a new object of an old name as deletion and addition", () => {
    const { list, watch, told } = open();
    list(5, configMap("a", 1));
    told();
    watch("applied", configMap("a", 6, { uid: "another" }));
    expect(told()).toEqual(["deleted a@1", "added a@6"]);
  });

  test("hands over who set which field, and does not keep it", () => {
    const { mirror, list, events, watch } = open();
    list(5, configMap("a", 1));
    watch("applied", configMap("a", 6, { managedFields: [{ manager: "kubectl" }] }));
    expect(events.at(-1)).toMatchObject({ managedFields: [{ manager: "kubectl" }] });
    expect(mirror.store.get("ns/a")?.metadata).not.toHaveProperty("managedFields");
  });

  test("forgets what a deletion names, and nothing of what it never knew", () => {
    const { list, watch, told, held } = open();
    list(5, configMap("a", 1));
    told();
    watch("deleted", configMap("a", 6));
    watch("deleted", configMap("b", 7));
    expect(told()).toEqual(["deleted a@6"]);
    expect(held()).toEqual([]);
  });
});

describe("Mirror remember()", () => {
  test("is seen at once, told of by nobody, and marked as an echo when the watch tells it", () => {
    const { mirror, list, watch, told, held } = open();
    list(5, configMap("a", 1));
    told();
    mirror.remember(configMap("a", 6));
    mirror.remember(configMap("b", 7));
    expect(held()).toEqual(["a@6", "b@7"]);
    expect(told()).toEqual([]);
    watch("applied", configMap("a", 6));
    watch("applied", configMap("b", 7));
    expect(told()).toEqual(["updated a@6 from 1 echo", "added b@7 echo"]);
  });

  test("never goes back to an older version, from an answer or from the watch", () => {
    const { mirror, list, watch, held } = open();
    list(9, configMap("a", 9));
    mirror.remember(configMap("a", 8));
    expect(held()).toEqual(["a@9"]);
    mirror.remember(configMap("a", 100));
    watch("applied", configMap("a", 10));
    expect(held()).toEqual(["a@100"]);
  });

  test("tells of a change that somebody else made just before our write", () => {
    const { mirror, list, watch, told, events } = open();
    list(5, configMap("a", 1, { generation: 1 }));
    told();
    mirror.remember(configMap("a", 7, { generation: 2 }));
    watch("applied", configMap("a", 6, { generation: 2 }));
    expect(events[0]).toMatchObject({
      kind: "updated",
      object: { metadata: { resourceVersion: "7" } },
      previous: { metadata: { generation: 1 } },
    });
    told();
    watch("applied", configMap("a", 7, { generation: 2 }));
    expect(told()).toEqual(["updated a@7 from 6 echo"]);
  });

  test("does not bring back what the watch has told to be gone", () => {
    const { mirror, list, watch, told, held } = open();
    list(5);
    watch("applied", configMap("a", 6));
    watch("deleted", configMap("a", 7));
    told();
    mirror.remember(configMap("a", 6));
    expect(held()).toEqual([]);
    expect(told()).toEqual([]);
  });

  test("survives the late news that an earlier object of the name is gone", () => {
    const { mirror, list, watch, told, held } = open();
    list(5, configMap("a", 1));
    told();
    mirror.remember(configMap("a", 8, { uid: "new" }));
    watch("deleted", configMap("a", 7));
    expect(held()).toEqual(["a@8"]);
    expect(told()).toEqual(["deleted a@1"]);
    watch("applied", configMap("a", 8, { uid: "new" }));
    expect(told()).toEqual(["added a@8 echo"]);
  });

  test("survives a list that was taken before the write", () => {
    const { mirror, list, watch, told, held } = open();
    list(5, configMap("a", 1));
    mirror.startReset();
    mirror.remember(configMap("a", 9));
    mirror.remember(configMap("b", 8));
    told();
    mirror.change({ kind: "applied", object: configMap("a", 1) });
    mirror.finishReset("7");
    expect(held()).toEqual(["a@9", "b@8"]);
    expect(told()).toEqual([]);
    watch("applied", configMap("b", 8));
    expect(told()).toEqual(["added b@8 echo"]);
  });

  test("is told as a change when a list shows it, for a list hides what came between", () => {
    const { mirror, list, told } = open();
    list(5, configMap("a", 1));
    told();
    mirror.remember(configMap("a", 7));
    list(9, configMap("a", 7));
    expect(told()).toEqual(["updated a@7 from 1"]);
  });

  test("takes back what the watch would have told by now, and did not", () => {
    const { mirror, list, told, held } = open();
    list(5);
    mirror.remember(configMap("a", 6));
    mirror.progress("6");
    expect(held()).toEqual([]);
    expect(told()).toEqual([]);
  });

  test.each<[string, Partial<Selection>, KubeObject]>([
    ["namespace", { namespace: "other" }, configMap("a", 6)],
    ["labels", { labelSelector: "app=web" }, configMap("a", 6, { labels: { app: "db" } })],
    ["fields, which it cannot decide", { fieldSelector: "x=y" }, configMap("a", 6)],
  ])("leaves out what the selection does not cover by its %s", (_, selection, object) => {
    const { mirror, list, held } = open(selection);
    list(5);
    mirror.remember(object);
    expect(held()).toEqual([]);
  });
});

describe("Mirror expectWrite()", () => {
  test("knows the echo of a write although the watch was faster than the answer", () => {
    const { mirror, list, watch, told } = open();
    list(5, configMap("a", 1));
    told();
    const written = mirror.expectWrite("ns/a");
    const created = mirror.expectWrite("ns/b");
    watch("applied", configMap("a", 6));
    watch("applied", configMap("b", 7));
    watch("applied", configMap("other", 8));
    expect(told()).toEqual(["added other@8"]);
    mirror.remember(configMap("a", 6));
    mirror.remember(configMap("b", 7));
    written();
    created();
    expect(told()).toEqual(["updated a@6 from 1 echo", "added b@7 echo"]);
  });

  test("tells what others did before and after the write, in order", () => {
    const { mirror, list, watch, told, held } = open();
    list(5, configMap("a", 1));
    told();
    const written = mirror.expectWrite("ns/a");
    for (const version of [6, 7, 8]) watch("applied", configMap("a", version));
    mirror.remember(configMap("a", 7));
    written();
    expect(told()).toEqual(["updated a@7 from 1", "updated a@7 from 6 echo", "updated a@8 from 7"]);
    expect(held()).toEqual(["a@8"]);
  });

  test("tells everything when the write failed, and waits for the last of several writers", () => {
    const { mirror, list, watch, told } = open();
    list(5, configMap("a", 1));
    told();
    const writers = [mirror.expectWrite("ns/a"), mirror.expectWrite("ns/a")];
    watch("deleted", configMap("a", 6));
    writers[0]?.();
    writers[0]?.();
    expect(told()).toEqual([]);
    writers[1]?.();
    expect(told()).toEqual(["deleted a@6"]);
  });

  test("lets go of what was created and deleted meanwhile, and of what is not selected", () => {
    const { mirror, list, watch, told, held } = open();
    list(5);
    const created = mirror.expectWrite("ns/a");
    watch("applied", configMap("a", 6));
    watch("deleted", configMap("a", 7));
    mirror.remember(configMap("a", 6));
    created();
    expect(told()).toEqual(["added a@6 echo", "deleted a@7"]);
    const foreign = mirror.expectWrite("ns/b");
    mirror.remember(configMap("b", 8));
    mirror.progress("9");
    expect(held()).toEqual(["b@8"]);
    foreign();
    expect(held()).toEqual([]);
  });

  test("keeps its objects through a reset that mentions them", () => {
    const { mirror, list, told, held } = open();
    list(5, configMap("a", 1));
    told();
    const written = mirror.expectWrite("ns/a");
    list(9, configMap("a", 6));
    expect(held()).toEqual(["a@1"]);
    written();
    expect(told()).toEqual(["updated a@6 from 1"]);
  });

  test("agrees with the server in the end, whatever comes in which order", () => {
    // Each step is one thing that happens; the server's log decides what is true.
    const step = fc.oneof(
      fc.record({ kind: fc.constant("put"), name: fc.constantFrom("a", "b") }),
      fc.record({ kind: fc.constant("remove"), name: fc.constantFrom("a", "b") }),
      fc.record({ kind: fc.constant("write"), name: fc.constantFrom("a", "b") }),
      fc.record({ kind: fc.constant("answer") }),
      fc.record({ kind: fc.constant("tell") }),
      fc.record({ kind: fc.constant("relist") }),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), (steps) => runAgainstModel(steps)),
      { numRuns: times(500) },
    );
  });
});

interface Step {
  readonly kind: string;
  readonly name?: string;
}

/** A server with a log, a watch that lags behind it, and writers whose answers come late. */
function runAgainstModel(steps: readonly Step[]): void {
  const { mirror, list, watch, events } = open();
  const server = new Map<string, KubeObject>();
  let log: { kind: "applied" | "deleted"; object: KubeObject }[] = [];
  const answers: (() => void)[] = [];
  let version = 10;
  const put = (name: string) => {
    const object = configMap(name, ++version, {
      uid: server.get(name)?.metadata.uid ?? `${version}`,
    });
    server.set(name, object);
    log.push({ kind: "applied", object });
    return structuredClone(object);
  };
  const tell = () => {
    const next = log.shift();
    if (next) watch(next.kind, structuredClone(next.object));
  };
  list(version);
  for (const { kind, name = "" } of steps) {
    if (kind === "put") put(name);
    if (kind === "remove" && server.delete(name)) {
      log.push({ kind: "deleted", object: configMap(name, ++version) });
    }
    if (kind === "write") {
      const done = version % 2 === 0 ? mirror.expectWrite(`ns/${name}`) : () => undefined;
      const object = put(name);
      answers.push(() => {
        mirror.remember(object);
        done();
      });
    }
    if (kind === "answer") answers.shift()?.();
    if (kind === "tell") tell();
    if (kind === "relist") {
      log = [];
      list(version, ...[...server.values()].map((object) => structuredClone(object)));
    }
  }
  for (const answer of answers) answer();
  while (log.length > 0) tell();
  mirror.progress(`${version}`);
  const print = (objects: Iterable<KubeObject>) =>
    [...objects].map(({ metadata }) => `${metadata.name}@${metadata.resourceVersion}`).sort();
  expect(print(mirror.store.values())).toEqual(print(server.values()));
  // Whoever follows the events alone ends where the store does.
  const followed = new Map<string, KubeObject>();
  for (const { kind, object } of events) {
    if (kind === "deleted") followed.delete(object.metadata.name);
    else followed.set(object.metadata.name, object);
  }
  expect(print(followed.values())).toEqual(print(server.values()));
}

test.each([
  ["a=b", { a: "b" }, true],
  ["a==b", { a: "b" }, true],
  ["a=b,c=d", { a: "b", c: "d" }, true],
  ["a=b,c=d", { a: "b" }, false],
  ["a", { a: "" }, true],
  ["a=", { a: "" }, true],
  ["a=b", { a: "c" }, false],
  ["a", {}, false],
  ["a!=b", { a: "c" }, false],
  ["a in (b,c)", { a: "b" }, false],
  ["toString", {}, false],
])("matchesLabels(%j) against %j is %j", (selector, labels, expected) => {
  expect(matchesLabels(selector, labels)).toBe(expected);
});
