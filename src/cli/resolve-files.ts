/** The first half of most commands: resolve the Katalog that the flags name, report its issues. */
import { type ResolveResult, resolve } from "../resolve/resolve.ts";
import type { Issue } from "../std/issue.ts";
import { createKatalogDialect } from "../template/katalog-dialect.ts";
import type { Flags } from "./flags.ts";
import { type Io, painter } from "./io.ts";
import { IssueReporter } from "./issue-report.ts";

export type Resolved = Extract<ResolveResult, { kind: "resolved" }>;

export function resolveFiles(flags: Flags, io: Io): Promise<ResolveResult> {
  return resolve({
    paths: flags.texts("file"),
    env: io.env,
    dialect: createKatalogDialect(),
    strict: flags.isOn("strict"),
    skipUnsupported: flags.isOn("skip-unsupported"),
    allowCrossNamespace: flags.isOn("allow-cross-namespace"),
  });
}

/** Resolves and reports every issue. `undefined` when the Katalog cannot run: exit code 3. */
export async function resolveOrReport(flags: Flags, io: Io): Promise<Resolved | undefined> {
  const result = await resolveFiles(flags, io);
  await reportIssues(result.issues, io);
  return result.kind === "resolved" ? result : undefined;
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
