import { expect, test } from "bun:test";
import { KubeError } from "../../../src/kube/error.ts";
import { childObstacle, obstacleOf } from "../../../src/runtime/obstacle.ts";

test.each([
  [0, "Unauthenticated", "unauthenticated"],
  [401, "Unauthorized", "unauthenticated"],
  [0, "", "unreachable"],
  [503, "", "unreachable"],
  [403, "Forbidden", "forbidden"],
  [404, "NotFound", "missing"],
  [422, "Invalid", "refused"],
] as const)("obstacleOf() status %d, reason %p is %s", (status, reason, kind) => {
  expect(obstacleOf(new KubeError("m", { status, reason }))).toEqual({ kind, message: "m" });
});

test("childObstacle() names the kind of child, not the CRD", () => {
  const error = new KubeError("GET /parts answered 404", { status: 404, reason: "NotFound" });
  expect(childObstacle("Part", error)).toEqual({
    kind: "missing",
    isOfChild: true,
    message: "Cannot watch the kind Part (a child): GET /parts answered 404",
  });
});
