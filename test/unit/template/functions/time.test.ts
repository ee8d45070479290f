/** Functions over time and cron. The moment of the tests is Sunday 2026-11-22T12:00:00Z. */
import { describe, expect, test } from "bun:test";
import { type Case, callFunction } from "./call-function.ts";

const STAMP = "2026-04-03T09:05:07.120Z";

const CASES: readonly Case[] = [
  ["timeAgo", ["2026-11-22T11:59:55Z"], "5s ago"],
  ["timeAgo", ["2026-11-22T11:48:00+00:00"], "12m ago"],
  ["timeAgo", ["2026-11-20T12:00:00Z"], "2d ago"],
  ["timeAgo", ["2026-11-22T12:05:00Z"], "in 5m"],
  ["timeAgo", ["yesterday"], ""],
  ["timeSince", ["2026-11-22T11:59:00.500Z"], 59],
  ["timeSince", ["2026-11-22"], 43200],
  ["timeSince", ["nonsense"], 0],
  ["timeUntil", ["2026-11-22T12:00:00.250Z"], "1s"],
  ["timeUntil", ["2026-11-22T13:30:00Z"], "1h30m0s"],
  ["timeUntil", ["2020-01-01T00:00:00Z"], "0s"],
  ["isExpired", ["2026-10-01T00:00:00Z", "30d"], true],
  ["isExpired", ["2026-11-22T11:59:00Z", "1h"], false],
  ["isExpired", ["2026-10-01T00:00:00Z", "soon"], false],
  ["timeFormat", [STAMP, "2006-01-02 15:04:05.000"], "2026-04-03 09:05:07.120"],
  ["timeFormat", [STAMP, "Monday, 2 January 06, 3:4:5 pm"], "Friday, 3 April 26, 9:5:7 am"],
  ["timeFormat", [STAMP, "15:04:05.999"], "09:05:07.12"],
  ["timeFormat", [STAMP, "02.01.2006"], "03.04.2026"],
  ["timeFormat", [STAMP, "Jan _2 002 __2"], "Apr  3 093  93"],
  ["timeFormat", [STAMP, "RFC1123"], "Fri, 03 Apr 2026 09:05:07 UTC"],
  ["timeFormat", [STAMP, "RFC3339"], "2026-04-03T09:05:07Z"],
  ["timeFormat", [STAMP, "RFC3339", "Asia/Kolkata"], "2026-04-03T14:35:07+05:30"],
  ["timeFormat", [STAMP, "15:04 -0700", "America/New_York"], "05:05 -0400"],
  ["timeFormat", [STAMP, "Kitchen"], "9:05AM"],
  ["timeFormat", [STAMP, "RFC822", "Europe/Berlin"], "03 Apr 26 11:05 CEST"],
  ["timeFormat", [STAMP, "RFC822", "Asia/Kathmandu"], "03 Apr 26 14:50 +0545"],
  ["timeFormat", [STAMP, "2006__2 Month Z070000 .9 0.0"], "2026 93 Month Z .1 0.1"],
  ["timeFormat", ["nonsense", "2006"], ""],
  ["durationSeconds", ["7d"], 604800],
  ["durationSeconds", ["1.5h"], 5400],
  ["durationSeconds", ["fast"], 0],
  ["durationAdd", ["1h", "90s"], "1h1m30s"],
  ["durationAdd", ["1h", "x"], "0s"],
  ["durationValid", ["1y"], true],
  ["durationValid", ["5"], false],
  ["weekday", [], false],
  ["weekend", [], true],
  ["weekday", ["Pacific/Kiritimati"], true],
  ["timeInWindow", ["09:00", "18:00"], true],
  ["timeInWindow", ["12:00", "13:00"], true],
  ["timeInWindow", ["09:00", "12:00"], false],
  ["timeInWindow", ["22:00", "06:00"], false],
  ["timeInWindow", ["22:00", "06:00", "Asia/Tokyo"], false],
  ["timeInWindow", ["20:00", "22:00", "Asia/Tokyo"], true],
  ["timeInWindow", ["9 am", "18:00"], false],

  ["cronFromMap", [{ minute: "*/5", hour: 0, dayOfWeek: "1" }], "*/5 0 * * 1"],
  ["cronFromAny", ["  @weekly "], "0 0 * * 0"],
  [
    "cronToMap",
    ["@hourly"],
    { minute: "0", hour: "*", dayOfMonth: "*", month: "*", dayOfWeek: "*" },
  ],
  ["cronNormalize", [" 0  2 * * 1 "], "0 2 * * 1"],
  ["cronNormalize", [""], "* * * * *"],
  ["cronValid", ["*/5 * * * *"], true],
  ["cronValid", ["0 25 * * *"], false],
  ["cronValid", ["* * * *"], false],
  ["cronValid", ["0 0 L * *"], false],
  ["cronValid", ["0 9 ? JAN-MAR mon-fri"], true],
  ["cronExpr", ["*/1", undefined, "", "*", 7], "*/1 * * * 7"],
  ["cronDow", ["@weekly"], "0"],
  ["cronField", ["1 2 3 4 5", 2], "3"],
  ["nextCron", ["0 2 * * 0"], "2026-11-29T02:00:00Z"],
  ["nextCron", ["0 9 * * *", "Asia/Tokyo"], "2026-11-23T00:00:00Z"],
  ["nextCron", ["0 0 31 2 *"], ""],
  ["nextCron", ["never"], ""],
];

const DESCRIPTIONS = [
  ["* * * * *", "Every minute"],
  ["*/5 * * * *", "Every 5 minutes"],
  ["0 * * * *", "Every hour"],
  ["0 */6 * * *", "Every 6 hours"],
  ["30 * * * *", "At minute 30 of every hour"],
  ["@daily", "At 00:00 every day"],
  ["0 2 * * 1", "At 02:00 on Mondays"],
  ["30 9,17 * * MON-FRI", "At 09:30 and 17:30 Monday to Friday"],
  ["0 0 1,15 * *", "At 00:00 on day 1 and 15 of the month"],
  ["0 0 1 * 5", "At 00:00 on day 1 of the month or on Fridays"],
  ["0 6 * 6-8 *", "At 06:00 every day in June to August"],
  ["*/10 9-17 * * *", "Every 10 minutes of hour 9 to 17"],
  ["* 9 * * *", "Every minute of hour 9"],
  ["0 0 */2 * *", "At 00:00 on every 2 days of the month"],
  ["nonsense", ""],
] as const;

describe("time functions", () => {
  test.each(CASES)("%s %j gives %j", (name, args, result) => {
    expect(callFunction(name, args)).toEqual(result as never);
  });

  test.each(DESCRIPTIONS)("cronDescribe %j gives %j", (schedule, description) => {
    expect(callFunction("cronDescribe", [schedule])).toBe(description);
  });

  test.each([
    ["weekday", ["Mars/Base"], 'time zone is "Mars/Base"'],
    ["timeFormat", [STAMP, "2006", "Mars/Base"], 'time zone is "Mars/Base"'],
    ["nextCron", ["@daily", "Mars/Base"], 'time zone is "Mars/Base"'],
    ["cronNormalize", ["every day"], 'schedule is "every day", expected five fields'],
    ["cronField", ["* * * * *", 5], "index is 5, expected 0 to 4"],
  ] as const)("%s %j is refused", (name, args, message) => {
    expect(() => callFunction(name, args)).toThrow(message);
  });

  test("weekday and timeInWindow follow the environment's zone", () => {
    const kiritimati = { environment: { timeZone: "Pacific/Kiritimati" } };
    expect(callFunction("weekday", [], kiritimati)).toBe(true);
    expect(callFunction("timeInWindow", ["02:00", "02:01"], kiritimati)).toBe(true);
  });

  test("timeInWindow over midnight holds on both sides of it", () => {
    const at = (time: string) => ({ environment: { nowMs: Date.parse(`2026-11-22T${time}Z`) } });
    expect(callFunction("timeInWindow", ["22:00", "06:00"], at("23:30:00"))).toBe(true);
    expect(callFunction("timeInWindow", ["22:00", "06:00"], at("05:59:59"))).toBe(true);
    expect(callFunction("timeInWindow", ["22:00", "06:00"], at("06:00:00"))).toBe(false);
  });
});
