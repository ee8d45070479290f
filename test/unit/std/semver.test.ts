import { describe, expect, test } from "bun:test";
import { checkConstraint, compareVersions, parseVersion } from "../../../src/std/semver.ts";

const version = (text: string) => parseVersion(text) ?? expect.unreachable(`${text} is a version`);

test.each([
  ["1.2.3", "1.2.3"],
  ["v1.2.3-rc.1+build.5", "1.2.3-rc.1"],
  ["v1", "1.0.0"],
  [" 1.2 ", "1.2.0"],
])("parseVersion(%j) is %s", (text, canonical) => {
  expect(parseVersion(text)?.text).toBe(canonical);
});

test.each(["", "latest", "1.2.3.4", "1.02.3", "1.2.3-", "99999999999999999999.0.0"])(
  "parseVersion(%j) is no version",
  (text) => {
    expect(parseVersion(text)).toBeUndefined();
  },
);

test("compareVersions() follows the order of precedence", () => {
  const order = [
    "1.0.0-alpha",
    "1.0.0-alpha.1",
    "1.0.0-beta",
    "1.0.0",
    "1.0.10",
    "1.9.0",
    "1.10.0",
  ];
  for (const [index, left] of order.entries()) {
    for (const [other, right] of order.entries()) {
      expect(compareVersions(version(left), version(right))).toBe(Math.sign(index - other) as 0);
    }
  }
});

describe("checkConstraint()", () => {
  test.each([
    ["1.5.0", ">=1.0.0,<2.0.0", true],
    ["2.0.0", ">=1.0.0,<2.0.0", false],
    ["1.5.0", ">= 1.0.0 < 2.0.0", true],
    ["1.2.9", "~1.2", true],
    ["2.0.0", "^1.2", false],
    ["1.7.0", "1.x", true],
    ["3.0.0", "1.x || >=3", true],
    ["1.4.0", "!=1.4.0", false],
    ["1.4.0", "!=1.4.x || 1.4.0", true],
    ["1.0.0-rc.1", ">=0.9.0", false],
    ["1.0.0-rc.2", ">=1.0.0-rc.1", true],
    ["1.0.0", "", true],
  ])("%s against %j is %p", (text, constraint, isSatisfied) => {
    expect(checkConstraint(version(text), constraint)).toEqual({ kind: "checked", isSatisfied });
  });

  test.each(["nonsense", ">=1.0.0,<two", "!=", "^1.0 || x.y"])("%j is refused", (constraint) => {
    const check = checkConstraint(version("1.0.0"), constraint);
    expect(check.kind).toBe("invalid");
  });
});
