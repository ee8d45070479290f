import { expect, test } from "bun:test";
import { BoxHealth } from "../../../src/runtime/box-health.ts";
import { afterStart, type Obstacle } from "../../../src/runtime/health.ts";
import { Bell } from "../../../src/std/bell.ts";
import type { LogFields, Logger } from "../../../src/telemetry/log.ts";
import { manualClock } from "../../support/manual-clock.ts";

function open() {
  const told: string[] = [];
  const write = (level: string) => (message: string, fields: LogFields) => {
    const { after, reason } = fields as Record<string, string>;
    told.push([level, message, after ?? reason].filter(Boolean).join(" "));
  };
  const levels = { debug: write("debug"), info: write("info"), warn: write("warn") };
  const clock = manualClock();
  const log = { ...levels, error: write("error") } as unknown as Logger;
  return { health: new BoxHealth({ log, clock, changed: new Bell() }), clock, told };
}

const obstacle = (kind: Obstacle["kind"], message: string = kind): Obstacle => ({ kind, message });

test.each(["missing", "forbidden", "refused", "unreachable"] as const)(
  "BoxHealth.meet() warns of what is in the way (%s), and tells once that it goes on, and after how long",
  (kind) => {
    const { health, clock, told } = open();
    health.meet(undefined);
    health.meet(obstacle(kind));
    health.meet(obstacle(kind));
    clock.advance(12_600);
    health.meet(undefined);
    health.meet(undefined);
    expect(told).toEqual([`warn Cannot go on yet ${kind}`, "info Goes on again 13s"]);
  },
);

test("BoxHealth.meet() takes what follows upon an obstacle for the same outage", () => {
  const { health, clock, told } = open();
  health.meet(obstacle("unreachable"), new Error("refused"));
  clock.advance(3_000);
  health.meet(obstacle("forbidden"));
  clock.advance(1_000);
  health.meet(obstacle("initializing"));
  clock.advance(500);
  health.update(afterStart(health.current, clock.now()));
  expect(told).toEqual([
    "warn Cannot go on yet",
    "warn Cannot go on yet forbidden",
    "debug Waiting initializing",
    "info Goes on again 4.5s",
  ]);
});

test("BoxHealth.meet() tells no end of a wait, and ends an outage where a wait begins", () => {
  const { health, clock, told } = open();
  health.meet(obstacle("dependency"));
  health.meet(undefined);
  health.meet(obstacle("initializing"));
  health.meet(undefined);
  health.meet(obstacle("missing"));
  clock.advance(2_000);
  health.meet(obstacle("dependency"));
  clock.advance(60_000);
  health.meet(undefined);
  expect(told).toEqual([
    "info Waiting dependency",
    "debug Waiting initializing",
    "warn Cannot go on yet missing",
    "info Goes on again 2s",
    "info Waiting dependency",
  ]);
});
