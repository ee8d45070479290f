import { expect, test } from "bun:test";
import { declareModule } from "../../../scripts/hook-types.ts";
import { AUTHOR_TYPES } from "../../../src/hook/author-types.generated.ts";

test("the types that ork writes are those of the code", async () => {
  const path = new URL("../../../src/hook/author.ts", import.meta.url);
  const hint = "run scripts/generate-hook-types.ts";
  expect({ hint, text: AUTHOR_TYPES }).toEqual({
    hint,
    text: declareModule(await Bun.file(path).text()),
  });
});
