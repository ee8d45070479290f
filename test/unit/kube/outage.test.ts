import { expect, test } from "bun:test";
import { Outage } from "../../../src/kube/outage.ts";
import type { LogFields, Logger } from "../../../src/telemetry/log.ts";
import { manualClock } from "../../support/manual-clock.ts";

const TROUBLE = new Error("connection refused");

/** What is told at `info` and above, with how long it was. */
function open() {
  const told: string[] = [];
  const write = (level: string) => (message: string, fields: LogFields) => {
    told.push([level, message, fields["after"]].filter(Boolean).join(" "));
  };
  const ignore = () => undefined;
  const log = { debug: ignore, info: write("info"), warn: write("warn"), error: write("error") };
  const clock = manualClock();
  const outage = new Outage({ kind: "ConfigMap", clock, log: log as unknown as Logger });
  return { outage, clock, told };
}

const FAILED = "error Cannot follow changes, trying again";

test("Outage tells a failure that lasts once, and its end with how long it was", () => {
  const { outage, clock, told } = open();
  for (let attempts = 1; attempts < 5; attempts++) {
    outage.failed(TROUBLE, attempts);
    clock.advance(3_000);
  }
  outage.answered();
  outage.answered();
  expect(told).toEqual([FAILED]);
  clock.advance(2_000);
  expect(told).toEqual([FAILED, "info Follows changes again 12s"]);
  clock.advance(60_000);
  outage.answered();
  clock.advance(60_000);
  expect(told).toHaveLength(2);
});

test("Outage says nothing of a failure that the next attempt survives", () => {
  const { outage, clock, told } = open();
  outage.failed(TROUBLE, 1);
  clock.advance(300);
  outage.answered();
  clock.advance(10_000);
  expect(told).toEqual([]);
});

test("Outage is one where watches open and end at once, however often", () => {
  const { outage, clock, told } = open();
  for (let attempts = 1; attempts < 20; attempts++) {
    outage.failed(TROUBLE, attempts);
    clock.advance(1_000);
    outage.answered();
    clock.advance(900);
  }
  expect(told).toEqual([FAILED]);
  clock.advance(2_000);
  expect(told).toEqual([FAILED, "info Follows changes again 35s"]);
});

test("Outage tells another failure within it, and each outage anew", () => {
  const { outage, clock, told } = open();
  const fail = (message: string) => outage.failed(new Error(message), 2);
  fail("refused");
  fail("forbidden");
  fail("forbidden");
  outage.answered();
  clock.advance(2_000);
  fail("forbidden");
  expect(told).toEqual([FAILED, FAILED, "info Follows changes again 0s", FAILED]);
});

test("Outage.stop() tells an end that was seen, and none of what lasts", () => {
  const over = open();
  over.outage.failed(TROUBLE, 2);
  over.clock.advance(5_000);
  over.outage.answered();
  over.outage.stop();
  over.outage.stop();
  expect(over.told).toEqual([FAILED, "info Follows changes again 5s"]);
  const lasting = open();
  lasting.outage.failed(TROUBLE, 2);
  lasting.outage.stop();
  expect(lasting.told).toEqual([FAILED]);
  expect([over.clock.pending, lasting.clock.pending]).toEqual([0, 0]);
});

test("Outage tells the end of a fault of this program, too", () => {
  const { outage, clock, told } = open();
  outage.broken(new TypeError("x is undefined"));
  clock.advance(5_000);
  outage.answered();
  clock.advance(2_000);
  expect(told).toEqual([
    "error Cannot follow changes: a fault of this program",
    "info Follows changes again 5s",
  ]);
});
