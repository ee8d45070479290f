/** `ork types`: the types of hooks, for those who have the executable and no package. */
import { writeFile } from "node:fs/promises";
import { resolve } from "node:path";
import { AUTHOR_TYPES } from "../../hook/author-types.generated.ts";
import { EXIT, type ExitCode } from "../exit-codes.ts";
import type { CommandInput } from "../spec.ts";
import { OperationalError } from "../usage-error.ts";

export async function execute({ flags, io }: CommandInput): Promise<ExitCode> {
  const path = flags.text("write");
  if (path === undefined) {
    io.print(AUTHOR_TYPES.trimEnd());
    return EXIT.ok;
  }
  await writeFile(resolve(io.cwd, path), AUTHOR_TYPES).catch((cause: unknown) => {
    throw new OperationalError(`Cannot write the types to "${path}"`, { cause });
  });
  io.note(`Wrote ${path}: import type { Hooks } from "orkestra/hooks"`);
  return EXIT.ok;
}
