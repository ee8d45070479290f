import { expect, test } from "bun:test";
import { resolve } from "../../../src/resolve/resolve.ts";
import { katalogOf, unmark, WEBSITE_CRD } from "./marked.ts";
import { memoryFiles } from "./memory-files.ts";

async function issuesOf(crd: string, katalog = katalogOf("crdFile: ./crd.yaml")) {
  const files = memoryFiles({ "katalog.yaml": katalog, "crd.yaml": crd });
  return (await resolve({ paths: ["katalog.yaml"], files, env: {} })).issues;
}

test.each<readonly [string, string, string, "error" | "warning", RegExp]>([
  ["image: { type: string }", "image: { type: §int }", "integer", "error", /"spec.image"/],
  ["image: { type: string }", "§image: { format: date }", "Add", "error", /has no type/],
  ["storage: true", "storage: false", "storage: true", "error", /No version/],
  ["name: websites.demo", "name: §website.demo", "plural", "error", /called "website/],
  ["apiextensions.k8s.io/v1", "§apiextensions.k8s.io/v1beta1", "1.22", "error", /v1beta1/],
  [
    "              properties:\n                image",
    "              required: [§imgae]\n              properties:\n                image",
    "image",
    "warning",
    /requires "imgae"/,
  ],
])("checkDefinition() shows where %j became %j", async (...[from, to, hint, severity, words]) => {
  const { text, position } = unmark(WEBSITE_CRD.replace(from, to), "crd.yaml");
  const [issue, ...more] = await issuesOf(text);
  expect(more).toEqual([]);
  expect(issue).toMatchObject({ code: "bad-definition", severity });
  expect(issue?.message).toMatch(words);
  expect(issue?.hint).toContain(hint);
  expect(issue?.position?.file).toBe("crd.yaml");
  if (position) expect(issue?.position).toEqual(position);
});

test("checkDefinition() tells a definition that two entries name once, and finds it in a list", async () => {
  const indented = WEBSITE_CRD.replace("image: { type: string }", "image: { type: §int }");
  const list = `apiVersion: v1\nkind: List\nitems:\n  -\n${indented.replaceAll(/^(?=.)/gm, "    ")}`;
  const { text, position } = unmark(list, "crd.yaml");
  const other = "    other:\n      crdFile: ./crd.yaml\n      labelSelector: a=b\n";
  const issues = await issuesOf(text, katalogOf("crdFile: ./crd.yaml") + other);
  expect(issues.map(({ code }) => code)).toEqual(["bad-definition"]);
  expect(issues[0]?.position).toEqual(position);
});
