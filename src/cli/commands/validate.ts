/** `ork validate`: check a Katalog without touching any cluster. */
import { ONLY_A_MOTIF, type ResolveResult } from "../../resolve/resolve.ts";
import { EXIT, type ExitCode } from "../exit-codes.ts";
import { type Io, painter } from "../io.ts";
import { failureCode, reportIssues, resolveFiles } from "../resolve-files.ts";
import type { CommandInput } from "../spec.ts";

export async function execute({ flags, io }: CommandInput): Promise<ExitCode> {
  const result = await withCode(await resolveFiles(flags, io), io);
  if (result.kind === "failed" && result.motifs) return reportMotifs(result, { flags, io });
  const isValid = result.kind === "resolved";
  if (flags.text("output") === "json") {
    const digest = isValid ? result.digest : undefined;
    io.print(JSON.stringify({ valid: isValid, digest, issues: result.issues }, null, 2));
  } else {
    await reportIssues(result.issues, io);
    if (isValid) {
      const { metadata, crds } = result.katalog;
      const paint = painter(io.hasColor.stdout);
      const count = `${crds.length} CRD${crds.length === 1 ? "" : "s"}`;
      io.print(`${paint("green", "Katalog valid:")} ${metadata.name}, ${count}, ${result.digest}`);
    }
  }
  return isValid ? EXIT.ok : failureCode(result);
}

type Failed = Extract<ResolveResult, { kind: "failed" }>;

/** Motifs alone run nowhere; whether they are right can be said. */
async function reportMotifs(
  { motifs = [], issues: all }: Failed,
  { flags, io }: Pick<CommandInput, "flags" | "io">,
): Promise<ExitCode> {
  const issues = all.filter(({ code }) => code !== ONLY_A_MOTIF);
  if (flags.text("output") === "json") {
    io.print(JSON.stringify({ valid: true, motifs, issues }, null, 2));
    return EXIT.ok;
  }
  await reportIssues(issues, io);
  const paint = painter(io.hasColor.stdout);
  for (const { name, inputs } of motifs) {
    const count = `${inputs} input${inputs === 1 ? "" : "s"}`;
    io.print(`${paint("green", "Motif valid:")} ${name}, ${count}`);
  }
  return EXIT.ok;
}

/** A Katalog whose hooks do not load cannot run either; most Katalogs have none. */
async function withCode(result: ResolveResult, io: Io): Promise<ResolveResult> {
  if (result.kind === "failed" || result.modules.length === 0) return result;
  const { checkCode } = await import("../check-code.ts");
  const issues = await checkCode(result, io);
  if (issues.length === 0) return result;
  return { kind: "failed", issues: [...issues, ...result.issues], isWorldFault: false };
}
