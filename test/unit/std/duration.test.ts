import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { elapsedText, formatDuration, parseDuration } from "../../../src/std/duration.ts";

const DAY_MS = 86_400_000;

describe("parseDuration()", () => {
  test.each([
    ["15s", 15_000],
    ["1h30m", 5_400_000],
    ["1.5h", 5_400_000],
    [".5s", 500],
    ["250ms", 250],
    ["1us", 0.001],
    ["1µs", 0.001],
    ["1μs", 0.001],
    ["1ns", 0.000001],
    ["7d", 7 * DAY_MS],
    ["2w", 14 * DAY_MS],
    ["1mo", 30 * DAY_MS],
    ["1y", 365 * DAY_MS],
    ["1d12h", 1.5 * DAY_MS],
    ["0", 0],
    ["-90s", -90_000],
    ["+1m", 60_000],
    [" 5m ", 300_000],
  ])("reads %j as %p ms", (text, ms) => {
    const parsed = parseDuration(text);
    expect(parsed.kind).toBe("duration");
    if (parsed.kind === "duration") expect(parsed.ms).toBeCloseTo(ms, 9);
  });

  test.each(["", "5", "s", "1h 30m", "1x", "1.2.3s", "--1s", "1M", "forever", "."])(
    "answers what is wrong with %j",
    (text) => {
      expect(parseDuration(text)).toEqual({
        kind: "invalid",
        message: `"${text}" is not a duration, expected a form such as "15s", "1h30m" or "7d"`,
      });
    },
  );
});

describe("formatDuration()", () => {
  test.each([
    [0, "0s"],
    [1000, "1s"],
    [1500, "1.5s"],
    [250, "250ms"],
    [0.25, "250µs"],
    [0.000001, "1ns"],
    [90_000, "1m30s"],
    [3_600_000, "1h0m0s"],
    [-5_400_000, "-1h30m0s"],
    [30 * DAY_MS, "720h0m0s"],
    [365 * DAY_MS + 1, "8760h0m0.001s"],
  ])("writes %p ms as %j", (ms, text) => {
    expect(formatDuration(ms)).toBe(text);
  });

  test("parseDuration() reads back what it writes", () => {
    fc.assert(
      fc.property(fc.integer({ min: -1e12, max: 1e12 }), (ms) => {
        expect(parseDuration(formatDuration(ms))).toEqual({ kind: "duration", ms });
      }),
    );
  });
});

test.each([
  [0, "0s"],
  [40, "0s"],
  [440, "0.4s"],
  [999, "1s"],
  [9_940, "9.9s"],
  [9_960, "10s"],
  [12_600, "13s"],
  [59_700, "1m0s"],
  [3_725_400, "1h2m5s"],
])("elapsedText() of %d ms is %s", (ms, text) => {
  expect(elapsedText(ms)).toBe(text);
});
