import { expect, test } from "bun:test";
import { checkResult } from "../../../src/hook/result.ts";
import type { Json } from "../../../src/std/json.ts";

const condition = { type: "Synced", status: "True", reason: "Done", message: "" };

test.each<[Json, object]>([
  [null, {}],
  [{}, {}],
  [{ status: null }, {}],
  [{ status: { a: 1 } }, { status: { a: 1 } }],
  [{ status: { conditions: [condition] } }, { status: { conditions: [condition] } }],
  [{ requeueAfter: "30s" }, { requeueAfterMs: 30_000 }],
  [{ requeueAfter: 1500 }, { requeueAfterMs: 1500 }],
  [{ requeueAfter: "0s" }, {}],
  [{ requeueAfter: 0 }, {}],
  [{ requeueAfter: "" }, {}],
  [{ notReady: "waiting for\n  the record " }, { notReady: "waiting for the record" }],
  [{ notReady: "x".repeat(900) }, { notReady: `${"x".repeat(500)}…` }],
  [{ notReady: "", requeueAfter: "1s" }, { requeueAfterMs: 1_000 }],
  [{ notReady: null }, {}],
  [{ notReady: false }, {}],
])("checkResult() reads %j", (result, expected) => {
  expect(checkResult(result)).toEqual(expected);
});

test.each<[Json, string]>([
  ["done", 'it returned the text "done", expected an object or nothing'],
  [3, "it returned the number 3"],
  [[], "it returned a list"],
  [{ statu: {} }, 'did you mean "status"?'],
  [{ ready: true }, "expected status, requeueAfter or notReady"],
  [{ status: "up" }, 'its status is the text "up", expected an object'],
  [{ status: { conditions: { a: 1 } } }, "its status.conditions are no conditions"],
  [{ status: { conditions: [{ type: "A", status: "yes" }] } }, "are no conditions"],
  [{ notReady: true }, "its notReady is the boolean true, expected a text that says what"],
  [{ notReady: { why: "dns" } }, "its notReady is an object, expected a text"],
  [{ requeueAfter: "soon" }, 'its requeueAfter is the text "soon", expected a duration'],
  [{ requeueAfter: -1 }, "its requeueAfter is the number -1"],
  [{ requeueAfter: "-1s" }, "its requeueAfter is"],
])("checkResult() refuses %j", (result, message) => {
  expect(() => checkResult(result)).toThrow(message);
});
