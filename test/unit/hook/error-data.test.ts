import { expect, test } from "bun:test";
import { errorData } from "../../../src/hook/error-data.ts";

test.each([
  ["boom", 'Threw the text "boom", which is no error'],
  [undefined, "Threw undefined, which is no error"],
  [3, "Threw the number 3, which is no error"],
  [{ code: 1 }, "Threw an object, which is no error"],
])("errorData() describes %p, which is no error", (thrown, message) => {
  expect(errorData(thrown).message).toBe(message);
});

test("errorData() reads the place from the messages of compilers", () => {
  const bun = Object.assign(new AggregateError([], "2 errors building"), {
    errors: [{ message: 'Expected "}"', position: { file: "/a.ts", line: 3, column: 5 } }],
  });
  expect(errorData(bun)).toMatchObject({
    message: 'Expected "}"',
    position: { file: "/a.ts", line: 3, column: 5 },
  });
  const deno = new TypeError(
    "Expected ',', got 'x'\n  |\n3 | x\n    at file:///hooks/a%20b.ts:3:25",
  );
  expect(errorData(deno)).toMatchObject({
    message: "Expected ',', got 'x'",
    position: { file: "/hooks/a b.ts", line: 3, column: 25 },
  });
});

test("errorData() passes on what the API server said", () => {
  const kube = { status: 409, reason: "Conflict" };
  expect(errorData(Object.assign(new Error("no"), { kube }))).toMatchObject({ kube });
  expect(errorData(new Error("x".repeat(100_000))).message.length).toBeLessThan(10_000);
});
