import { expect, test } from "bun:test";
import { appliedAfterHandOver } from "../../../src/preview/after-hand-over.ts";
import { builtinKind } from "../../../src/schema/builtin.ts";
import type { JsonObject } from "../../../src/std/json.ts";
import { map } from "./recording-client.ts";

const schema = builtinKind("v1", "ConfigMap")?.schema;
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
  expect(appliedAfterHandOver({ live, applied, schema })["data"]).toEqual(data);
});

test("appliedAfterHandOver() merges keyed lists by their keys", () => {
  const service = builtinKind("v1", "Service")?.schema;
  const key = (port: number) => `k:${JSON.stringify({ port, protocol: "TCP" })}`;
  const fieldsV1 = { "f:spec": { "f:ports": { [key(80)]: { ".": {}, "f:port": {} } } } };
  const managedFields = [{ manager: "orkestra", operation: "Update", fieldsV1 }];
  const spec = (port: number) => ({ spec: { ports: [{ port, protocol: "TCP" }] } });
  const live = map("s", spec(80), { managedFields });
  const after = appliedAfterHandOver({ live, applied: map("s", spec(81)), schema: service });
  expect(after.spec).toEqual(spec(81).spec);
});
