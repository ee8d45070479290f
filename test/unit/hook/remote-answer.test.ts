import { expect, test } from "bun:test";
import { plainWords } from "../../../src/hook/plain-words.ts";
import { checkAnswer } from "../../../src/hook/remote-answer.ts";
import type { Json } from "../../../src/std/json.ts";

const MAP = { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "m" } };

test.each<[Json, object]>([
  [{ result: "ok" }, { result: "ok" }],
  [
    { result: "ok", error: null, status: null, resources: null, requeueAfter: null },
    { result: "ok" },
  ],
  [
    { result: "requeue", requeueAfter: "5s" },
    { result: "requeue", requeueAfterMs: 5_000 },
  ],
  [
    { result: "ok", status: { a: 1 } },
    { result: "ok", status: { a: 1 } },
  ],
  [
    { result: "requeue", notReady: "waiting for the record" },
    { result: "requeue", notReady: "waiting for the record" },
  ],
  [
    { result: "ok", resources: [MAP, { type: "custom", fields: MAP, forceConflict: false }] },
    {
      result: "ok",
      resources: [
        { kind: "object", object: MAP, forceConflict: true },
        { kind: "object", object: MAP, forceConflict: false },
      ],
    },
  ],
  ...["configMaps", "configmaps", "ConfigMap"].map((type): [Json, object] => [
    { result: "ok", resources: [{ type, fields: { name: "a" } }] },
    {
      result: "ok",
      resources: [
        { kind: "shorthand", key: "configMaps", fields: { name: "a" }, forceConflict: true },
      ],
    },
  ]),
  // Some kinds have a type of their own.
  [
    { result: "ok", resources: [{ ...MAP, kind: "Secret", type: "Opaque" }] },
    {
      result: "ok",
      resources: [
        {
          kind: "object",
          object: { ...MAP, kind: "Secret", type: "Opaque" },
          forceConflict: true,
        },
      ],
    },
  ],
])("checkAnswer() reads %j", (answer, expected) => {
  expect(checkAnswer(answer)).toEqual(expected as never);
});

test.each<[Json, string]>([
  [null, "it is null, expected an object"],
  [{ result: "ok", notReady: 1 }, "its notReady is the number 1, expected a text"],
  [{ result: "error", error: "no", notReady: "yet" }, "it has notReady beside an error"],
  [[], "it is a list, expected an object"],
  [{}, "its result is undefined, expected ok, requeue or error"],
  [{ result: "OK" }, 'its result is the text "OK"'],
  [{ result: "ok", resource: [] }, 'did you mean "resources"?'],
  [{ result: "ok", status: 3 }, "its status is the number 3, expected an object"],
  [{ result: "ok", requeueAfter: "soon" }, 'its requeueAfter is the text "soon"'],
  [{ result: "error", error: 3 }, "its error is the number 3, expected text"],
  [{ result: "ok", resources: {} }, "its resources are an object, expected a list"],
  [{ result: "ok", resources: ["m"] }, 'its resources[0] is the text "m"'],
  [{ result: "ok", resources: [{ type: "configMaps" }] }, "its resources[0].fields is undefined"],
  [{ result: "ok", resources: [{ type: "pods", fields: {} }] }, "no shorthand for it"],
  [{ result: "ok", resources: [{ type: "pets", fields: {} }] }, "no shorthand of that name"],
  [{ result: "ok", resources: [{ type: 3, fields: {} }] }, "no shorthand of that name"],
  [
    { result: "ok", resources: [{ type: "secrets", fields: {}, force: true }] },
    'resources[0] has an unknown "force"',
  ],
  [
    { result: "ok", resources: [{ type: "secrets", fields: {}, forceConflict: "no" }] },
    "its resources[0].forceConflict is",
  ],
  [{ result: "error" }, "The remote reports an error: it gave no reason"],
  [{ result: "error", error: "a\n  b" }, "The remote reports an error: a b"],
])("checkAnswer() refuses %j", (answer, message) => {
  expect(() => checkAnswer(answer)).toThrow(message);
});

test("checkAnswer() keeps what an error says of the status and of the time", () => {
  const answer = { result: "error", error: "no", status: { a: 1 }, requeueAfter: "7s" };
  expect(() => checkAnswer(answer)).toThrow(
    expect.objectContaining({ code: "said", retryAfterMs: 7_000, status: { a: 1 } }),
  );
});

test("plainWords() gives one line of bounded length", () => {
  expect(plainWords(" a\u0000\r\n\tb\u001b[31m ")).toBe("a b [31m");
  expect(plainWords("x".repeat(10_000))).toHaveLength(501);
});
