import { expect, test } from "bun:test";
import { KubeError } from "../../../src/kube/error.ts";
import { afterFailure, type Phase } from "../../../src/kube/watch-phase.ts";

const listing: Phase = { kind: "listing", by: "stream" };
const paging: Phase = { kind: "listing", by: "pages" };
const watching: Phase = { kind: "watching", by: "stream", resourceVersion: "5" };
const watchingPages: Phase = { kind: "watching", by: "pages", resourceVersion: "5" };

type Case = [from: Phase, error: { status: number; reason?: string }, to: Phase, pace: string];

test.each<Case>([
  [watching, { status: 410 }, listing, "now"],
  [watching, { status: 0, reason: "Expired" }, listing, "now"],
  [watchingPages, { status: 410 }, paging, "now"],
  [listing, { status: 410 }, listing, "backoff"],
  [listing, { status: 400 }, paging, "now"],
  [listing, { status: 422 }, paging, "now"],
  [listing, { status: 0, reason: "Silence" }, paging, "now"],
  [paging, { status: 400 }, paging, "backoff"],
  [watching, { status: 400 }, watching, "backoff"],
  [watching, { status: 0, reason: "Silence" }, watching, "backoff"],
  [watching, { status: 0 }, watching, "backoff"],
  [watching, { status: 500 }, watching, "backoff"],
  [watching, { status: 429 }, watching, "backoff"],
  [listing, { status: 503 }, listing, "backoff"],
  [watching, { status: 401 }, watching, "slow"],
  [watching, { status: 403 }, listing, "slow"],
  [watching, { status: 404 }, listing, "slow"],
  [listing, { status: 404 }, listing, "slow"],
])("afterFailure(%j, %j) goes to %j, %s", (...row) => {
  const [phase, error, next, pace] = row;
  expect(afterFailure(phase, new KubeError("x", error))).toEqual({ next, pace } as never);
});
