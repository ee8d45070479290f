import { describe, expect, test } from "bun:test";
import type { ResolvedCrd } from "../../../src/katalog/resolved.ts";
import type { ListOptions } from "../../../src/kube/client.ts";
import { KubeError } from "../../../src/kube/error.ts";
import { CONFIG_DIGEST_ANNOTATION, MANAGED_BY_ANNOTATION } from "../../../src/kube/marks.ts";
import { FINALIZER } from "../../../src/reconcile/marks.ts";
import { findLeavers } from "../../../src/runtime/leavers.ts";
import type { KubeObject } from "../../../src/schema/object.ts";
import { manualClock } from "../../support/manual-clock.ts";
import { memoryLog } from "../kube/harness.ts";
import { LAMP, lamp } from "./box-harness.ts";

const DIGEST = "sha256:now";
const BRIGHT = { name: "bright", katalog: "home", type: LAMP, labelSelector: "l=bright" };

function held(name: string, { digest = DIGEST, manager = "home", ...more } = {}): KubeObject {
  const annotations = {
    [MANAGED_BY_ANNOTATION]: manager,
    [CONFIG_DIGEST_ANNOTATION]: digest,
  };
  return lamp(name, { annotations, finalizers: [FINALIZER], ...more });
}

interface World {
  readonly objects: readonly KubeObject[];
  /** Selector → names. */
  readonly selected?: Readonly<Record<string, readonly string[]>>;
  readonly crd?: object;
  readonly others?: readonly object[];
  readonly failures?: KubeError[];
}

async function look({ objects, selected = {}, crd = BRIGHT, others = [], failures = [] }: World) {
  const asked: ListOptions[] = [];
  const left: string[] = [];
  const log = memoryLog();
  const clock = manualClock();
  const looking = findLeavers({
    crd: crd as ResolvedCrd,
    crds: [crd, ...others] as ResolvedCrd[],
    configDigest: DIGEST,
    type: LAMP,
    client: {
      async list(_, options = {}) {
        asked.push(options);
        const failure = failures.shift();
        if (failure) throw failure;
        const [, own] = (options.labelSelector ?? "").split(",");
        const items = own
          ? objects.filter(({ metadata }) => selected[own]?.includes(metadata.name))
          : objects;
        return { items, resourceVersion: "1" };
      },
    },
    clock,
    random: () => 0,
    log,
    signal: new AbortController().signal,
    onLeft: ({ metadata }) => void left.push(metadata.name),
  });
  for (let turn = 0; turn < 5; turn++) {
    await Bun.sleep(0);
    clock.advance(60_000);
  }
  await looking;
  return { asked, left, lines: log.lines };
}

describe("findLeavers()", () => {
  test("finds what this document managed and the selector matches no more", async () => {
    const objects = [held("stays"), held("left"), held("theirs", { manager: "garden" })];
    const { left, asked, lines } = await look({ objects, selected: { "l=bright": ["stays"] } });
    expect(left).toEqual(["left"]);
    expect(asked.every(({ metadataOnly }) => metadataOnly)).toBe(true);
    expect(lines).toEqual([]);
  });

  test("asks once where nobody is a candidate, and never without a selector", async () => {
    const free = lamp("free");
    expect((await look({ objects: [free] })).asked).toHaveLength(1);
    const { labelSelector: _, ...all } = BRIGHT;
    expect((await look({ objects: [held("a")], crd: all })).asked).toEqual([]);
  });

  test("leaves alone what another entry of the kind covers", async () => {
    const others = [{ ...BRIGHT, name: "dim", labelSelector: "l=dim" }];
    const objects = [held("moved"), held("left")];
    const selected = { "l=dim": ["moved"] };
    expect((await look({ objects, selected, others })).left).toEqual(["left"]);
    const whole = [{ ...BRIGHT, name: "all", labelSelector: undefined }];
    expect((await look({ objects, others: whole })).left).toEqual([]);
  });

  test("warns of what an earlier document managed, and lets it be", async () => {
    const { left, lines } = await look({ objects: [held("old", { digest: "sha256:before" })] });
    expect(left).toEqual([]);
    expect(lines).toEqual([expect.stringContaining("match no entry any more")]);
    expect(lines[0]).toStartWith("warn");
  });

  test("looks in the namespace of the entry alone", async () => {
    const crd = { ...BRIGHT, namespace: "ns" };
    const { asked, left } = await look({ objects: [held("left")], crd });
    expect(asked[0]).toMatchObject({ namespace: "ns" });
    expect(left).toEqual(["left"]);
  });

  test("tries again while the server is in trouble, and says when it may not look", async () => {
    const objects = [held("left")];
    const failures = [new KubeError("busy", { status: 503 }), new KubeError("away", { status: 0 })];
    expect((await look({ objects, failures })).left).toEqual(["left"]);
    const refused = await look({ objects, failures: [new KubeError("no", { status: 403 })] });
    expect(refused.left).toEqual([]);
    expect(refused.lines).toEqual([expect.stringContaining("No right to look")]);
  });
});
