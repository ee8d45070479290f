import { describe, expect, test } from "bun:test";
import type { Change } from "../../../src/apply/changes.ts";
import type { ChildEntry } from "../../../src/katalog/resolved.ts";
import { KubeError } from "../../../src/kube/error.ts";
import { child, Harness, JOB, when } from "./harness.ts";

const IMMUTABLE = new KubeError("Job is invalid", {
  status: 422,
  reason: "Invalid",
  details: {
    causes: [
      { reason: "FieldValueInvalid", field: "spec.template", message: "field is immutable" },
    ],
  },
});

/** Its server refuses other templates, as kube-apiserver does. */
function open(more: Partial<ChildEntry> = {}): Harness {
  const image = "migrate:{{ .spec.v }}";
  const box = new Harness({ children: [child("jobs", { image }, { name: "migrate", ...more })] });
  box.kube.intercept = ({ verb, kind }) => {
    if (verb === "apply" && kind === JOB.kind) throw IMMUTABLE;
  };
  box.create({ v: 1, on: "true" });
  return box;
}

const jobs = (writes: readonly string[]) => writes.filter((write) => write.includes("Job"));
const imageOf = (box: Harness) =>
  /"image":"([^"]+)"/.exec(JSON.stringify(box.kube.read(JOB, "migrate")))?.[1];

async function notesOf(box: Harness): Promise<readonly Change[]> {
  const { changes = [] } = await box.reconcile();
  return changes.filter(({ action, reason }) => action === "unchanged" && reason !== undefined);
}

describe("reconcile() of a Job whose entry changed", () => {
  test("leaves it alone and tells it once, not in the status", async () => {
    const box = open();
    await box.reconcile();
    const before = box.status;
    box.edit({ v: 2 });
    expect(await notesOf(box)).toMatchObject([
      {
        name: "migrate",
        reason: expect.stringContaining(
          'not as declared ("spec.template.spec.containers[name=migrate].image") and left as it is: a Job is made once, set "recreate: true"',
        ),
      },
    ]);
    expect(JSON.stringify(box.status)).toBe(
      JSON.stringify(before).replaceAll('"observedGeneration":1', '"observedGeneration":2'),
    );
    box.edit({ v: 2, other: 1 });
    expect(await notesOf(box)).toEqual([]);
    expect(await notesOf(box.restart())).toHaveLength(1);
    expect(imageOf(box)).toBe("migrate:1");
  });

  test("takes what a server made of it for no change, however long ago", async () => {
    const box = open();
    const { kube } = box;
    const create = kube.create.bind(kube);
    kube.create = (type, object, options) => {
      const text = JSON.stringify(object).replaceAll('"migrate:1"', '"mirror/migrate:1"');
      return create(type, JSON.parse(text), options);
    };
    await box.reconcile();
    expect(imageOf(box)).toBe("mirror/migrate:1");
    box.nowMs += 3_600_000;
    expect(await notesOf(box)).toEqual([]);
    expect(await box.writesOf()).toEqual([]);
  });

  test("makes none anew that a server rewrites when it is made, and only then", async () => {
    const box = open({ recreate: true });
    const { kube } = box;
    const create = kube.create.bind(kube);
    kube.create = (type, object, options) => {
      const text = JSON.stringify(object).replaceAll('"migrate:1"', '"mirror/migrate:1"');
      return create(type, JSON.parse(text), options);
    };
    await box.reconcile();
    const writes: string[] = [];
    for (let minute = 0; minute < 25; minute++) {
      box.nowMs += 60_000;
      writes.push(...(await box.writesOf()));
    }
    expect(writes).toEqual(["apply Job migrate"]);
    box.edit({ v: 2 });
    await box.reconcile();
    expect(imageOf(box)).toBe("migrate:2");
  });

  test("tells nothing of one that is only created", async () => {
    const box = open({ id: "onCreate.jobs[0]", mode: "create" });
    await box.reconcile();
    box.edit({ v: 2 });
    expect(await notesOf(box)).toEqual([]);
  });

  test("makes it anew with recreate, once", async () => {
    const box = open({ recreate: true });
    await box.reconcile();
    box.edit({ v: 2 });
    const asked = ["apply Job migrate", "create Job migrate"];
    expect(jobs(await box.writesOf())).toEqual([
      ...asked,
      "delete Job migrate",
      "create Job migrate",
    ]);
    expect(imageOf(box)).toBe("migrate:2");
    expect(jobs(await box.writesOf())).toEqual([]);
  });

  test("makes one anew that has finished and that its time to live would take", async () => {
    const patch = { spec: { ttlSecondsAfterFinished: 60 } };
    const box = open({ recreate: true, patch });
    await box.reconcile();
    const old = box.kube.edit(JOB, "migrate", (object) => {
      object["status"] = { conditions: [{ type: "Complete", status: "True" }] };
    });
    await box.reconcile();
    box.edit({ v: 2 });
    await box.reconcile();
    // The watch tells of the old one, too; somebody deletes the new one before it finished.
    box.expired.push(old);
    box.kube.erase(JOB, "migrate");
    expect(jobs(await box.writesOf())).toEqual(["create Job migrate"]);
  });

  test("takes no Job away whose condition turned false, with recreate neither", async () => {
    const box = open({ recreate: true, when: when("spec.on", "true") });
    await box.reconcile();
    box.edit({ v: 2, on: "false" });
    expect(jobs(await box.writesOf())).toEqual([]);
    expect(imageOf(box)).toBe("migrate:1");
  });
});
