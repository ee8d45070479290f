/** `ork template`: print the resolved document, exactly what `run` would run. */
import { toPointer } from "../../resolve/origins.ts";
import { formatPosition } from "../../std/issue.ts";
import type { Json, PathSegment } from "../../std/json.ts";
import { stringifyWithComments } from "../../std/yaml.ts";
import { EXIT, type ExitCode } from "../exit-codes.ts";
import { type Resolved, resolveOrReport } from "../resolve-files.ts";
import type { CommandInput } from "../spec.ts";

export async function execute({ flags, io }: CommandInput): Promise<ExitCode> {
  const resolved = await resolveOrReport(flags, io);
  if (typeof resolved === "number") return resolved;
  const { katalog, digest } = resolved;
  if (flags.text("output") === "json") {
    io.print(JSON.stringify(katalog, null, 2));
  } else {
    const commentOf = flags.isOn("origins") ? originComments(resolved) : () => undefined;
    const text = stringifyWithComments(katalog as unknown as Json, commentOf);
    io.print(`# ${digest}\n${text.trimEnd()}`);
  }
  return EXIT.ok;
}

/** What a value came from, or the nearest block around it that says so. */
function originComments({ origins }: Resolved) {
  return (path: readonly PathSegment[]): string | undefined => {
    for (let length = path.length; length >= 0; length--) {
      const origin = origins.get(toPointer(path.slice(0, length)));
      if (origin) return "by" in origin ? origin.by : formatPosition(origin);
    }
    return undefined;
  };
}
