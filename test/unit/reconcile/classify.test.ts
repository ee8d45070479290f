import { expect, test } from "bun:test";
import { ChildError } from "../../../src/apply/error.ts";
import { HookError } from "../../../src/hook/error.ts";
import { KubeError } from "../../../src/kube/error.ts";
import { classify, isTransient } from "../../../src/reconcile/classify.ts";
import { PassError, ReconcileError } from "../../../src/reconcile/error.ts";
import { TemplateError } from "../../../src/template/error.ts";

const http = (status: number, reason = "") => new KubeError(`answer ${status}`, { status, reason });
const untyped = (what: string) =>
  new KubeError(`failed to create typed ${what} object (a/b; v1, Kind=Pod): .spec: expected map`, {
    status: 500,
  });
const rejected = (cause: unknown) => new ChildError("rejected", "no", { cause });

test.each([
  [http(409, "Conflict"), "retry", true],
  [http(429), "retry", true],
  [http(503), "retry", true],
  [http(0), "retry", true],
  [http(403), "retry", false],
  [http(404), "retry", false],
  [http(422), "stuck", false],
  [http(400), "stuck", false],
  [rejected(http(422)), "stuck", false],
  [rejected(http(403)), "retry", false],
  [rejected(http(500)), "retry", true],
  [untyped("patch"), "stuck", false],
  [rejected(untyped("patch")), "stuck", false],
  [rejected(untyped("live")), "stuck", false],
  [new ChildError("stale", "no"), "retry", true],
  [new ChildError("conflict", "no"), "stuck", false],
  [new ChildError("immutable", "no"), "stuck", false],
  [new ChildError("contested", "no"), "stuck", false],
  [new TemplateError("bad-argument", "no"), "stuck", false],
  [new ReconcileError("duplicate", "no"), "stuck", false],
  [new ReconcileError("kind", "no"), "retry", false],
  [new PassError([new TemplateError("failed", "a"), http(422)]), "stuck", false],
  [new PassError([new TemplateError("failed", "a"), http(500)]), "retry", false],
  [new PassError([http(409), http(500)]), "retry", true],
  [new HookError("beside", "another call in its thread hung"), "retry", true],
  [new HookError("timeout", "it did not settle within 2 s"), "retry", false],
  [new TypeError("a bug of ours"), "retry", false],
  ["thrown text", "retry", false],
] as const)("classify(%s) is %s", (error, kind, isPassing) => {
  expect(classify(error).kind).toBe(kind);
  expect(isTransient(error)).toBe(isPassing);
});

test("classify() keeps what a failed pass did all the same", () => {
  const type = {
    group: "",
    version: "v1",
    kind: "ConfigMap",
    plural: "configmaps",
    namespaced: true,
  };
  const changes = [{ action: "created", type, name: "web" } as const];
  const error = new PassError([http(503)], changes);
  expect(classify(error)).toEqual({ kind: "retry", error, changes });
  expect(classify(new PassError([http(503)]))).not.toHaveProperty("changes");
});
