import { expect, test } from "bun:test";
import { missingRight } from "../../../src/cli/runtime-rights.ts";

/** As Deno throws it. */
function refusal(): Error {
  return Object.assign(new Error("Requires env access"), { name: "NotCapable" });
}

test("missingRight() finds the refusal of Deno, itself or as a cause", () => {
  expect(missingRight(refusal())?.message).toBe("Requires env access");
  const outer = new Error("Cannot read", { cause: new Error("no", { cause: refusal() }) });
  expect(missingRight(outer)?.message).toBe("Requires env access");
});

test("missingRight() takes nothing else for one", () => {
  const loop = new Error("loop");
  loop.cause = loop;
  expect([loop, new TypeError("x"), "NotCapable", undefined].map(missingRight)).toEqual(
    Array.from({ length: 4 }, () => undefined),
  );
});
