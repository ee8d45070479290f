import { expect, test } from "bun:test";
import { Breaker } from "../../../src/apply/breaker.ts";

test("Breaker.retain() forgets children that are gone", () => {
  const breaker = new Breaker();
  for (const uid of ["a", "b"]) breaker.record(uid, "x", 0);
  breaker.retain(new Set(["b", "c"]));
  expect(breaker.size).toBe(1);
});
