import { describe, expect, test } from "bun:test";
import type { KeyHistory } from "../../../src/runtime/history.ts";
import type { BoxView, RuntimeView } from "../../../src/runtime/view.ts";
import { type Why, whyAnswer } from "../../../src/server/why.ts";

const NOW = Date.UTC(2026, 0, 1);

interface Situation {
  readonly known?: KeyHistory;
  readonly obstacle?: BoxView["health"]["obstacle"];
  readonly pause?: string;
  readonly election?: { readonly isLeading: boolean; readonly holder: string };
  readonly isThere?: boolean;
}

function ask({ known = { entries: [] }, obstacle, pause, election, isThere = true }: Situation) {
  const status = {
    conditions: [{ type: "Ready", status: "False", reason: "Progressing", message: "" }],
  };
  const box = {
    crd: { name: "lamp", type: { kind: "Lamp" } },
    health: { ...(obstacle && { obstacle }) },
    object: () => (isThere ? { status, metadata: { name: "a", namespace: "ns" } } : undefined),
    historyOf: () => known,
    pauseOf: () => pause,
    resyncDueMs: () => 5_000,
  } as unknown as BoxView;
  const view = { election } as unknown as RuntimeView;
  const answer = whyAnswer(box, "ns/a", { view, nowMs: NOW });
  return { status: answer.status, body: answer.body as Why };
}

describe("whyAnswer()", () => {
  test("tells readiness, and the next resync", () => {
    expect(ask({})).toEqual({
      status: 200,
      body: {
        crd: "lamp",
        kind: "Lamp",
        name: "a",
        namespace: "ns",
        ready: { status: "False", reason: "Progressing" },
        next: { why: "resync", at: "2026-01-01T00:00:05.000Z" },
        history: [],
      },
    });
  });

  test.each([
    [{ why: "retry", atMs: NOW + 1_000 }, "retry"],
    [{ why: "requeue", atMs: NOW + 60_000 }, "resync"],
    // It is due, and waits for a worker.
    [{ why: "retry", atMs: NOW - 1 }, "resync"],
  ] as const)("what comes first is next: %p", (next, why) => {
    expect(ask({ known: { entries: [], next } }).body.next?.why).toBe(why);
  });

  test.each([
    [
      { result: "retry", message: "no route", failures: 3 },
      { kind: "error", message: "no route", failures: 3 },
    ],
    [
      { result: "stuck", message: "bad", failures: 0 },
      { kind: "stuck", message: "bad" },
    ],
    [
      { result: "waiting", message: "a namespace", failures: 0 },
      { kind: "waiting", message: "a namespace" },
    ],
  ] as const)("what the last pass ran into is in the way: %j", (unsettled, expected) => {
    expect(ask({ known: { entries: [], unsettled } }).body.blockedBy).toEqual(expected);
  });

  test("what stops the whole box, or process, comes before", () => {
    const known: KeyHistory = {
      entries: [],
      unsettled: { result: "retry", message: "x", failures: 1 },
    };
    const obstacle = { kind: "dependency", message: 'waits for "db"' } as const;
    expect(ask({ known, obstacle }).body.blockedBy?.kind).toBe("dependency");
    const missing = { kind: "missing", message: "no CRD" } as const;
    expect(ask({ known, obstacle: missing }).body.blockedBy?.kind).toBe("crd");
    const child = { kind: "missing", message: "no Part", isOfChild: true } as const;
    expect(ask({ known, obstacle: child }).body.blockedBy).toEqual({
      kind: "child",
      message: "no Part",
    });
    const election = { isLeading: false, holder: "pod-1" };
    expect(ask({ known, obstacle, election }).body.blockedBy).toEqual({
      kind: "standby",
      message: 'this process stands by: "pod-1" leads',
    });
    expect(ask({ election: { isLeading: true, holder: "me" } }).body.blockedBy).toBeUndefined();
  });

  test("what its reconcile waits for right now comes before how the last one ended", () => {
    const unsettled = { result: "retry", message: "x", failures: 1 } as const;
    const { body } = ask({ known: { entries: [], unsettled }, pause: "8s for a fresh thread" });
    expect(body.blockedBy).toEqual({ kind: "waiting", message: "8s for a fresh thread" });
  });

  test("a custom resource that is gone keeps its history, and has no next look", () => {
    expect(ask({ isThere: false }).status).toBe(404);
    const entry = { at: "x", tookMs: 1, causes: [], result: "settled", changes: [] } as const;
    const { status, body } = ask({ isThere: false, known: { entries: [entry] } });
    expect([status, body.next, body.history.length]).toEqual([200, undefined, 1]);
  });
});
