/** Whoever a signature is expected from (a key, or an identity), and what they are shown of one. Pure. */
import type { JsonObject } from "../../std/json.ts";

export interface Signer {
  /** How messages name it: the path of a key, or the identity. */
  readonly name: string;
  /** Whether this one made a signature; says nothing of what the signed bytes mean. */
  check(evidence: SignatureEvidence): CheckedSignature;
}

/** A signature, with what there is to tell who made it. */
export interface SignatureEvidence {
  /** The bytes that were signed. */
  readonly content: Uint8Array;
  /** Of these bytes; one that holds is enough. */
  readonly signatures: readonly Uint8Array[];
  /** What a certificate's signature comes with; absent where a key made it. */
  readonly keyless?: KeylessEvidence;
}

export type KeylessEvidence =
  /** A Sigstore bundle, not looked at yet. */
  | { readonly kind: "bundle"; readonly bundle: JsonObject }
  | { readonly kind: "unusable"; readonly why: string };

export type CheckedSignature = ValidSignature | InvalidSignature;

export interface ValidSignature {
  readonly kind: "valid";
  /** The path of the key, or the identity in the certificate. */
  readonly by: string;
  /** The key's fingerprint, or who vouches for the identity. */
  readonly proof: string;
}

export interface InvalidSignature {
  readonly kind: "invalid";
  readonly why: string;
}

export function invalid(why: string): InvalidSignature {
  return { kind: "invalid", why };
}
