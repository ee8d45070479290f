/** Sprig's regular expressions (RE2, linear time), paths and URLs. */
import { compileRegex, type LinearRegex, RegexError, type RegexMatch } from "../../std/regex.ts";
import {
  expandTemplate,
  findMatches,
  quoteMeta,
  replaceMatches,
  splitByMatches,
} from "../../std/regex-matches.ts";
import type { TemplateValue } from "../../template/template.ts";
import { baseOf, cleanPath, directoryOf, extensionOf } from "./paths.ts";
import { type HelmArguments, type HelmRow, helmFunctions } from "./signature.ts";
import { stringList } from "./strings.ts";
import { joinUrl, parseUrl } from "./urls.ts";

export const patternFunctions = helmFunctions([
  ["regexMatch pattern text", (args) => tryRegex(args)?.test(args.text(1)) ?? false],
  ["mustRegexMatch pattern text", (args) => regexOf(args).test(args.text(1))],
  ...both("egexFindAll pattern text count", (regex, args) =>
    stringList(matchesOf(regex, args, args.int(2)).map(({ groups }) => groups[0] ?? "")),
  ),
  ...both("egexFind pattern text", (regex, args) => regex.match(args.text(1), 0)?.groups[0] ?? ""),
  ...both("egexReplaceAll pattern text replacement", (regex, args) =>
    replaced(regex, args, (match) => expandTemplate(args.text(2), match)),
  ),
  ...both("egexReplaceAllLiteral pattern text replacement", (regex, args) =>
    replaced(regex, args, () => args.text(2)),
  ),
  ...both("egexSplit pattern text count", (regex, args) =>
    stringList(
      splitByMatches(regex, args.text(1), { limit: args.int(2), onSearch: searching(args) }),
    ),
  ),
  ["regexQuoteMeta text", (args) => quoteMeta(args.text(0))],
  ["base path", (args) => baseOf(args.text(0))],
  ["dir path", (args) => directoryOf(args.text(0))],
  ["clean path", (args) => cleanPath(args.text(0))],
  ["ext path", (args) => extensionOf(args.text(0))],
  ["isAbs path", (args) => args.text(0).startsWith("/")],
  ["osBase path", (args) => baseOf(args.text(0))],
  ["osDir path", (args) => directoryOf(args.text(0))],
  ["osClean path", (args) => cleanPath(args.text(0))],
  ["osExt path", (args) => extensionOf(args.text(0))],
  ["osIsAbs path", (args) => args.text(0).startsWith("/")],
  ["urlParse url", (args) => parseUrl(args)],
  ["urlJoin parts", (args) => joinUrl(args)],
]);

/** `regexX` and `mustRegexX`, by their name after the r. */
function both(
  signature: string,
  call: (regex: LinearRegex, args: HelmArguments) => TemplateValue,
): readonly HelmRow[] {
  const run = (args: HelmArguments) => call(regexOf(args), args);
  return [
    [`r${signature}`, run],
    [`mustR${signature}`, run],
  ];
}

/** A search reads four characters in the time of a step. */
function searching({ call: { meter } }: HelmArguments): (characters: number) => void {
  return (characters) => meter.spend(1 + (characters >>> 2));
}

function matchesOf(regex: LinearRegex, args: HelmArguments, limit = -1): readonly RegexMatch[] {
  return findMatches(regex, args.text(1), { limit, onSearch: searching(args) });
}

function replaced(
  regex: LinearRegex,
  args: HelmArguments,
  replacement: (match: RegexMatch) => string,
): string {
  const { meter } = args.call;
  return replaceMatches(args.text(1), matchesOf(regex, args), (match) => {
    const text = replacement(match);
    meter.spendOnLength(text.length);
    return text;
  });
}

/** Compiling takes some microseconds a character. */
function compiled(args: HelmArguments): LinearRegex {
  args.call.meter.spend(args.text(0).length * COMPILE_STEPS);
  return compileRegex(args.text(0));
}

const COMPILE_STEPS = 20;

function regexOf(args: HelmArguments): LinearRegex {
  try {
    return compiled(args);
  } catch (error) {
    if (!(error instanceof RegexError)) throw error;
    return args.fail(`error parsing regexp: ${error.reason}`, error);
  }
}

/** `regexMatch` answers no to a pattern that is none. */
function tryRegex(args: HelmArguments): LinearRegex | undefined {
  try {
    return compiled(args);
  } catch (error) {
    if (error instanceof RegexError) return undefined;
    throw error;
  }
}
