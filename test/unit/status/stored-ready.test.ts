import { expect, test } from "bun:test";
import type { KubeObject } from "../../../src/schema/object.ts";
import { storedReady } from "../../../src/status/stored-ready.ts";

const object = (status: unknown, generation?: number) =>
  ({
    apiVersion: "v1",
    kind: "X",
    metadata: { name: "x", ...(generation !== undefined && { generation }) },
    status,
  }) as KubeObject;
const ready = (status: string, observedGeneration?: number) => ({
  type: "Ready",
  status,
  reason: "R",
  message: "m",
  ...(observedGeneration !== undefined && { observedGeneration }),
});

test.each([
  ["none", undefined, 1, undefined],
  ["another condition", { conditions: [{ type: "Other", status: "True" }] }, 1, undefined],
  ["True of this generation", { conditions: [ready("True", 2)] }, 2, "True"],
  ["True of an earlier one", { conditions: [ready("True", 1)] }, 2, "Unknown"],
  ["False of an earlier one", { conditions: [ready("False", 1)] }, 2, "False"],
  ["True of none", { conditions: [ready("True")] }, 2, "True"],
  [
    "True below an earlier one",
    { observedGeneration: 1, conditions: [ready("True")] },
    2,
    "Unknown",
  ],
  ["True of a kind without generations", { conditions: [ready("True", 1)] }, undefined, "True"],
] as const)("storedReady() of %s", (...[, status, generation, expected]) => {
  expect(storedReady(object(status, generation))?.status).toBe(expected as string);
});

test("storedReady() says of which generation it knows", () => {
  expect(storedReady(object({ conditions: [ready("True", 1)] }, 2))).toEqual({
    status: "Unknown",
    reason: "NotObserved",
    message: "Generation 2 is not reconciled yet, 1 was ready",
  });
});
