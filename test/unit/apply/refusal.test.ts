import { expect, test } from "bun:test";
import { refusal } from "../../../src/apply/refusal.ts";

const controller = {
  apiVersion: "data.example.com/v1",
  kind: "Database",
  name: "orders",
  uid: "u",
  controller: true,
};

test.each([
  [{ controller }, 'Database.data.example.com "orders" controls it', false],
  [{ controller: { ...controller, apiVersion: "v1" } }, 'and Database "orders" controls it', false],
  [
    { owner: "Database.data.example.com/prod/orders" },
    '"Database.data.example.com/prod/orders"',
    true,
  ],
  [
    { owner: "Box.t.dev/a/b", namesake: { uid: "u1" } },
    'was left behind by an earlier "Box.t.dev/a/b" (uid u1) that is gone: delete it, or',
    true,
  ],
  [{}, "belongs to somebody else", true],
])("refusal() of %j says %s", (owner, said, mayAdopt) => {
  const error = refusal('Service "default/orders"', { kind: "refuse", ...owner });
  expect(error.code).toBe("conflict");
  expect(error.message).toStartWith('Cannot create Service "default/orders": it exists and ');
  expect(error.message).toContain(said);
  // What a controller keeps is not to be had.
  expect(error.message.includes("adopt: true")).toBe(mayAdopt);
});
