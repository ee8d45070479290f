/** Which artifacts have to be signed, and by whom: the rules of `policy.verify`. */
import type { SignatureRule } from "../reference.ts";
import type { VerifyArtifact } from "./pull.ts";
import { coversArtifact } from "./rule-match.ts";
import { readVerifyKey } from "./signature-key.ts";
import { requireSignature } from "./signatures.ts";
import type { Signer } from "./signer.ts";

/** All rules that fit have to be met; what no rule fits may be unsigned. */
export function verifyArtifacts(rules: readonly SignatureRule[]): VerifyArtifact {
  return async (registry, digest) => {
    for (const rule of rules) {
      if (!coversArtifact(rule.match, registry.reference)) continue;
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
