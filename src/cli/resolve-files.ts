/** The first half of most commands: resolve the Katalog that the flags name, report its issues. */

import { readFile } from "node:fs/promises";
import { isIP } from "node:net";
import { type ResolveOptions, type ResolveResult, resolve } from "../resolve/resolve.ts";
import { parseAllowedAddress } from "../source/address-rules.ts";
import type { WebOptions } from "../source/web.ts";
import type { CidrBlock } from "../std/ip.ts";
import type { Issue } from "../std/issue.ts";
import { createKatalogDialect } from "../template/katalog-dialect.ts";
import { durationFlag } from "./duration-flag.ts";
import { EXIT, type ExitCode } from "./exit-codes.ts";
import type { Flags } from "./flags.ts";
import { showImportProgress } from "./import-progress.ts";
import { type Io, painter } from "./io.ts";
import { IssueReporter } from "./issue-report.ts";
import { openLockedSources, unlockedIssues } from "./lock-file.ts";
import { logIssue } from "./open-log.ts";
import { OperationalError, UsageError } from "./usage-error.ts";

export type Resolved = Extract<ResolveResult, { kind: "resolved" }>;

export async function resolveFiles(flags: Flags, io: Io): Promise<ResolveResult> {
  using progress = showImportProgress(io);
  const options = {
    ...(await resolveOptionsOf(flags, io)),
    paths: flags.texts("file"),
    onImport: progress.report,
    // Tens of thousands of places in a large Katalog, of use to one flag of one command.
    withOrigins: flags.isOn("origins"),
  };
  const sources = await openLockedSources({ flags, io, web: options.web ?? {} });
  if (!sources) return await resolve(options);
  const result = await resolve({ ...options, sources });
  return { ...result, issues: [...result.issues, ...unlockedIssues(sources)] };
}

/** What the flags say of how documents are resolved, whichever they are. */
export async function resolveOptionsOf(
  flags: Flags,
  io: Io,
): Promise<Omit<ResolveOptions, "paths">> {
  return {
    web: await webOptions(flags, io),
    env: io.env,
    dialect: createKatalogDialect(),
    strict: flags.isOn("strict"),
    skipUnsupported: flags.isOn("skip-unsupported"),
    allowCrossNamespace: flags.isOn("allow-cross-namespace"),
  };
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

/** Names that custom resources of this Katalog may carry: its own and those of what it imports. */
export function katalogNamesOf({ katalog, imports }: Resolved): readonly string[] {
  const imported = imports.map((one) => one.katalog);
  return [katalog.metadata.name, ...katalog.crds.map((crd) => crd.katalog), ...imported];
}

/** How servers are spoken to. */
export async function webOptions(flags: Flags, { signal }: Io): Promise<WebOptions> {
  const timeoutMs = durationFlag(flags, "import-timeout");
  return {
    allowHttp: flags.isOn("allow-http"),
    allowedAddresses: flags.texts("allow-address").map(readAddress),
    certificateAuthorities: await readAuthorities(flags),
    ...resolverOf(flags),
    ...(timeoutMs !== undefined && { timeoutMs }),
    signal,
  };
}

/** Hosts that the user places; all others are looked up. The address rules hold for both. */
function resolverOf(flags: Flags): Pick<WebOptions, "resolveHost"> {
  const placed = new Map(flags.texts("resolve").map(readPlace));
  if (placed.size === 0) return {};
  return {
    async resolveHost(host) {
      const place = placed.get(host.toLowerCase());
      return place ? [place] : (await import("node:dns/promises")).lookup(host, { all: true });
    },
  };
}

const PLACE = /^([^=\s]+)=(\[[0-9a-f:.%]+\]|[0-9a-f.]+|[0-9a-f:]+)(?::(\d{1,5}))?$/i;

function readPlace(text: string): [string, { address: string; port?: number }] {
  const [, host, address = "", port] = PLACE.exec(text) ?? [];
  const bare = address.replace(/^\[|\]$/g, "");
  if (host !== undefined && isIP(bare) !== 0) {
    return [host.toLowerCase(), { address: bare, ...(port && { port: Number(port) }) }];
  }
  const expected = "a host and an address such as api.example.io=10.0.0.7:8443";
  throw new UsageError(`Option "--resolve" is "${text}", expected ${expected}`);
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
  io.reportIssues?.(issues);
  if (io.log) {
    for (const issue of issues) logIssue(io.log, issue);
    return;
  }
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
