/** Version constraints against Masterminds/semver, which is what Helm resolves versions with. */
import { expect, test } from "bun:test";
import { parseChartVersion, parseConstraint } from "../../src/std/version-constraint.ts";
import { describeWithOracle } from "../support/oracle.ts";

const CONSTRAINTS = (
  "1|1.2|1.2.3|v1.2.3|=1.2.3|= 1.2|!=1.2.3|!=1.2|!=1|>1|>1.2|>1.2.3|<1.2|<2|>=1.2.3|=>1.2|<=1.2|<=1|" +
  "=<1.2.3|~1|~1.2|~1.2.3|~>1.2|~0|~0.0.0|~1.x|^1|^1.2|^1.2.3|^0|^0.0|^0.0.3|^0.2|^0.2.3|*|x|X|1.x|" +
  "1.*|1.2.x|>=1.2.0-0|^1.2.0-beta|~1.2.3-alpha.2|>1.2.3-rc.1|1.2.3-rc.1|!=1.2.3-rc.1|>=1.2 <1.5|" +
  ">=1.2, <2|>=1.2,<2|1.2 - 1.4|1.2.3 - 2|>1 || <0.5|^1.2 || 3.x|1.2 || 2|>=1.0.0-0 <2.0.0|" +
  "||>=|junk|1..2|>=1.2.3+build|1.2.3+build|>= 1.2 , <= 3 || ~5|01.2|1.2.3.4|<1.2.3-beta|" +
  " 1.2 | >=1 |1 2|<=1.2.x|>1.x|>=*|^*|~*|!=*|=>1.x|>=1.2-0|<2.0.0-0|^2.0.0-0|1.2.x-beta|"
).split("|");

const VERSIONS = (
  "0.0.0 0.0.1 0.0.3 0.0.4 0.1.0 0.2.0 0.2.3 0.2.9 0.3.0 1.0.0 1.1.9 1.2.0 1.2.3 1.2.4 1.2.10 1.3.0 1.4.0 " +
  "1.4.9 1.5.0 1.9.9 2.0.0 2.1.0 3.0.0 5.0.7 10.0.0 v1.2.3 1.2 1 1.2.3+build 1.2.0-0 1.2.0-beta " +
  "1.2.3-alpha 1.2.3-alpha.2 1.2.3-alpha.10 1.2.3-beta 1.2.3-rc.1 1.2.3-rc.2 1.3.0-rc.1 2.0.0-rc.1 " +
  "0.2.0-pre 1.2.3-0 1.2.3-1 1.2.3-a.b.c junk 1.2.3.4 01.2.3 1.2.3-01"
).split(" ");

// `||` parts alternatives, so it cannot stand in the list above.
const ALTERNATIVES = [">1 || <0.5", "^1.2 || 3.x", "1.2 || 2", ">= 1.2 , <= 3 || ~5", "||", "1||"];
const cases = [...CONSTRAINTS, ...ALTERNATIVES].flatMap((constraint) =>
  VERSIONS.map((version) => ({ constraint, version })),
);

function answer(constraint: string, version: string): string {
  const parsed = parseChartVersion(version);
  if (!parsed) return "no version";
  const check = parseConstraint(constraint);
  return check ? String(check(parsed)) : "no constraint";
}

describeWithOracle("parseConstraint() decides as Helm does", {
  request: { constraints: cases },
  tests(answers) {
    test(`in ${cases.length} cases`, () => {
      const apart = cases.flatMap(({ constraint, version }, index) => {
        const [helm, ours] = [answers().constraints[index], answer(constraint, version)];
        return helm === ours ? [] : [{ constraint, version, helm, ours }];
      });
      expect(apart).toEqual([]);
    });
  },
});
