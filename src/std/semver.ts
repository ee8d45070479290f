/**
 * Semantic versions (https://semver.org) and constraints over them. The only file that names
 * `semver`; it loads the few modules needed instead of the package's whole table.
 *
 * Versions are read as operators write them in image tags: a leading `v` is fine, and missing minor
 * and patch numbers are zero.
 */
import compare from "semver/functions/compare.js";
import parse from "semver/functions/parse.js";
import satisfies from "semver/functions/satisfies.js";
import validRange from "semver/ranges/valid.js";

export interface Version {
  readonly major: number;
  readonly minor: number;
  readonly patch: number;
  /** Canonical text, without a leading `v` and without build metadata. */
  readonly text: string;
}

const LOOSE = /^v?(\d+)(?:\.(\d+))?(?:\.(\d+))?((?:-[0-9A-Za-z.-]+)?(?:\+[0-9A-Za-z.-]+)?)$/;

/** Longer text is neither a version nor a constraint, and reading it takes its time. */
const MAX_LENGTH = 1_024;

/** `undefined` when the text is not a version. */
export function parseVersion(text: string): Version | undefined {
  const match = text.length > MAX_LENGTH ? null : LOOSE.exec(text.trim());
  if (!match) return undefined;
  const [, major = "0", minor = "0", patch = "0", rest = ""] = match;
  const version = parse(`${major}.${minor}.${patch}${rest}`);
  if (!version) return undefined;
  return {
    major: version.major,
    minor: version.minor,
    patch: version.patch,
    text: version.version,
  };
}

/** -1, 0 or 1: how `left` stands to `right` in the order of precedence. */
export function compareVersions(left: Version, right: Version): -1 | 0 | 1 {
  return compare(left.text, right.text);
}

export type ConstraintCheck =
  | { readonly kind: "checked"; readonly isSatisfied: boolean }
  | { readonly kind: "invalid"; readonly message: string };

/**
 * Whether the version satisfies a constraint such as `>=1.2.0,<2.0.0`, `^1.0 || ~2.3`, `1.x` or
 * `!=1.4.0`. A comma, like a space, means "and". Pre-releases only satisfy a part that names one.
 */
export function checkConstraint(version: Version, constraint: string): ConstraintCheck {
  if (constraint.length > MAX_LENGTH) {
    const message = `A version constraint has ${constraint.length} characters, expected at most ${MAX_LENGTH}`;
    return { kind: "invalid", message };
  }
  let isSatisfied = false;
  for (const alternative of constraint.split("||")) {
    const { range, excluded } = splitAlternative(alternative);
    if ([range, ...excluded].some((part) => validRange(part) === null)) {
      return {
        kind: "invalid",
        message: `"${constraint}" is not a version constraint, expected a form such as ">=1.2.0,<2.0.0"`,
      };
    }
    isSatisfied ||=
      (range === ""
        ? excluded.length > 0 || satisfies(version.text, "*")
        : satisfies(version.text, range)) &&
      !excluded.some((part) => satisfies(version.text, part));
  }
  return { kind: "checked", isSatisfied };
}

/** npm ranges know no `!=`, so those parts are taken out and checked on their own. */
function splitAlternative(text: string): { range: string; excluded: readonly string[] } {
  const excluded: string[] = [];
  const range = text
    .replaceAll(",", " ")
    .replace(/!=\s*(\S+)/g, (_, part: string) => {
      excluded.push(part);
      return " ";
    })
    .trim();
  return { range, excluded };
}
