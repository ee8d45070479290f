/** `ork version`: the version, what it runs on and, of a Katalog, what would run. */
import type { ImportedKatalog } from "../../katalog/resolved.ts";
import { EXIT, type ExitCode } from "../exit-codes.ts";
import type { Resolved } from "../resolve-files.ts";
import type { CommandInput } from "../spec.ts";
import { version } from "../version.ts";

export async function execute({ flags, io }: CommandInput): Promise<ExitCode> {
  const runtime = runtimeName(process.versions);
  const platform = `${process.platform}/${process.arch}`;
  const isAsked = flags.texts("file").length > 0;
  // Of its own, the version costs no more than to start.
  const resolved = isAsked
    ? await (await import("../resolve-files.ts")).resolveOrReport(flags, io)
    : undefined;
  if (typeof resolved === "number") return resolved;
  if (flags.text("output") === "json") {
    const configuration = resolved && configurationOf(resolved);
    io.print(JSON.stringify({ version, runtime, platform, ...configuration }));
    return EXIT.ok;
  }
  io.print(`ork ${version} (${runtime}, ${platform})`);
  if (resolved) for (const line of told(resolved)) io.print(line);
  return EXIT.ok;
}

function configurationOf({ katalog, digest, imports }: Resolved) {
  return { katalog: katalog.metadata.name, digest, imports };
}

/** One line for each thing that was read, with what it was. */
function told({ katalog, digest, imports }: Resolved): readonly string[] {
  return [`${katalog.metadata.name} ${digest}`, ...imports.flatMap(importLines)];
}

function importLines(one: ImportedKatalog): readonly string[] {
  const name = one.version === undefined ? one.katalog : `${one.katalog} ${one.version}`;
  return [
    `  ${one.origin} (${name}) ${one.digest}`,
    ...one.files.map(({ file, digest }) => `    ${file} ${digest}`),
  ];
}

function runtimeName(versions: Readonly<Record<string, string | undefined>>): string {
  if (versions["bun"]) return `bun ${versions["bun"]}`;
  if (versions["deno"]) return `deno ${versions["deno"]}`;
  return `node ${versions["node"]}`;
}
