/**
 * Version constraints as Helm reads them: the rules of Masterminds/semver v3, which differ from
 * npm's in pre-releases, in `^0`, in `=>` and in what a missing number means
 * (https://github.com/Masterminds/semver#checking-version-constraints). For charts; Katalogs use
 * `semver.ts`.
 */

/** A version as Masterminds reads it: a `v` before it is fine, minor and patch may be missing. */
export interface ChartVersion {
  readonly major: number;
  readonly minor: number;
  readonly patch: number;
  readonly prerelease: string;
  readonly metadata: string;
  readonly original: string;
}

const IDENTIFIER = "(?:0|[1-9]\\d*|\\d*[a-zA-Z-][0-9a-zA-Z-]*)";
// Leading zeros of the three numbers are let be, those of a pre-release are not.
const VERSION = new RegExp(
  "^v?(\\d+)(?:\\.(\\d+))?(?:\\.(\\d+))?" +
    `(?:-(${IDENTIFIER}(?:\\.${IDENTIFIER})*))?(?:\\+([0-9a-zA-Z-]+(?:\\.[0-9a-zA-Z-]+)*))?$`,
);
const MAX_LENGTH = 256;

/** `undefined` when the text is no version. */
export function parseChartVersion(text: string): ChartVersion | undefined {
  const match = text.length > MAX_LENGTH ? null : VERSION.exec(text);
  if (!match) return undefined;
  const [, major = "0", minor = "0", patch = "0", prerelease = "", metadata = ""] = match;
  const numbers = { major: Number(major), minor: Number(minor), patch: Number(patch) };
  return { ...numbers, prerelease, metadata, original: text };
}

/** `1.2.3-rc.1+build`, without a `v`. */
export function chartVersionText(version: ChartVersion): string {
  const { major, minor, patch, prerelease, metadata } = version;
  const tail = `${prerelease && `-${prerelease}`}${metadata && `+${metadata}`}`;
  return `${major}.${minor}.${patch}${tail}`;
}

/** Negative, 0 or positive; build metadata does not count. */
export function compareChartVersions(left: ChartVersion, right: ChartVersion): number {
  return (
    left.major - right.major ||
    left.minor - right.minor ||
    left.patch - right.patch ||
    comparePrereleases(left.prerelease, right.prerelease)
  );
}

function comparePrereleases(left: string, right: string): number {
  if (left === right) return 0;
  if (left === "") return 1;
  if (right === "") return -1;
  const [lefts, rights] = [left.split("."), right.split(".")];
  for (let index = 0; index < Math.max(lefts.length, rights.length); index++) {
    const order = compareIdentifiers(lefts[index], rights[index]);
    if (order !== 0) return order;
  }
  return 0;
}

function compareIdentifiers(left: string | undefined, right: string | undefined): number {
  if (left === right) return 0;
  if (left === undefined) return -1;
  if (right === undefined) return 1;
  const [leftIsNumber, rightIsNumber] = [/^\d+$/.test(left), /^\d+$/.test(right)];
  if (leftIsNumber && rightIsNumber) return Number(left) - Number(right);
  if (leftIsNumber !== rightIsNumber) return leftIsNumber ? -1 : 1;
  return left < right ? -1 : 1;
}

export type VersionCheck = (version: ChartVersion) => boolean;

/** `undefined` when the text is no constraint. */
export function parseConstraint(text: string): VersionCheck | undefined {
  if (text.length > 512) return undefined;
  const groups: VersionCheck[] = [];
  const alternatives = rewriteHyphens(text).split("||");
  if (alternatives.length > 32) return undefined;
  for (const alternative of alternatives) {
    const group = parseGroup(alternative);
    if (!group) return undefined;
    groups.push(group);
  }
  return (version) => groups.some((group) => group(version));
}

const PARTS =
  "v?([0-9|xX*]+)(\\.[0-9|xX*]+)?(\\.[0-9|xX*]+)?" +
  "(-([0-9A-Za-z-]+(?:\\.[0-9A-Za-z-]+)*))?(\\+([0-9A-Za-z-]+(?:\\.[0-9A-Za-z-]+)*))?";
const OPERATOR = "(=||!=|>|<|>=|=>|<=|=<|~|~>|\\^)";
const HYPHEN = new RegExp(
  `\\s*(${PARTS.replaceAll("(", "(?:").replaceAll("(?:?:", "(?:")})\\s+-\\s+(${PARTS.replaceAll("(", "(?:").replaceAll("(?:?:", "(?:")})\\s*`,
  "g",
);
const OPERATORS = ["!=", ">=", "=>", "<=", "=<", "~>", "=", ">", "<", "~", "^", ""] as const;
type Operator = (typeof OPERATORS)[number];
const SINGLE = new RegExp(`^\\s*${OPERATOR}\\s*${PARTS}\\s*$`);

function rewriteHyphens(text: string): string {
  return text.replace(HYPHEN, (_, from: string, to: string) => `>= ${from}, <= ${to} `);
}

/** Constraints that must all hold. */
function parseGroup(text: string): VersionCheck | undefined {
  const parts = splitGroup(text);
  if (!parts) return undefined;
  const limits: Limit[] = [];
  for (const part of parts) {
    const limit = parseLimit(part);
    if (!limit) return undefined;
    limits.push(limit);
  }
  // One pre-release among them lets all of them look at pre-releases.
  const takesPrereleases = limits.some(({ base }) => base.prerelease !== "");
  return (version) =>
    (version.prerelease === "" || takesPrereleases) &&
    limits.every((limit) => CHECKS[limit.operator](version, limit));
}

/** Parts stand side by side, parted by a comma or by space; an operator may stand away from its version. */
function splitGroup(text: string): readonly string[] | undefined {
  const words = text.replace(/(!=|>=|=>|<=|=<|~>|=|>|<|~|\^)\s+/g, "$1").trim();
  if (words === "") return undefined;
  return words.split(/\s*,\s*|\s+/);
}

/** One comparison; what is missing or an `x` in its version makes it a range. */
interface Limit {
  readonly operator: Operator;
  readonly base: ChartVersion;
  readonly isDirty: boolean;
  readonly isMinorDirty: boolean;
  readonly isPatchDirty: boolean;
}

function isAny(part: string | undefined): boolean {
  return part === undefined || /^\.?[xX*]?$/.test(part);
}

function parseLimit(text: string): Limit | undefined {
  const match = SINGLE.exec(text);
  if (!match) return undefined;
  const [, operator = "", major = "", minor, patch, prerelease = ""] = match;
  const isMajorDirty = isAny(major);
  const isMinorDirty = !isMajorDirty && isAny(minor);
  const isPatchDirty = !isMajorDirty && !isMinorDirty && isAny(patch);
  const shown = isMajorDirty
    ? `0.0.0${prerelease}`
    : isMinorDirty
      ? `${major}.0.0${prerelease}`
      : isPatchDirty
        ? `${major}${minor}.0${prerelease}`
        : `${major}${minor}${patch}${prerelease}`;
  const base = parseChartVersion(shown);
  if (!base) return undefined;
  const isDirty = isMajorDirty || isMinorDirty || isPatchDirty;
  return { operator: operator as Operator, base, isDirty, isMinorDirty, isPatchDirty };
}

type Check = (version: ChartVersion, limit: Limit) => boolean;

const CHECKS: Readonly<Record<Operator, Check>> = {
  "": tildeOrEqual,
  "=": tildeOrEqual,
  "!=": differs,
  ">": isAbove,
  "<": (version, { base }) => compareChartVersions(version, base) < 0,
  ">=": (version, { base }) => compareChartVersions(version, base) >= 0,
  "=>": (version, { base }) => compareChartVersions(version, base) >= 0,
  "<=": isAtMost,
  "=<": isAtMost,
  "~": tilde,
  "~>": tilde,
  "^": caret,
};

function tildeOrEqual(version: ChartVersion, limit: Limit): boolean {
  return limit.isDirty ? tilde(version, limit) : compareChartVersions(version, limit.base) === 0;
}

function tilde(version: ChartVersion, { base, isMinorDirty, isPatchDirty }: Limit): boolean {
  if (compareChartVersions(version, base) < 0) return false;
  const isZero = base.major === 0 && base.minor === 0 && base.patch === 0;
  if (isZero && !isMinorDirty && !isPatchDirty) return true;
  return version.major === base.major && (version.minor === base.minor || isMinorDirty);
}

function caret(version: ChartVersion, { base, isMinorDirty, isPatchDirty }: Limit): boolean {
  if (compareChartVersions(version, base) < 0) return false;
  if (base.major > 0 || isMinorDirty) return version.major === base.major;
  if (version.major > 0) return false;
  if (base.minor > 0 || isPatchDirty) return version.minor === base.minor;
  return version.minor === 0 && version.patch === base.patch;
}

function isAbove(version: ChartVersion, limit: Limit): boolean {
  const { base, isDirty, isMinorDirty, isPatchDirty } = limit;
  if (!isDirty) return compareChartVersions(version, base) > 0;
  if (version.major !== base.major) return version.major > base.major;
  if (isMinorDirty) return false;
  return isPatchDirty ? version.minor > base.minor : compareChartVersions(version, base) > 0;
}

function isAtMost(version: ChartVersion, { base, isDirty, isMinorDirty }: Limit): boolean {
  if (!isDirty) return compareChartVersions(version, base) <= 0;
  if (version.major > base.major) return false;
  return !(version.major === base.major && version.minor > base.minor && !isMinorDirty);
}

function differs(version: ChartVersion, limit: Limit): boolean {
  const { base, isDirty, isMinorDirty, isPatchDirty } = limit;
  if (isDirty) {
    if (version.major !== base.major) return true;
    if (isMinorDirty) return false;
    if (version.minor !== base.minor) return true;
    if (isPatchDirty) return comparePrereleases(version.prerelease, base.prerelease) !== 0;
  }
  return compareChartVersions(version, base) !== 0;
}
