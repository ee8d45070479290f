/** The arithmetic and the table of the benchmark. */
import { expect, test } from "bun:test";
import { renderTable } from "./report.ts";
import { median, quantile } from "./statistics.ts";

test.each([
  [[3, 1, 2], 0.5, 2],
  [[4, 1, 3, 2], 0.5, 2],
  [[5], 0.99, 5],
  [Array.from({ length: 200 }, (_, i) => i + 1), 0.99, 198],
])("quantile(%p, %p) is the nearest rank", (values, share, wanted) => {
  expect(quantile(values, share)).toBe(wanted);
});

test("median() of nothing is no number", () => {
  expect(median([])).toBeNaN();
});

test("renderTable() aligns its columns and says which bar is missed", () => {
  const rows = [
    { what: "fast", measured: "5 ms", floor: "10 ms", ratio: 0.5, bar: "≤ 1 × floor", isMet: true },
    { what: "for comparison", measured: "7 ms", floor: "10 ms", ratio: 0.7 },
    { what: "too much memory", measured: "99 MB", bar: "≤ 75 MB", isMet: false },
  ];
  expect(renderTable(rows).split("\n")).toEqual([
    "| what            | measured | floor | ratio | bar         | ok? |",
    "|-----------------|----------|-------|-------|-------------|-----|",
    "| fast            | 5 ms     | 10 ms | 0.50  | ≤ 1 × floor | yes |",
    "| for comparison  | 7 ms     | 10 ms | 0.70  |             |     |",
    "| too much memory | 99 MB    |       |       | ≤ 75 MB     | NO  |",
  ]);
});
