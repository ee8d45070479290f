/** Semantic versions. */
import { checkConstraint, compareVersions, parseVersion, type Version } from "../../std/semver.ts";
import type { Arguments } from "./arguments.ts";
import { functionGroup } from "./function-group.ts";

export const semverFunctions = functionGroup({
  title: "Semantic versions",
  about:
    "A leading `v` and missing minor or patch numbers are fine. What is no version answers empty text, false, or sorts before every version.",
  given: { spec: { version: "v1.4.2" }, status: { runningVersion: "1.3.0" } },
  rows: [
    {
      signature: "semverMajor version",
      summary: "The major number as text.",
      example: ["{{ semverMajor .spec.version }}", "1"],
      call: (args) => String(versionOf(args)?.major ?? ""),
    },
    {
      signature: "semverMinor version",
      summary: "The minor number as text.",
      example: ["{{ semverMinor .spec.version }}", "4"],
      call: (args) => String(versionOf(args)?.minor ?? ""),
    },
    {
      signature: "semverPatch version",
      summary: "The patch number as text.",
      example: ["{{ semverPatch .spec.version }}", "2"],
      call: (args) => String(versionOf(args)?.patch ?? ""),
    },
    {
      signature: "semverValid version",
      summary: "Whether the text is a version.",
      example: ['{{ semverValid "latest" }}', "false"],
      call: (args) => versionOf(args) !== undefined,
    },
    {
      signature: "semverCompare left right",
      summary: "-1, 0 or 1 as left is lower than, equal to or higher than right.",
      example: ["{{ semverCompare .spec.version .status.runningVersion }}", "1"],
      call: (args) => {
        const [left, right] = [versionOf(args), versionOf(args, 1)];
        if (left && right) return compareVersions(left, right);
        return Number(left !== undefined) - Number(right !== undefined);
      },
    },
    {
      signature: "semverBump version component",
      summary:
        "The next `major`, `minor` or `patch` version; pre-release and build are dropped, a leading `v` is kept. Anything else answers the text as it is.",
      example: ['{{ semverBump .spec.version "minor" }}', "v1.5.0"],
      call: (args) => bump(args),
    },
    {
      signature: "semverConstraint version constraint",
      summary:
        "Whether the version satisfies the constraint: `>=1.2.0,<2.0.0` (comma: and), `||`, `^1.2`, `~1.2`, `1.x`, `!=1.3.0`.",
      example: ['{{ semverConstraint .spec.version "^1.0" }}', "true"],
      call: (args) => {
        const version = versionOf(args);
        if (!version) return false;
        const check = checkConstraint(version, args.text(1));
        return check.kind === "checked" ? check.isSatisfied : args.fail(check.message);
      },
    },
  ],
});

function versionOf(args: Arguments, index = 0): Version | undefined {
  return parseVersion(args.text(index));
}

function bump(args: Arguments): string {
  const text = args.text(0);
  const version = parseVersion(text);
  if (!version) return text;
  const prefix = text.trim().startsWith("v") ? "v" : "";
  switch (args.text(1)) {
    case "major":
      return `${prefix}${version.major + 1}.0.0`;
    case "minor":
      return `${prefix}${version.major}.${version.minor + 1}.0`;
    case "patch":
      return `${prefix}${version.major}.${version.minor}.${version.patch + 1}`;
    default:
      return text;
  }
}
