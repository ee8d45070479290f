import { expect, test } from "bun:test";
import { foreignFunctions } from "../../../../src/template/functions/foreign.ts";
import { createKatalogDialect } from "../../../../src/template/katalog-dialect.ts";

test("foreignFunctions has no name that is one of ours", () => {
  const { functions } = createKatalogDialect();
  expect([...foreignFunctions.keys()].filter((name) => functions.has(name))).toEqual([]);
});

test.each([
  ["randAlphaNum", "randomAlphanumeric length"],
  ["b64dec", "fromBase64 text"],
  ["trunc", "truncate text length"],
  ["toYaml", "toJson value"],
])("foreignFunctions says for %s what to write", (name, expected) => {
  expect(foreignFunctions.get(name)).toContain(`{{ ${expected} }}`);
});
