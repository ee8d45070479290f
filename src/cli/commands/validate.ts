/** `ork validate`: check a Katalog without touching any cluster. */
import { EXIT, type ExitCode } from "../exit-codes.ts";
import { painter } from "../io.ts";
import { failureCode, reportIssues, resolveFiles } from "../resolve-files.ts";
import type { CommandInput } from "../spec.ts";

export async function execute({ flags, io }: CommandInput): Promise<ExitCode> {
  const result = await resolveFiles(flags, io);
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
