/** Sprig's semantic versions, with the rules of Masterminds/semver. */
import {
  type ChartVersion,
  chartVersionText,
  compareChartVersions,
  parseChartVersion,
  parseConstraint,
} from "../../std/version-constraint.ts";
import { asValue, GoNumber, GoObject } from "../../template/go-object.ts";
import type { TemplateValue } from "../../template/template.ts";
import { type HelmArguments, helmFunctions } from "./signature.ts";

export const versionFunctions = helmFunctions([
  ["semver version", (args) => asValue(new VersionObject(versionAt(args, 0)))],
  ["semverCompare constraint version", compare],
]);

function versionAt(args: HelmArguments, index: number): ChartVersion {
  return parseChartVersion(args.text(index)) ?? args.fail("invalid semantic version");
}

function compare(args: HelmArguments): boolean {
  const check = parseConstraint(args.text(0));
  if (!check) return args.fail(`improper constraint: "${args.text(0)}"`);
  return check(versionAt(args, 1));
}

/** What `semver` gives: fields, and methods that compare and increase. */
class VersionObject extends GoObject {
  readonly typeName = "*semver.Version";
  readonly kind = "ptr";
  readonly version: ChartVersion;

  constructor(version: ChartVersion) {
    super();
    this.version = version;
  }

  text(): string {
    return chartVersionText(this.version);
  }

  override field(name: string): TemplateValue {
    const { major, minor, patch, prerelease, metadata, original } = this.version;
    switch (name) {
      case "Major":
        return uint(major);
      case "Minor":
        return uint(minor);
      case "Patch":
        return uint(patch);
      case "Prerelease":
        return prerelease;
      case "Metadata":
        return metadata;
      case "Original":
        return original;
      case "String":
        return this.text();
      case "IncMajor":
        return next({ major: major + 1, minor: 0, patch: 0 }, original);
      case "IncMinor":
        return next({ major, minor: minor + 1, patch: 0 }, original);
      case "IncPatch":
        return next({ major, minor, patch: prerelease === "" ? patch + 1 : patch }, original);
      default:
        return super.field(name);
    }
  }

  override invoke(name: string, args: readonly TemplateValue[]): TemplateValue {
    const [other]: readonly unknown[] = args;
    if (!(other instanceof VersionObject)) return super.invoke(name, args);
    const order = compareChartVersions(this.version, other.version);
    switch (name) {
      case "Compare":
        return Math.sign(order);
      case "Equal":
        return order === 0;
      case "LessThan":
        return order < 0;
      case "LessThanEqual":
        return order <= 0;
      case "GreaterThan":
        return order > 0;
      case "GreaterThanEqual":
        return order >= 0;
      default:
        return super.invoke(name, args);
    }
  }
}

function uint(value: number): TemplateValue {
  return asValue(new GoNumber(value, "uint64"));
}

function next(
  numbers: Pick<ChartVersion, "major" | "minor" | "patch">,
  original: string,
): TemplateValue {
  const version = { ...numbers, prerelease: "", metadata: "", original: "" };
  const prefix = original.startsWith("v") ? "v" : "";
  return asValue(new VersionObject({ ...version, original: prefix + chartVersionText(version) }));
}
