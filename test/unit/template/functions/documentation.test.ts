import { expect, test } from "bun:test";
import { FUNCTION_DOCS_PATH, functionDocs } from "../../../../scripts/generate-function-docs.ts";
import { katalogFunctions } from "../../../../src/template/functions/functions.ts";

const page = await Bun.file(FUNCTION_DOCS_PATH).text();

test("docs/functions.md is what scripts/generate-function-docs.ts writes", () => {
  expect(page).toBe(functionDocs());
});

test.each([...katalogFunctions.values()])("docs/functions.md describes $name", (row) => {
  const line = page.split("\n").find((text) => text.startsWith(`| \`${row.signature}\` `));
  expect(line).toContain(row.summary.replaceAll("|", "\\|"));
});
