/** A draft is the entry that would have been made at once, made later. */
import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import type { Change } from "../../../src/apply/changes.ts";
import type { Cause } from "../../../src/runtime/causes.ts";
import { creationDraft, entryOfDraft } from "../../../src/runtime/creation-draft.ts";
import { History } from "../../../src/runtime/history.ts";
import { historyEntry, type Reconciled } from "../../../src/runtime/history-entry.ts";
import type { KubeObject } from "../../../src/schema/object.ts";
import type { JsonObject } from "../../../src/std/json.ts";

const CONFIG_MAP = {
  group: "",
  version: "v1",
  kind: "ConfigMap",
  plural: "configmaps",
  namespaced: true,
};
const CREATED: Change = { action: "created", type: CONFIG_MAP, namespace: "ns", name: "web" };
const ADDED: Cause = { kind: "custom resource", event: "added" };
const STATUS: JsonObject = {
  title: "Lamp",
  conditions: [{ type: "Ready", status: "False", reason: "Progressing", message: "web: not yet" }],
};

function lamp(resourceVersion: string, over: object = {}, metadata: object = {}): KubeObject {
  return {
    apiVersion: "home.dev/v1",
    kind: "Lamp",
    metadata: { name: "a", namespace: "ns", uid: "u", resourceVersion, ...metadata },
    spec: { color: "red" },
    ...over,
  };
}

function creation(over: Partial<Reconciled> = {}): Reconciled {
  return {
    atMs: Date.UTC(2026, 0, 1),
    tookMs: 12.4,
    causes: [ADDED],
    outcome: { kind: "settled", changes: [CREATED] },
    before: lamp("1"),
    after: lamp("2", { status: STATUS }, { finalizers: ["home.dev/f"] }),
    ...over,
  };
}

function draftOf(reconciled: Reconciled) {
  const draft = creationDraft(reconciled);
  if (draft === undefined) throw new Error("No draft");
  return draft;
}

const texts = fc.constantFrom("", "x", "y".repeat(200), "https://me:secret@host/", "password");
const statuses = fc.dictionary(fc.constantFrom("title", "token", "a.b", "conditions"), texts);
const finalizers = fc.option(fc.array(texts, { maxLength: 2 }), { nil: undefined });

describe("creationDraft()", () => {
  test("becomes the entry that historyEntry() makes", () => {
    const actions = fc.constantFrom("created", "unchanged", "deleted");
    const changes = fc.array(
      fc.record({ action: actions, namespace: fc.constantFrom("ns", "far") }),
    );
    fc.assert(
      fc.property(
        changes,
        statuses,
        fc.tuple(finalizers, finalizers),
        (some, status, [held, holds]) => {
          const reconciled = creation({
            outcome: {
              kind: "settled",
              changes: [CREATED, ...some.map((one): Change => ({ ...CREATED, ...one }))].slice(
                0,
                12,
              ),
            },
            before: lamp("1", {}, held && { finalizers: held }),
            after: lamp("2", { status }, holds && { finalizers: holds }),
          });
          expect(entryOfDraft(draftOf(reconciled))).toEqual(historyEntry(reconciled) as never);
        },
      ),
    );
  });

  test("keeps no spec alive, and nothing else of the object but its finalizers and its status", () => {
    const text = JSON.stringify(draftOf(creation()));
    expect(text).toContain("Progressing");
    expect(text).not.toContain("red");
  });

  const child = { kind: "ConfigMap", name: "web" };
  test.each<[string, Partial<Reconciled>]>([
    ["failed", { outcome: { kind: "retry", error: new Error("no"), changes: [CREATED] } }],
    [
      "created nothing",
      { outcome: { kind: "settled", changes: [{ ...CREATED, action: "deleted" }] } },
    ],
    ["did a lot", { outcome: { kind: "settled", changes: Array(13).fill(CREATED) } }],
    [
      "wrote fields",
      { outcome: { kind: "settled", changes: [CREATED, { ...CREATED, fields: [{ path: "a" }] }] } },
    ],
    ["changed a status", { before: lamp("1", { status: STATUS }) }],
    ["wrote nothing to the custom resource", { after: lamp("1") }],
    ["saw it go", { after: undefined }],
    ["a child caused", { causes: [{ kind: "child", event: "updated", child }] }],
  ])("makes none of a pass that %s", (_, over) => {
    expect(creationDraft(creation(over))).toBeUndefined();
  });
});

describe("History with drafts", () => {
  const expected = historyEntry(creation());

  test("shows the entry, before and after the next pass", () => {
    const history = new History();
    history.recordDraft("a", draftOf(creation()), {});
    expect(history.of("a").entries).toEqual([expected] as never);
    history.record("a", historyEntry(creation({ atMs: 1 })), {});
    expect(history.of("a").entries.slice(1)).toEqual([expected] as never);
  });

  test("holds a draft as long as the cache holds its status, whatever passes change nothing", () => {
    const history = new History();
    history.recordDraft("a", draftOf(creation()), {});
    const { size } = history;
    history.record("a", undefined, { status: STATUS });
    expect(history.size).toBe(size);
    history.record("a", undefined, { status: { ...STATUS } });
    expect(history.size).toBe(JSON.stringify(expected).length);
    expect(history.of("a").entries).toEqual([expected] as never);
  });

  test("lets go of what a draft was made of when the custom resource is gone", () => {
    const history = new History();
    history.recordDraft("a", draftOf(creation()), {});
    history.settle("a");
    expect(history.size).toBe(JSON.stringify(expected).length);
  });

  test("counts drafts, and takes no more room than it may", () => {
    const history = new History({ maxChars: 5_000 });
    for (let index = 0; index < 100; index++) {
      history.recordDraft(`k${index}`, draftOf(creation()), {});
      expect(history.size).toBeLessThanOrEqual(5_000);
    }
    expect(history.of("k0").entries).toEqual([]);
    expect(history.of("k99").entries).toHaveLength(1);
  });
});
