/** `ork pull`: the files of an OCI artifact → a folder. */
import { posix } from "node:path";
import { filesOf, pullLayers } from "../../source/oci/pull.ts";
import { requireSignature } from "../../source/oci/signatures.ts";
import { EXIT, type ExitCode } from "../exit-codes.ts";
import { openRegistries, readReference, readSigners } from "../registry-access.ts";
import type { CommandInput } from "../spec.ts";
import { writeFiles } from "../write-files.ts";

export async function execute({ args, flags, io }: CommandInput): Promise<ExitCode> {
  const reference = readReference(args);
  const { name, repository } = reference;
  const signers = await readSigners(flags);
  const pulled = await pullLayers(
    { location: name, name },
    {
      ...(await openRegistries(flags, io)),
      ...(signers.length > 0 && {
        verify: async (registry, digest) => {
          const { by, proof } = await requireSignature(registry, digest, { signers });
          if (io.hasColor.stderr) io.note(`Signed by "${by}" (${proof})`);
        },
      }),
    },
  );
  const files = await filesOf(pulled, name);
  const folder = flags.text("directory") ?? posix.basename(repository);
  await writeFiles(folder, files, { isForced: flags.isOn("force") });
  if (flags.text("output") === "json") {
    const { digest } = pulled;
    io.print(
      JSON.stringify({ reference: name, digest, folder, files: [...files.keys()] }, null, 2),
    );
  } else {
    io.print(`Pulled ${name}\n${pulled.digest}`);
    for (const path of files.keys()) io.print(`  ${posix.join(folder, path)}`);
  }
  return EXIT.ok;
}
