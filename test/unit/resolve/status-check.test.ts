import { expect, test } from "bun:test";
import { definedBoxOf, katalogOf, resolveText, WEBSITE_CRD } from "./marked.ts";
import { memoryFiles } from "./memory-files.ts";

const BARE_CRD = WEBSITE_CRD.replace("      subresources: { status: {} }\n", "");
const FIELD = 'emit: { status: { fields: [{ path: phase, value: "x" }] } }';
const MAPS = "reconcile: { onReconcile: { configMaps: [{ data: { a: b } }] } }";

async function issuesOf(box: string, crd: string) {
  const files = memoryFiles({ "katalog.yaml": definedBoxOf(box), "crd.yaml": crd });
  const { issues } = await resolveText("", { files });
  return issues.filter(({ code }) => code === "no-status");
}

test.each([
  [FIELD, "the condition Ready and the fields of emit.status"],
  [MAPS, "the condition Ready"],
  [FIELD.replace("status: {", "status: { conditions: false,"), "the fields of emit.status"],
])("validate warns of a status that the kind does not have: %s", async (box, what) => {
  const [issue, ...others] = await issuesOf(box, BARE_CRD);
  expect(issue).toMatchObject({
    severity: "warning",
    message: `Website has no status subresource in version "v1": ${what} cannot be written`,
  });
  expect(issue?.hint).toContain("subresources: { status: {} }");
  expect(issue?.position?.file).toBe("katalog.yaml");
  expect(others).toEqual([]);
});

test.each([
  ["a kind with a status", FIELD, WEBSITE_CRD],
  ["a box that writes none", "emit: { status: { conditions: false } }", BARE_CRD],
])("validate says nothing of %s", async (_, box, crd) => {
  expect(await issuesOf(box, crd)).toEqual([]);
});

test.each([
  ["apiTypes: { kind: ConfigMap }", 1],
  ["apiTypes: { group: apps, version: v1, kind: Deployment, plural: deployments }", 0],
  // Only the cluster knows.
  ["apiTypes: { group: demo.io, version: v1, kind: Website, plural: websites }", 0],
])("validate of a kind without a definition: %s", async (entry, count) => {
  const { issues } = await resolveText(katalogOf(entry));
  expect(issues.filter(({ code }) => code === "no-status")).toHaveLength(count);
});
