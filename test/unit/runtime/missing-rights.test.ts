import { expect, test } from "bun:test";
import { parse } from "yaml";
import { KubeError } from "../../../src/kube/error.ts";
import { readingObstacle } from "../../../src/runtime/missing-rights.ts";

function refusal(verb: string, resource: string, group: string): KubeError {
  const what = `cannot ${verb} resource "${resource}" in API group "${group}" at the cluster scope`;
  const message = `${resource} is forbidden: User "nobody" ${what}`;
  return new KubeError(message, { status: 403, reason: "Forbidden" });
}

test("readingObstacle() names every refusal once, with rules that a Role can hold", () => {
  const errors = [
    refusal("watch", "mails", "p.example.com"),
    refusal("list", "configmaps", ""),
    refusal("list", "configmaps", ""),
    new KubeError("overloaded", { status: 429 }),
  ];
  const { kind, message } = readingObstacle(errors);
  expect(kind).toBe("forbidden");
  expect(message).toContain('cannot watch resource "mails"');
  expect(message).toContain('"ork rbac -f');
  expect(message.match(/cannot list resource "configmaps"/g)).toHaveLength(1);
  const verbs = ["get", "list", "watch"];
  expect(parse(message.slice(message.indexOf("[{")))).toEqual([
    { apiGroups: [""], resources: ["configmaps"], verbs },
    { apiGroups: ["p.example.com"], resources: ["mails"], verbs },
  ]);
});

test("readingObstacle() without a refusal is the first failure", () => {
  const errors = [new KubeError("gone", { status: 404 }), new KubeError("no", { status: 500 })];
  expect(readingObstacle(errors)).toEqual({ kind: "missing", message: "gone" });
  const webhook = new KubeError("an authorizer says no", { status: 403 });
  expect(readingObstacle([webhook]).message).toBe("an authorizer says no");
});
