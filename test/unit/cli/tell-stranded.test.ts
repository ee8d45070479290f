import { describe, expect, test } from "bun:test";
import { type StrandedLook, warnOfStranded } from "../../../src/cli/tell-stranded.ts";
import type { ApiResource } from "../../../src/kube/api-resource.ts";
import { KubeError } from "../../../src/kube/error.ts";
import { Bell } from "../../../src/std/bell.ts";
import { createLogger } from "../../../src/telemetry/log.ts";
import { manualClock } from "../../support/manual-clock.ts";

const things = { group: "x.test", version: "v1", kind: "Thing", plural: "things", verbs: ["list"] };
const secrets = { group: "", version: "v1", kind: "Secret", plural: "secrets", verbs: ["list"] };

function held(name: string, namespace = "a") {
  const annotations = { "orkestra.orkspace.io/managed-by": "k" };
  const finalizers = ["orkestra.orkspace.io/cleanup"];
  const metadata = { name, namespace, uid: name, annotations, finalizers };
  return { apiVersion: "x.test/v1", kind: "Thing", metadata };
}

interface World extends Partial<Omit<StrandedLook, "katalog" | "programs">> {
  readonly objects?: readonly object[];
  readonly served?: readonly object[];
  readonly crds?: readonly object[];
  readonly status?: number;
}

function lookAt({ objects = [], served = [things], crds = [], status, ...more }: World) {
  const lines: { level: string; message: string; count?: number; keys?: string[] }[] = [];
  const asked: string[] = [];
  const enabled = crds.filter((crd) => !("isEnabled" in crd));
  const done = warnOfStranded({
    katalog: { metadata: { name: "k" }, crds: [...crds] } as never,
    katalogNames: ["k"],
    configDigest: "sha256:new",
    programs: enabled.map((crd) => ({ crd })) as never,
    discovery: { list: async () => served as readonly ApiResource[] },
    client: {
      async list(type) {
        asked.push(type.plural);
        if (status !== undefined) throw new KubeError("no", { status });
        return { items: objects as never, resourceVersion: "1" };
      },
    },
    clock: manualClock(),
    log: createLogger({
      format: "json",
      level: "debug",
      hasColor: false,
      write: (line) => lines.push(JSON.parse(line)),
      now: () => 0,
    }),
    signal: new AbortController().signal,
    isStarted: () => true,
    ...more,
  });
  return { lines, asked, done };
}

describe("warnOfStranded()", () => {
  test("warns once for a kind whose entry left, with the number, some names and what to do", async () => {
    const objects = ["a", "b", "c", "d", "e", "f"].map((name) => held(name));
    const { lines, done } = lookAt({ objects });
    await done;
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatchObject({ level: "warn", kind: "things.x.test", count: 6 });
    expect(lines[0]?.keys).toEqual(["a/a", "a/b", "a/c", "a/d", "a/e"]);
    expect(lines[0]?.message).toContain("no entry covers them");
    expect(lines[0]?.message).toContain("take the finalizer away");
  });

  test("names the entry that is disabled", async () => {
    const crds = [{ name: "thing", isEnabled: false, type: things }];
    const { lines, done } = lookAt({ objects: [held("a")], crds });
    await done;
    expect(lines[0]?.message).toContain('the entry "thing" is disabled');
    expect(lines[0]?.message).toContain("enable it again");
  });

  test("says nothing where an entry covers them", async () => {
    const { lines, done } = lookAt({ objects: [held("a")], crds: [{ name: "t", type: things }] });
    await done;
    expect(lines).toEqual([]);
  });

  test("leaves to an entry with a selector what that one tells", async () => {
    const crds = [{ name: "t", type: things, labelSelector: "l=1", namespace: "a" }];
    const selected = { ...held("in"), metadata: { ...held("in").metadata, uid: "in" } };
    const client = {
      async list(_: unknown, { labelSelector = "" }: { labelSelector?: string } = {}) {
        const items = labelSelector.includes("l=1") ? [selected] : [held("a"), held("b", "b")];
        return { items: items as never, resourceVersion: "1" };
      },
    };
    const { lines, done } = lookAt({ crds, client });
    await done;
    expect(lines.map(({ keys }) => keys)).toEqual([["b/b"]]);
  });

  test("looks at built-in kinds only where an entry names them", async () => {
    const served = [things, secrets];
    const without = lookAt({ served });
    await without.done;
    expect(without.asked).toEqual(["things"]);
    const crds = [{ name: "s", isEnabled: false, type: secrets }];
    const named = lookAt({ served, crds });
    await named.done;
    expect(named.asked.sort()).toEqual(["secrets", "things"]);
  });

  test.each([403, 0, 500])(
    "says no more than debug of an answer %d, and never fails",
    async (status) => {
      const { lines, done } = lookAt({ status });
      await done;
      expect(lines.map(({ level }) => level)).toEqual(["debug"]);
    },
  );

  test("waits for the start, and asks nothing before", async () => {
    const clock = manualClock();
    let isStarted = false;
    const { asked, done } = lookAt({ clock, isStarted: () => isStarted });
    clock.advance(1_000);
    await Promise.resolve();
    expect(asked).toEqual([]);
    isStarted = true;
    clock.advance(1_000);
    await done;
    expect(asked).toEqual(["things"]);
  });

  test("a standby looks when its term begins", async () => {
    const changed = new Bell();
    const leadership: { term: AbortSignal | undefined; changed: Bell } = {
      term: undefined,
      changed,
    };
    const { asked, done } = lookAt({ leadership });
    await Promise.resolve();
    expect(asked).toEqual([]);
    leadership.term = new AbortController().signal;
    changed.ring();
    await done;
    expect(asked).toEqual(["things"]);
  });

  test("ends in silence when the process is told to stop", async () => {
    const stopping = new AbortController();
    const { lines, done } = lookAt({ isStarted: () => false, signal: stopping.signal });
    stopping.abort(new Error("stop"));
    await done;
    expect(lines).toEqual([]);
  });
});
