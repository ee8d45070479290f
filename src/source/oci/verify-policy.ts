/** Which artifacts have to be signed, and by whom: the rules of `policy.verify`. */
import type { SignatureRule } from "../reference.ts";
import type { VerifyArtifact } from "./pull.ts";
import { readVerifyKey } from "./signature-key.ts";
import { requireSignature } from "./signatures.ts";
import type { Signer } from "./signer.ts";

/** All rules that fit have to be met; what no rule fits may be unsigned. */
export function verifyArtifacts(rules: readonly SignatureRule[]): VerifyArtifact {
  return async (registry, digest) => {
    const { registry: host, repository } = registry.reference;
    for (const rule of rules) {
      if (!fits(rule.match, `${host}/${repository}`)) continue;
      const signers = await signersOf(rule);
      await requireSignature(registry, digest, { signers, signedAs: rule.signedAs });
    }
  };
}

/** Throws `SourceError` for what cannot be read. */
export async function signersOf({
  keys,
  identities = [],
}: Pick<SignatureRule, "keys" | "identities">): Promise<readonly Signer[]> {
  const read = keys.map(({ pem, name }) => readVerifyKey(pem, name));
  if (identities.length === 0) return read;
  const { readIdentity } = await import("./keyless.ts");
  return [...read, ...identities.map(readIdentity)];
}

function fits(match: string, name: string): boolean {
  const pattern = match.replace(/^oci:\/\//i, "").toLowerCase();
  const source = pattern.replaceAll(/[.+?^${}()|[\]\\]/g, "\\$&").replaceAll(/\*+/g, ".*");
  return new RegExp(`^${source}$`, "su").test(name);
}
