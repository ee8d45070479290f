import { describe, expect, test } from "bun:test";
import { parseCron, splitCron } from "../../../src/std/cron.ts";

/** A Sunday. */
const NOON = Date.parse("2026-11-22T12:00:00Z");

describe("parseCron()", () => {
  test.each([
    ["*/5 * * * *", "UTC", "2026-11-22T12:05:00Z", "2026-11-22T11:55:00Z"],
    ["@daily", "UTC", "2026-11-23T00:00:00Z", "2026-11-22T00:00:00Z"],
    ["0 9 * * MON-FRI", "UTC", "2026-11-23T09:00:00Z", "2026-11-20T09:00:00Z"],
    ["0 0 * * 7", "UTC", "2026-11-29T00:00:00Z", "2026-11-22T00:00:00Z"],
    ["0 6 * * ?", "Asia/Tokyo", "2026-11-22T21:00:00Z", "2026-11-21T21:00:00Z"],
    // Cron runs when the day of the month or the day of the week fits.
    ["0 0 1 * 3", "UTC", "2026-11-25T00:00:00Z", "2026-11-18T00:00:00Z"],
  ])("%j in %s is due next at %s and was at %s", (...row) => {
    const [expression, zone, next, previous] = row;
    const cron = parseCron(expression);
    expect(cron?.nextMs(NOON, zone)).toBe(Date.parse(next));
    expect(cron?.previousMs(NOON, zone)).toBe(Date.parse(previous));
  });

  test("a day that does not exist is never due", () => {
    expect(parseCron("0 0 31 2 *")?.nextMs(NOON, "UTC")).toBeUndefined();
  });

  test.each([
    "",
    "* * * *",
    "* * * * * *",
    "60 * * * *",
    "* 24 * * *",
    "0 0 L * *",
    "0 0 * * 1#2",
    "a b c d e",
    "@every 5m",
  ])("%j is no schedule", (expression) => {
    expect(parseCron(expression)).toBeUndefined();
  });

  test("an unknown time zone is an error", () => {
    expect(() => parseCron("@daily")?.nextMs(NOON, "Mars/Base")).toThrow("Mars/Base");
  });
});

test("splitCron() expands macros and counts fields", () => {
  expect(splitCron(" @Hourly ")).toEqual(["0", "*", "*", "*", "*"]);
  expect(splitCron("1 2  3 4 5")).toEqual(["1", "2", "3", "4", "5"]);
  expect(splitCron("constructor")).toBeUndefined();
});
