/** `ork template`: print the resolved document, exactly what `run` would run. */
import { originOf } from "../../resolve/origins.ts";
import { formatPosition } from "../../std/issue.ts";
import type { Json, PathSegment } from "../../std/json.ts";
import { stringifyWithComments } from "../../std/yaml.ts";
import { EXIT, type ExitCode } from "../exit-codes.ts";
import { type Resolved, resolveOrReport } from "../resolve-files.ts";
import type { CommandInput } from "../spec.ts";
import { templateJson } from "../template-json.ts";

export async function execute({ flags, io }: CommandInput): Promise<ExitCode> {
  const resolved = await resolveOrReport(flags, io);
  if (typeof resolved === "number") return resolved;
  const { katalog, digest } = resolved;
  if (flags.text("output") === "json") {
    const data = flags.isOn("origins") ? templateJson(resolved) : katalog;
    io.print(JSON.stringify(data, null, 2));
  } else {
    const commentOf = flags.isOn("origins") ? originComments(resolved) : () => undefined;
    const text = stringifyWithComments(katalog as unknown as Json, commentOf);
    io.print(`# ${digest}\n${text.trimEnd()}`);
  }
  return EXIT.ok;
}

function originComments({ origins }: Resolved) {
  return (path: readonly PathSegment[]): string | undefined => {
    const origin = originOf(origins, path);
    return origin && ("by" in origin ? origin.by : formatPosition(origin));
  };
}
