import { expect, test } from "bun:test";
import { humanDuration } from "../../../../src/sandbox/serve/duration.ts";
import { findAll, parseJsonPath } from "../../../../src/sandbox/serve/json-path.ts";
import { parseRoute } from "../../../../src/sandbox/serve/route.ts";
import type { Json } from "../../../../src/std/json.ts";

const MINUTE = 60;
const HOUR = 3600;
const DAY = 86_400;

test.each([
  [-5, "<invalid>"],
  [0, "0s"],
  [119, "119s"],
  [2 * MINUTE, "2m"],
  [3 * MINUTE + 10, "3m10s"],
  [12 * MINUTE, "12m"],
  [179 * MINUTE, "179m"],
  [5 * HOUR + 30 * MINUTE, "5h30m"],
  [26 * HOUR, "26h"],
  [3 * DAY + 4 * HOUR, "3d4h"],
  [90 * DAY, "90d"],
  [760 * DAY, "2y30d"],
  [10 * 365 * DAY, "10y"],
])("humanDuration() of %d seconds is %s", (seconds, expected) => {
  expect(humanDuration(seconds * 1000)).toBe(expected);
});

test.each([
  [".spec.size", [2]],
  ["spec.size", [2]],
  [".list[0].a", [1]],
  [".list[-1].a", [3]],
  [".list[*].a", [1, 2, 3]],
  ['.list[?(@.b=="y")].a', [2]],
  [".list[?(@.a>1)].b", ["y", "z"]],
  [".list[?(@.c)].a", [3]],
  [".labels['app.kubernetes.io/name']", ["n"]],
  [".labels.app\\.kubernetes\\.io/name", ["n"]],
  [".missing.deep", []],
] as [string, Json[]][])("findAll() of %s finds %j", (path, expected) => {
  const value = {
    spec: { size: 2 },
    list: [
      { a: 1, b: "x" },
      { a: 2, b: "y" },
      { a: 3, b: "z", c: 1 },
    ],
    labels: { "app.kubernetes.io/name": "n" },
  };
  expect(findAll(parseJsonPath(path) ?? [], value)).toEqual(expected);
});

test("parseJsonPath() gives nothing for what it does not know", () => {
  expect(parseJsonPath(".a[?(")).toBeUndefined();
});

test.each([
  [
    "/api/v1/pods",
    { group: "", version: "v1", plural: "pods", namespace: "", name: "", subresource: "" },
  ],
  ["/api/v1/namespaces/x", { plural: "namespaces", name: "x", namespace: "" }],
  ["/api/v1/namespaces/x/status", { plural: "namespaces", name: "x", subresource: "status" }],
  [
    "/api/v1/namespaces/x/pods/y/log",
    { plural: "pods", namespace: "x", name: "y", subresource: "log" },
  ],
  ["/apis/apps/v1/namespaces/x/deployments/y", { group: "apps", plural: "deployments", name: "y" }],
])("parseRoute() reads %s", (path, expected) => {
  expect(parseRoute(path)).toMatchObject({ kind: "resource", ...expected });
});

test.each([
  ["/apis/apps/v1", "group-version"],
  ["/apis/apps", "group"],
  ["/apis", "other"],
  ["/", "other"],
  ["/%zz", "other"],
])("parseRoute() takes %s as %s", (path, kind) => {
  expect(parseRoute(path).kind).toBe(kind as ReturnType<typeof parseRoute>["kind"]);
});
