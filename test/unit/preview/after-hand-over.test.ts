import { describe, expect, test } from "bun:test";
import { appliedAfterHandOver, releasedFields } from "../../../src/preview/after-hand-over.ts";
import { builtinKind } from "../../../src/schema/builtin.ts";
import type { KubeObject, ResourceType } from "../../../src/schema/object.ts";
import type { JsonObject } from "../../../src/std/json.ts";
import { map } from "./recording-client.ts";

function kindOf(apiVersion: string, kind: string) {
  const found = builtinKind(apiVersion, kind);
  if (!found) throw new Error(`no kind ${kind}`);
  return { type: found.resource as ResourceType, schema: found.schema };
}
const CONFIG_MAP = kindOf("v1", "ConfigMap");
const DEPLOYMENT = kindOf("apps/v1", "Deployment");
const entry = (manager: string, operation: string, data: readonly string[]): JsonObject => ({
  manager,
  operation,
  fieldsV1: { "f:data": Object.fromEntries(data.map((key) => [`f:${key}`, {}])) },
});

test.each([
  ["created by us", [entry("orkestra", "Update", ["a", "b"])], { a: "9" }],
  ["applied by us", [entry("orkestra", "Apply", ["a", "b"])], { a: "9" }],
  [
    "of both entries the apply counts",
    [entry("orkestra", "Update", ["a", "b"]), entry("orkestra", "Apply", ["a"])],
    { a: "9", b: "2" },
  ],
  [
    "what others own stays",
    [entry("orkestra", "Update", ["a", "b"]), entry("kubectl", "Update", ["b"])],
    { a: "9", b: "2" },
  ],
  [
    "of a subresource is no matter",
    [
      entry("orkestra", "Update", ["a"]),
      { ...entry("orkestra", "Update", ["b"]), subresource: "status" },
    ],
    { a: "9", b: "2" },
  ],
])("appliedAfterHandOver() removes what nobody applies any more: %s", (_, managedFields, data) => {
  const live = map("m", { data: { a: "1", b: "2" } }, { managedFields });
  const applied = map("m", { data: { a: "9" } });
  expect(appliedAfterHandOver({ ...CONFIG_MAP, live, applied })["data"]).toEqual(data);
});

test("appliedAfterHandOver() merges keyed lists by their keys", () => {
  const key = (port: number) => `k:${JSON.stringify({ port, protocol: "TCP" })}`;
  const fieldsV1 = { "f:spec": { "f:ports": { [key(80)]: { ".": {}, "f:port": {} } } } };
  const managedFields = [{ manager: "orkestra", operation: "Update", fieldsV1 }];
  const spec = (port: number) => ({ spec: { ports: [{ port, protocol: "TCP" }] } });
  const live = map("s", spec(80), { managedFields });
  const after = appliedAfterHandOver({
    ...kindOf("v1", "Service"),
    live,
    applied: map("s", spec(81)),
  });
  expect(after.spec).toEqual(spec(81).spec);
});

describe("what is let go", () => {
  const owning = (manager: string, operation: string) => ({
    manager,
    operation,
    fieldsV1: { "f:spec": { "f:replicas": {}, "f:paused": {} } },
  });
  const deployment = (spec: JsonObject, managedFields: readonly JsonObject[] = []): KubeObject => ({
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name: "d", namespace: "default", managedFields },
    spec,
  });
  const after = (operation: string, spec: JsonObject) => {
    const live = deployment({ paused: true, replicas: 3 }, [owning("orkestra", operation)]);
    const parts = { ...DEPLOYMENT, live, applied: deployment(spec) };
    return [appliedAfterHandOver(parts).spec, releasedFields(parts)] as const;
  };

  test.each(["Update", "Apply"])(
    "appliedAfterHandOver() keeps replicas that are declared no more, and releasedFields() names them: by %s",
    (operation) => {
      expect(after(operation, { paused: true })).toEqual([
        { paused: true, replicas: 3 },
        ["spec.replicas"],
      ]);
      // All else leaves.
      expect(after(operation, { replicas: 3 })).toEqual([{ replicas: 3 }, []]);
    },
  );

  test("releasedFields() does not speak of replicas that are what the server would make of them", () => {
    const live = deployment({ replicas: 1 }, [owning("orkestra", "Update")]);
    const applied = deployment({});
    expect(releasedFields({ ...DEPLOYMENT, live, applied })).toEqual([]);
  });

  test("what cannot be scaled loses its replicas", () => {
    const type = { ...DEPLOYMENT.type, hasScale: false };
    const live = deployment({ replicas: 3 }, [owning("orkestra", "Apply")]);
    const parts = { ...DEPLOYMENT, type, live, applied: deployment({}) };
    expect(appliedAfterHandOver(parts).spec).not.toHaveProperty("replicas");
  });
});
