/** How `push`, `pull` and `inspect` speak to a registry: flags and files → what the sources take. */
import { readFile } from "node:fs/promises";
import { openDockerConfig } from "../source/docker-config.ts";
import type { LoginOptions } from "../source/oci/login.ts";
import { type OciReference, parseOciReference } from "../source/oci/reference.ts";
import type { Signer } from "../source/oci/signer.ts";
import { signersOf } from "../source/oci/verify-policy.ts";
import type { IdentityRule } from "../source/reference.ts";
import { SourceError } from "../source/source-error.ts";
import { openWeb } from "../source/web.ts";
import type { Flags } from "./flags.ts";
import type { Io } from "./io.ts";
import { webOptions } from "./resolve-files.ts";
import { OperationalError, UsageError } from "./usage-error.ts";

export async function openRegistries(flags: Flags, io: Io): Promise<LoginOptions> {
  const realm = flags.text("realm");
  if (realm !== undefined && !URL.canParse(realm)) {
    throw new UsageError(`Option "--realm" is "${realm}", expected a URL`);
  }
  return {
    web: openWeb(await webOptions(flags, io)),
    findLogin: openDockerConfig({ env: io.env }),
    realm,
  };
}

/** The first argument. */
export function readReference(args: readonly string[]): OciReference {
  const [text = "", ...more] = args;
  if (more.length > 0) throw new UsageError(`Cannot use "${more[0]}": expected one reference`);
  try {
    return parseOciReference(text);
  } catch (error) {
    if (!(error instanceof SourceError)) throw error;
    throw new UsageError(`${error.message}. ${error.hint}`);
  }
}

/** Whose signature is asked for: `--key`, and the certificates of `--certificate-identity`. */
export async function readSigners(flags: Flags): Promise<readonly Signer[]> {
  const identity = await identityOf(flags);
  const keys = await Promise.all(
    flags.texts("key").map(async (path) => ({ name: path, pem: await readKeyFile(path) })),
  );
  return signersOf({ keys, ...(identity && { identities: [identity] }) });
}

/** The flags belong together: without an issuer anybody could vouch for a name. */
async function identityOf(flags: Flags): Promise<IdentityRule | undefined> {
  const [exact, pattern] = [flags.text(IDENTITY), flags.text(`${IDENTITY}-regexp`)];
  if (exact !== undefined && pattern !== undefined) {
    const message = `Cannot use "--${IDENTITY}" with "--${IDENTITY}-regexp": expected one of them`;
    throw new UsageError(message);
  }
  const text = exact ?? pattern;
  const [issuer, root] = [flags.text(ISSUER), flags.text(ROOT)];
  const given = { [IDENTITY]: text, [ISSUER]: issuer, [ROOT]: root };
  const names = Object.entries(given);
  const missing = names.find(([, value]) => value === undefined)?.[0];
  const present = names.find(([, value]) => value !== undefined)?.[0];
  if (present === undefined) return undefined;
  if (text === undefined || issuer === undefined || root === undefined) {
    throw new UsageError(`Cannot use "--${present}" without "--${missing}": they belong together`);
  }
  const kind = exact === undefined ? "pattern" : "exact";
  const trustedRoot = { name: root, text: await readKeyFile(root, "trusted root") };
  return { identity: { kind, text }, issuer, trustedRoot };
}

const IDENTITY = "certificate-identity";
const ISSUER = "certificate-oidc-issuer";
const ROOT = "trusted-root";

export async function readKeyFile(path: string, what = "key"): Promise<string> {
  return readFile(path, "utf8").catch((cause: unknown) => {
    throw new OperationalError(`Cannot read the ${what} "${path}"`, { cause });
  });
}
