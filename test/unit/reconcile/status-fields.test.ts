import { expect, test } from "bun:test";
import type { SchemaNode } from "../../../src/schema/node.ts";
import { field, Harness } from "./harness.ts";

const object = (fields: Record<string, SchemaNode>): SchemaNode => ({ type: "object", fields });
const schema = object({
  status: object({
    replicas: { type: "integer" },
    isUp: { type: "boolean" },
    deep: object({ names: { type: "list", items: { type: "string" }, listType: "atomic" } }),
    text: { type: "string" },
  }),
});

test("reconcile() gives a status field without a type the type of the kind's schema", async () => {
  const box = new Harness({
    schema,
    box: {
      status: {
        hasConditions: false,
        fields: [
          field("replicas", "{{ .spec.count }}"),
          field("isUp", "{{ eq .spec.count 3 }}"),
          field("deep.names", "{{ .spec.names }}"),
          field("text", "{{ .spec.count }}"),
          field("unknown.here", "{{ .spec.count }}"),
        ],
      },
    },
  });
  box.create({ count: 3, names: ["a", "b"] });
  await box.reconcile();
  expect(box.status).toMatchObject({
    replicas: 3,
    isUp: true,
    deep: { names: ["a", "b"] },
    text: "3",
  });
  expect(await box.writesOf()).toEqual([]);
});

test("reconcile() names the status field whose value does not fit the schema", async () => {
  const fields = [field("replicas", "{{ .spec.count }}")];
  const box = new Harness({ schema, fields });
  box.create({ count: "many" });
  const outcome = await box.reconcile();
  expect(outcome.kind === "stuck" && outcome.error.message).toBe(
    'Cannot set "status.replicas": value is "many", expected an integer',
  );
});
