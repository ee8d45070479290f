import { describe, expect, test } from "bun:test";
import {
  chartVersionText,
  compareChartVersions,
  parseChartVersion,
  parseConstraint,
} from "../../../src/std/version-constraint.ts";

function fits(constraint: string, version: string): boolean {
  const [check, parsed] = [parseConstraint(constraint), parseChartVersion(version)];
  if (!check || !parsed) throw new Error("Cannot be read");
  return check(parsed);
}

/** `test/oracle/constraints.test.ts` compares thousands of pairs with Helm's own library. */
describe("parseConstraint()", () => {
  test.each([
    ["1.2.3", "1.2.3", true],
    ["1.2", "1.2.9", true],
    ["^1.2", "1.9.0", true],
    ["^1.2", "2.0.0", false],
    ["^0.2", "0.3.0", false],
    ["~1.2.3", "1.2.9", true],
    ["~1.2.3", "1.3.0", false],
    [">=1.2, <2 || 5.x", "5.1.0", true],
    ["1.2 - 1.4", "1.4.0", true],
    ["=>1.2", "1.2.0", true],
    ["!=1.2.x", "1.2.5", false],
    ["*", "1.0.0-rc.1", false],
    [">=1.0.0-0", "1.2.0-rc.1", true],
    [">=1.2", "v1.3.0+build", true],
  ])("%s holds %s: %p", (...[constraint, version, expected]) => {
    expect(fits(constraint, version)).toBe(expected);
  });

  test.each(["", "junk", ">=", "1..2", "1 ||", "x".repeat(600)])("refuses %j", (text) => {
    expect(parseConstraint(text)).toBeUndefined();
  });
});

describe("compareChartVersions()", () => {
  test("orders as semantic versioning says", () => {
    const order =
      "1.0.0-alpha 1.0.0-alpha.1 1.0.0-beta.2 1.0.0-beta.11 1.0.0-rc.1 1.0.0 1.2 v1.10.0 2";
    const versions = order.split(" ").flatMap((text) => parseChartVersion(text) ?? []);
    expect(versions).toHaveLength(9);
    const sorted = versions.toReversed().sort(compareChartVersions);
    expect(sorted.map(({ original }) => original).join(" ")).toBe(order);
  });
});

describe("parseChartVersion()", () => {
  test("reads what is missing as 0 and keeps what was written", () => {
    const version = parseChartVersion("v1.2-rc.1+meta");
    expect(version && [chartVersionText(version), version.original]).toEqual([
      "1.2.0-rc.1+meta",
      "v1.2-rc.1+meta",
    ]);
  });

  test.each(["", "junk", "1.2.3.4", "1.2.3-", "1.2.3-01", "1.x"])("refuses %j", (text) => {
    expect(parseChartVersion(text)).toBeUndefined();
  });
});
