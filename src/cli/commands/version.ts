/** `ork version`: the version, and what it runs on. */
import { EXIT, type ExitCode } from "../exit-codes.ts";
import type { CommandInput } from "../spec.ts";
import { version } from "../version.ts";

export async function execute({ flags, io }: CommandInput): Promise<ExitCode> {
  const runtime = runtimeName(process.versions);
  const platform = `${process.platform}/${process.arch}`;
  if (flags.text("output") === "json") io.print(JSON.stringify({ version, runtime, platform }));
  else io.print(`ork ${version} (${runtime}, ${platform})`);
  return EXIT.ok;
}

function runtimeName(versions: Readonly<Record<string, string | undefined>>): string {
  if (versions["bun"]) return `bun ${versions["bun"]}`;
  if (versions["deno"]) return `deno ${versions["deno"]}`;
  return `node ${versions["node"]}`;
}
