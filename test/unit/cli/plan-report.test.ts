import { describe, expect, test } from "bun:test";
import { planJson } from "../../../src/cli/plan-json.ts";
import { renderPlan } from "../../../src/cli/plan-report.ts";
import type { ResolvedCrd } from "../../../src/katalog/resolved.ts";
import type { ObjectPlan } from "../../../src/preview/object-plan.ts";
import type { Plan } from "../../../src/preview/plan.ts";
import type { EntryPlan } from "../../../src/preview/plan-entry.ts";
import type { ResourcePlan } from "../../../src/preview/plan-resource.ts";
import { hasDifferences, isIncomplete, summarizePlan } from "../../../src/preview/plan-summary.ts";

const DIGEST = "metadata.annotations[orkestra.orkspace.io/config-digest]";
const type = { group: "x.test", version: "v1", kind: "Thing", plural: "things" };

function object(more: Partial<ObjectPlan> = {}): ObjectPlan {
  const place = { apiVersion: "v1", kind: "ConfigMap", namespace: "a", name: "m" };
  return {
    action: "update",
    ...place,
    isChecked: true,
    fields: [],
    released: [],
    requests: ["apply"],
    ...more,
  };
}

const text = object({ fields: [{ path: "data.text", before: "old", after: "new" }] });
const mark = object({ kind: "Thing", fields: [{ path: DIGEST, before: "1", after: "2" }] });

function resource(more: Partial<ResourcePlan> = {}): ResourcePlan {
  const place = { namespace: "a", name: "one", isBeingDeleted: false };
  return { ...place, objects: [], outcome: "settled", reasons: [], warnings: [], ...more };
}

function entry(more: Partial<EntryPlan> = {}): EntryPlan {
  const crd = { name: "thing", type } as ResolvedCrd;
  const lists = { brought: [], notComputed: [], notices: [], resources: [], digests: {} };
  const total = more.resources?.length ?? 0;
  return { crd, ...lists, total, ...more };
}

function plan(...entries: readonly EntryPlan[]): Plan {
  const stranded = { kinds: [], left: [], unseen: [] };
  return { katalog: "k", configDigest: "sha256:1", entries, stranded };
}

const of = (...resources: readonly ResourcePlan[]) => plan(entry({ resources }));
const forbidden = { kind: "forbidden", message: "no" } as const;
const refused = { kind: "refused", message: "no" } as const;
const missing = { kind: "missing", message: "no" } as const;
const stranded = {
  kinds: [{ type: { ...type, namespaced: true }, keys: ["a/x"] }],
  left: [],
  unseen: [],
};
const left = { kinds: [], left: stranded.kinds, unseen: [] };

test("renderPlan() says beside what is deleted what is lost with it", () => {
  const going = object({ action: "delete", kind: "Secret", loses: "its generated value is lost" });
  const lost = of(resource({ objects: [going] }));
  const unknown = { kind: "unknown" } as const;
  expect(renderPlan(lost, unknown, false)).toContain("- Secret a/m: its generated value is lost");
  expect(JSON.stringify(planJson(lost, unknown))).toContain(
    '"loses":"its generated value is lost"',
  );
});

describe("the exit code", () => {
  test.each([
    ["nothing", of(resource()), false, false],
    [
      "a write that changes nothing",
      of(resource({ objects: [object({ action: "keep" })] })),
      false,
      false,
    ],
    ["a changed child", of(resource({ objects: [text] })), true, false],
    ["the new digest alone", of(resource({ objects: [mark] })), true, false],
    [
      "an object that the start brings",
      plan(entry({ brought: [object({ action: "create" })] })),
      true,
      false,
    ],
    ["stuck as before", of(resource({ outcome: "stuck", reasons: ["r"] })), false, false],
    ["something that could not be planned", of(resource({ outcome: "failed" })), false, true],
    ["a kind that is not served", plan(entry({ obstacle: missing })), true, false],
    ["a CRD that the cluster refuses", plan(entry({ obstacle: refused })), true, true],
    ["a kind that may not be listed", plan(entry({ obstacle: forbidden })), true, true],
    ["stranded ones", { ...plan(), stranded }, true, false],
    ["ones that left", { ...plan(), stranded: left }, true, false],
  ] as const)("of %s", (...[, found, differs, fails]) => {
    expect([hasDifferences(found), isIncomplete(found)]).toEqual([differs, fails]);
  });
});

test("renderPlan() shows of new objects the first fields, and of others what is no longer ours", () => {
  const paths = ["a", "b", "c", "d", "e", "f", "g", "h"].map((name) => `data.${name}`);
  const fields = paths.map((path) => ({ path, after: "x" }));
  const born = object({ action: "create", name: "born", fields });
  const secret = object({
    action: "create",
    name: "s",
    kind: "Secret",
    fields: [{ path: "data.k" }],
  });
  const shape = {
    path: "metadata.annotations[orkestra.orkspace.io/fields]",
    before: "1",
    after: "2",
  };
  const freed = object({ name: "freed", fields: [shape], released: ["spec.replicas"] });
  const text = renderPlan(of(resource({ objects: [born, secret, freed] })), UNKNOWN, false);
  expect(text).toContain('+ ConfigMap a/born\n        data.a: "x"\n');
  expect(text).toContain('data.f: "x"\n        … and 2 more fields\n');
  expect(text).toContain("+ Secret a/s\n        data.k: not shown");
  expect(text).toContain(
    "~ ConfigMap a/freed\n        no longer ours, and left as it is: spec.replicas",
  );
});

test("renderPlan() says of an object whose values stay why it is written", () => {
  const path = "metadata.annotations[orkestra.orkspace.io/fields]";
  const shaped = object({ fields: [{ path, before: "1", after: "2" }] });
  const text = renderPlan(of(resource({ objects: [shaped] })), UNKNOWN, false);
  expect(text).toContain("~ ConfigMap a/m\n        no value changes, only which fields");
});

test("renderPlan() names in front what would fail, and planJson() lists it", () => {
  const names = ["one", "two", "three", "four"];
  const failing = of(
    ...names.map((name) => resource({ name, outcome: "retrying", reasons: ["no"] })),
    resource({ name: "fine", outcome: "waiting", reasons: ["Deployment"] }),
  );
  const line = "WOULD FAIL: 4 custom resources: thing a/one, thing a/two, thing a/three and 1 more";
  expect(renderPlan(failing, UNKNOWN, false)).toContain(line);
  expect(planJson(failing, UNKNOWN).failing.map(({ name }) => name)).toEqual(names);
  expect(renderPlan(of(resource()), UNKNOWN, false)).not.toContain("WOULD FAIL");
});

test("renderPlan() counts kinds that may not be listed, and names three", () => {
  const unseen = ["a.x", "b.x", "c.x", "d.x"];
  const found = { ...plan(), stranded: { kinds: [], left: [], unseen } };
  expect(renderPlan(found, UNKNOWN, false)).toContain(
    "No right to list 4 kinds (a.x, b.x, c.x, …):",
  );
});

const UNKNOWN = { kind: "unknown" } as const;

test("summarizePlan() counts custom resources, objects and findings", () => {
  const found = of(
    resource({ objects: [text, mark], outcome: "waiting" }),
    resource({ objects: [mark], outcome: "retrying" }),
    resource({ objects: [object({ action: "delete" }), object({ action: "recreate" })] }),
  );
  expect(summarizePlan(found)).toMatchObject({
    customResources: { total: 3, looked: 3, changed: 2, marked: 1, waiting: 1, retrying: 1 },
    objects: { create: 0, update: 1, delete: 1, recreate: 1 },
  });
});

describe("renderPlan()", () => {
  const render = (found: Plan) => renderPlan(found, { kind: "unknown" }, false);

  test("shows fields, and leaves our own marks out", () => {
    const shown = render(of(resource({ objects: [mark, text] })));
    expect(shown).toContain('  a/one\n    ~ ConfigMap a/m\n        data.text: "old" → "new"');
    expect(shown).not.toContain("config-digest");
  });

  test("a custom resource with nothing but the new digest is a number", () => {
    const shown = render(of(resource({ objects: [mark] })));
    expect(shown).toContain("1 get the new digest and nothing else");
    expect(shown).toContain("nothing changes");
    expect(shown).not.toContain("a/one");
  });

  test("a value that is not shown has changed, and a long one is cut", () => {
    const fields = [{ path: "data.secret" }, { path: "data.long", after: "x".repeat(500) }];
    const shown = render(of(resource({ objects: [object({ fields })] })));
    expect(shown).toContain("data.secret: changed");
    expect(shown).toMatch(/data\.long: nothing → "x{99}…/);
  });

  test("says of those that left the selector that they are let go", () => {
    const shown = render({ ...plan(), stranded: left });
    expect(shown).toContain("Custom resources that left the selector of their entry: 1");
    expect(shown).toContain("1 things.x.test left the selector of their entry; the start takes");
    expect(shown).toContain("\n  a/x");
    expect(shown).not.toContain("waits for ever");
  });

  test("of long values that differ far behind, it shows where they do", () => {
    const [before, after] = ["old", "new"].map(
      (word) => `${"x".repeat(400)}${word}${"y".repeat(400)}`,
    );
    const fields = [{ path: "data.long", before, after }] as ObjectPlan["fields"];
    const shown = render(of(resource({ objects: [object({ fields })] })));
    expect(shown).toMatch(/data\.long: …x+oldy+… → …x+newy+…\n?/);
  });

  test("says what was not asked, not computed, not started, not seen", () => {
    const found = plan(
      entry({ notComputed: ["The code is not run"], obstacle: missing }),
      entry({
        resources: [
          resource({
            objects: [object({ action: "create", isChecked: false })],
            outcome: "stuck",
            reasons: ["why"],
          }),
        ],
      }),
    );
    const shown = render({ ...found, stranded: { kinds: [], left: [], unseen: ["secrets (v1)"] } });
    for (const line of [
      "? not computed: The code is not run",
      "would not start: no",
      "(the server could not be asked)",
      "! stuck: why",
      "No right to list secrets (v1): whether",
    ]) {
      expect(shown).toContain(line);
    }
  });

  test.each([
    [{ kind: "equal", from: "there", digest: "sha256:1" }, "The same runs now, says there"],
    [
      { kind: "equal", from: "the marks", digest: "sha256:1", isFromMarks: true },
      "The custom resources were last reconciled by this same document; --running <url> compares",
    ],
    [{ kind: "differs", from: "there", digests: ["sha256:0"] }, "Now runs sha256:0, say there"],
    [
      { kind: "differs", from: "old.lock", digests: [], imports: ["~ x"] },
      "imports are something else:\n  ~ x\n  (what that changes cannot be told from the cache",
    ],
    [
      { kind: "differs", from: "old.lock", digests: [], imports: ["~ x"], document: [] },
      "Document: nothing differs by the imports",
    ],
    [
      {
        kind: "differs",
        from: "old.lock",
        digests: ["sha256:0"],
        digestsFrom: "the marks",
        imports: [],
      },
      "Now runs sha256:0, say the marks\nThe imports are those of old.lock: the documents differ",
    ],
    [
      { kind: "equal", from: "old.lock", isFromLock: true },
      "The imports are those of old.lock; --running <url> compares",
    ],
    [
      { kind: "differs", from: "there", digests: [], document: [] },
      "only values differ that the view does not show",
    ],
  ] as const)("what runs now: %j", (running, line) => {
    expect(renderPlan(of(resource()), running, false)).toContain(line);
  });
});

test("planJson() keeps the names that docs/plan.md promises", async () => {
  const found = { ...of(resource({ objects: [text] })), stranded };
  const told = planJson(found, { kind: "unknown" });
  const page = await Bun.file("docs/plan.md").text();
  const [row] = told.crds;
  const keys = [told, row, row?.resources[0], row?.resources[0]?.objects[0], told.stranded[0]];
  for (const key of keys.flatMap((one) => Object.keys(one ?? {}))) {
    expect(page).toMatch(new RegExp(`\`${key}(\\[\\])?\``));
  }
});
