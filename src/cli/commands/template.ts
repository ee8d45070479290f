/** `ork template`: print the resolved document, exactly what `run` would run. */
import type { Json } from "../../std/json.ts";
import { stringifyYaml } from "../../std/yaml.ts";
import { EXIT, type ExitCode } from "../exit-codes.ts";
import { resolveOrReport } from "../resolve-files.ts";
import type { CommandInput } from "../spec.ts";

export async function execute({ flags, io }: CommandInput): Promise<ExitCode> {
  const resolved = await resolveOrReport(flags, io);
  if (!resolved) return EXIT.issues;
  const { katalog, digest } = resolved;
  if (flags.text("output") === "json") {
    io.print(JSON.stringify(katalog, null, 2));
  } else {
    io.print(`# ${digest}\n${stringifyYaml(katalog as unknown as Json).trimEnd()}`);
  }
  return EXIT.ok;
}
