/** The first half of most commands: resolve the Katalog that the flags name, report its issues. */

import { readFile } from "node:fs/promises";
import { type ResolveResult, resolve } from "../resolve/resolve.ts";
import { parseAllowedAddress } from "../source/address-rules.ts";
import type { WebOptions } from "../source/http.ts";
import type { CidrBlock } from "../std/ip.ts";
import type { Issue } from "../std/issue.ts";
import { createKatalogDialect } from "../template/katalog-dialect.ts";
import { EXIT, type ExitCode } from "./exit-codes.ts";
import type { Flags } from "./flags.ts";
import { type Io, painter } from "./io.ts";
import { IssueReporter } from "./issue-report.ts";
import { OperationalError, UsageError } from "./usage-error.ts";

export type Resolved = Extract<ResolveResult, { kind: "resolved" }>;

export async function resolveFiles(flags: Flags, io: Io): Promise<ResolveResult> {
  return resolve({
    web: await webOptions(flags, io),
    paths: flags.texts("file"),
    env: io.env,
    dialect: createKatalogDialect(),
    strict: flags.isOn("strict"),
    skipUnsupported: flags.isOn("skip-unsupported"),
    allowCrossNamespace: flags.isOn("allow-cross-namespace"),
  });
}

/** Resolves and reports every issue. When the Katalog cannot run: the exit code that says so. */
export async function resolveOrReport(flags: Flags, io: Io): Promise<Resolved | ExitCode> {
  const result = await resolveFiles(flags, io);
  await reportIssues(result.issues, io);
  return result.kind === "resolved" ? result : failureCode(result);
}

/** A server that does not give what the documents ask for is no fault of theirs. */
export function failureCode({
  isWorldFault,
}: Extract<ResolveResult, { kind: "failed" }>): ExitCode {
  return isWorldFault ? EXIT.operational : EXIT.issues;
}

async function webOptions(flags: Flags, { signal }: Io): Promise<WebOptions> {
  return {
    allowHttp: flags.isOn("allow-http"),
    allowedAddresses: flags.texts("allow-address").map(readAddress),
    certificateAuthorities: await readAuthorities(flags),
    signal,
  };
}

function readAddress(text: string): CidrBlock {
  const block = parseAllowedAddress(text);
  if (block) return block;
  const expected = "an address or a block such as 10.0.0.0/8";
  throw new UsageError(`Option "--allow-address" is "${text}", expected ${expected}`);
}

async function readAuthorities(flags: Flags): Promise<string | undefined> {
  const path = flags.text("ca-file");
  if (path === undefined) return undefined;
  const text = await readFile(path, "utf8").catch((cause: unknown) => {
    throw new OperationalError(`Cannot read the CA file "${path}"`, { cause });
  });
  if (text.includes("-----BEGIN CERTIFICATE-----")) return text;
  throw new OperationalError(`Cannot use the CA file "${path}": it holds no certificate in PEM`);
}

export async function reportIssues(issues: readonly Issue[], io: Io): Promise<void> {
  const reporter = new IssueReporter(painter(io.hasColor.stderr));
  for (const issue of issues) io.note(await reporter.format(issue));
  const summary = summarize(issues);
  if (summary) io.note(summary);
}

/** `2 errors, 1 warning`, or nothing. */
function summarize(issues: readonly Issue[]): string {
  const parts = (["error", "warning", "notice"] as const).flatMap((severity) => {
    const count = issues.filter((issue) => issue.severity === severity).length;
    return count === 0 ? [] : [`${count} ${severity}${count === 1 ? "" : "s"}`];
  });
  return parts.join(", ");
}
