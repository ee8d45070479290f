import { expect, test } from "bun:test";
import { KubeError } from "../../../src/kube/error.ts";
import type { Informer, InformerState } from "../../../src/kube/informer.ts";
import { openBoxChildren } from "../../../src/runtime/child-caches.ts";
import type { ResourceType } from "../../../src/schema/object.ts";
import { manualClock } from "../../support/manual-clock.ts";

const WIDGET: ResourceType = {
  group: "demo.dev",
  version: "v1",
  kind: "Widget",
  plural: "widgets",
  namespaced: true,
};

/** An informer whose first list never comes, and whose state the test sets. */
function waiting() {
  const box: { state: InformerState } = { state: { kind: "listing" } };
  const informer = {
    get state() {
      return box.state;
    },
    subscribe: () => () => {},
    synced: (signal: AbortSignal) => {
      return new Promise((_, reject) => {
        signal.addEventListener("abort", () => reject(signal.reason));
      });
    },
  } as unknown as Informer;
  return { box, informer };
}

function open() {
  const clock = manualClock();
  const { box, informer } = waiting();
  const children = openBoxChildren({
    informers: { open: () => informer } as never,
    clock,
    ownerType: WIDGET,
    onChange: () => {},
  });
  return { clock, box, children };
}

test("open() fails with the reason of the informer, so that no worker waits for a permission", async () => {
  const { clock, box, children } = open();
  const opening = children.open(WIDGET, new AbortController().signal);
  const forbidden = new KubeError("widgets is forbidden", { status: 403 });
  box.state = { kind: "retrying", error: forbidden, attempts: 1 };
  clock.advance(50);
  expect(await opening.catch((error: unknown) => error)).toBe(forbidden);
});

test("open() ends with the signal and leaves no timer behind", async () => {
  const { clock, children } = open();
  const stopping = new AbortController();
  const opening = children.open(WIDGET, stopping.signal);
  stopping.abort(new Error("stopping"));
  expect(await opening.catch((error: Error) => error.message)).toBe("stopping");
  expect(clock.pending).toBe(0);
});
