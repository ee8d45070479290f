/** `verify` of one entry of `imports.helm`: the file with the keys that its chart has to be signed by. */
import type { ChartImport } from "../katalog/imports.ts";
import type { KeyringFile } from "../source/reference.ts";
import { SourceError } from "../source/source-error.ts";
import type { ImportScope } from "./import-scope.ts";
import { sourceIssue } from "./load.ts";

export interface ReadKeyring extends KeyringFile {
  /** As positions name it. */
  readonly file: string;
  /** `sha256:` and 64 hex digits. */
  readonly digest: string;
}

/** What cannot be used is told before anything is fetched, and `"failed"` then. */
export async function keyringOf(
  { verify }: ChartImport,
  scope: ImportScope,
): Promise<ReadKeyring | "failed" | undefined> {
  if (!verify) return undefined;
  try {
    return await readFile(verify.keyring, scope);
  } catch (error) {
    if (!(error instanceof SourceError)) throw error;
    scope.report(sourceIssue(error), ["verify", "keyring"]);
    return "failed";
  }
}

/** Throws `SourceError`. */
async function readFile(path: string, { reader, file }: ImportScope): Promise<ReadKeyring> {
  const referral = reader.refer(path, file);
  if (referral.kind === "refused" || referral.kind === "url") {
    const message = `Cannot verify with the keyring "${path}": it is no file beside the document`;
    const hint =
      "A keyring that is fetched protects from nobody who can change what is fetched: keep a copy";
    throw new SourceError("unreadable", message, { hint });
  }
  const { bytes, digest } = await reader.readBytes(referral.target);
  const { readKeyring } = await import("../source/openpgp.ts");
  await readKeyring(bytes, path);
  const base64 = Buffer.from(bytes).toString("base64");
  return { name: path, base64, file: referral.target.name, digest };
}
