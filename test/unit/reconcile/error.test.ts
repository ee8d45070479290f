import { expect, test } from "bun:test";
import { PassError } from "../../../src/reconcile/error.ts";

test.each([
  [["a", "b", "a"], "a; b"],
  [["Cannot write x: cannot log in", "Cannot log in"], "Cannot write x: cannot log in"],
  [["Cannot log in", "Cannot write x: cannot log in"], "Cannot write x: cannot log in"],
  // An end that is no sentence of its own says something else.
  [["reload", "load"], "reload; load"],
])("PassError of %p says %p", (messages, told) => {
  const errors = messages.map((message) => new Error(message));
  const pass = new PassError(errors);
  expect(pass.message).toBe(told);
  expect(pass.errors).toEqual(errors);
});
