import { expect, test } from "bun:test";
import { declareModule, declarePackage } from "../../../scripts/hook-types.ts";
import type { RunHook } from "../../../src/hook/author.ts";
import { AUTHOR_TYPES } from "../../../src/hook/author-types.generated.ts";
import { runHook } from "../../../src/hooks.ts";

test("the types that ork writes are those of the code", async () => {
  const path = new URL("../../../src/hook/author.ts", import.meta.url);
  const hint = "run scripts/generate-hook-types.ts";
  expect({ hint, text: AUTHOR_TYPES }).toEqual({
    hint,
    text: declareModule(await Bun.file(path).text()),
  });
});

test("the declared type of runHook() is that of the helper, and is part of what ork writes", () => {
  const typed: RunHook = runHook;
  expect(typed).toBe(runHook);
  expect(AUTHOR_TYPES).toContain("\n  export const runHook: RunHook;\n}\n");
});

test("declarePackage() declares the same without a module around it", () => {
  const text = declarePackage("/** Header. */\n\nexport interface A {}\n");
  expect(text).toStartWith("export interface A {}\n\nexport declare const runHook: RunHook;\n\n");
  expect(text).toMatch(/^declare global \{\n {2}interface AbortSignal \{\n[^}]*\n {2}\}\n\}\n$/m);
});
