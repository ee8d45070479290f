import { expect, test } from "bun:test";
import { failedResult, NOT_CALLED, resultOf } from "../../../src/reconcile/external-result.ts";

const answer = { status: 200, text: "", isCut: false, seconds: 0.1234567 };

test("resultOf() has the keys of a JSON body beside its own, which win", () => {
  expect(resultOf({ ...answer, text: '{"id":"7","status":"mine","a":{"b":[1]}}' })).toEqual({
    id: "7",
    a: { b: [1] },
    called: "true",
    status: "200",
    statusCode: 200,
    body: '{"id":"7","status":"mine","a":{"b":[1]}}',
    error: "",
    durationSeconds: 0.123,
  });
});

test.each(["no JSON", "[1]", "null", '"text"', ""])("resultOf() has no keys of %p", (text) => {
  expect(Object.keys(resultOf({ ...answer, text }))).toEqual(Object.keys(NOT_CALLED));
});

test("resultOf() keeps the first 4096 bytes of a body, in whole characters", () => {
  const body = resultOf({ ...answer, text: "ä".repeat(3_000) })["body"] as string;
  expect(body).toBe("ä".repeat(2_048));
  expect(resultOf({ ...answer, text: `x${"ä".repeat(3_000)}` })["body"]).toBe(
    `x${"ä".repeat(2_047)}`,
  );
});

test("resultOf() does not read the JSON of a body that was cut", () => {
  expect(resultOf({ ...answer, text: '{"id":7}', isCut: true })).not.toHaveProperty("id");
});

test("failedResult() says why it was not called", () => {
  expect(failedResult(new Error("no"))).toEqual({ ...NOT_CALLED, error: "no" });
});
