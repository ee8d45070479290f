import { expect, test } from "bun:test";
import { zoneAbbreviation, zoneOffsetMs } from "../../../src/std/time-zone.ts";

const WINTER = Date.parse("2026-01-15T12:00:00Z");
const SUMMER = Date.parse("2026-07-15T12:00:00Z");

test.each([
  ["UTC", WINTER, 0],
  ["Etc/UTC", WINTER, 0],
  ["Europe/Berlin", WINTER, 60],
  ["Europe/Berlin", SUMMER, 120],
  ["Asia/Kolkata", SUMMER, 330],
  ["America/St_Johns", WINTER, -210],
])("zoneOffsetMs() of %s at %p is %p minutes", (zone, ms, minutes) => {
  expect(zoneOffsetMs(ms, zone)).toBe(minutes * 60_000);
});

test("an unknown zone has neither offset nor name", () => {
  expect(zoneOffsetMs(WINTER, "Mars/Base")).toBeUndefined();
  expect(zoneAbbreviation(WINTER, "Mars/Base")).toBeUndefined();
});

test("zoneAbbreviation() is the name in use at that moment", () => {
  expect(zoneAbbreviation(WINTER, "America/New_York")).toBe("EST");
  expect(zoneAbbreviation(SUMMER, "America/New_York")).toBe("EDT");
  expect(zoneAbbreviation(WINTER, "Europe/Berlin")).toBe("CET");
  expect(zoneAbbreviation(WINTER, "Asia/Kathmandu")).toBeUndefined();
});
