/**
 * Keys of signatures, as cosign and openssl write them. Source: cosign's signature specification,
 * "Signature schemes": ECDSA with SHA-256, RSA PKCS #1 v1.5 with SHA-256, Ed25519.
 */
import {
  createHash,
  createPrivateKey,
  createPublicKey,
  type KeyObject,
  sign,
  verify,
} from "node:crypto";
import { SourceError } from "../source-error.ts";
import { invalid, type Signer } from "./signer.ts";

export interface VerifyKey extends Signer {
  /** `SHA256:` and the SHA-256 of the public key (SPKI), base64. */
  readonly fingerprint: string;
}

export interface SignKey extends VerifyKey {
  sign(content: Uint8Array): Uint8Array;
}

const MIN_RSA_BITS = 2048;

/** A public key in PEM. Throws `SourceError`. */
export function readVerifyKey(pem: string, name: string): VerifyKey {
  if (/PRIVATE KEY-----/.test(pem)) {
    throw keyFault(name, "it is a private key, expected the public one", "Never give that away");
  }
  return verifyKey(
    parse(name, () => createPublicKey(pem)),
    name,
  );
}

/** A private key in PEM (PKCS #8, SEC 1), encrypted where there is a password. Throws `SourceError`. */
export function readSignKey(pem: string, name: string, password: string | undefined): SignKey {
  if (/ENCRYPTED (SIGSTORE|COSIGN) PRIVATE KEY-----/.test(pem)) {
    const hint =
      "Make one with: openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 (cosign takes it with import-key-pair)";
    throw keyFault(name, "it is in cosign's own encryption, expected PEM of PKCS #8", hint);
  }
  const isEncrypted = /ENCRYPTED/.test(pem);
  if (isEncrypted && !password) {
    throw keyFault(name, "it is encrypted", "Give its password with ORK_SIGN_PASSWORD");
  }
  const key = parse(name, () =>
    createPrivateKey({ key: pem, format: "pem", ...(isEncrypted && { passphrase: password }) }),
  );
  const own = verifyKey(createPublicKey(key), name);
  return { ...own, sign: (content) => sign(hashOf(key), content, key) };
}

function verifyKey(key: KeyObject, name: string): VerifyKey {
  const { asymmetricKeyType: type, asymmetricKeyDetails: details } = key;
  const isRsa = type === "rsa" && (details?.modulusLength ?? 0) >= MIN_RSA_BITS;
  if (type !== "ec" && type !== "ed25519" && !isRsa) {
    const found = `it is of type ${type ?? "unknown"}, expected ECDSA, Ed25519, or RSA of at least ${MIN_RSA_BITS} bits`;
    throw keyFault(name, found);
  }
  const spki = key.export({ type: "spki", format: "der" });
  const fingerprint = `SHA256:${createHash("sha256").update(spki).digest("base64")}`;
  return {
    name,
    fingerprint,
    check({ content, signatures, keyless }) {
      if (signatures.some((one) => isSignature(key, content, one))) {
        return { kind: "valid", by: name, proof: fingerprint };
      }
      return invalid(keyless ? KEYLESS : "it was made with another key");
    },
  };
}

const KEYLESS = "it was made with a certificate, expected a key; a rule takes one with an identity";

function isSignature(key: KeyObject, content: Uint8Array, signature: Uint8Array): boolean {
  try {
    return verify(hashOf(key), content, key, signature);
  } catch {
    // What is no signature at all is told by some runtimes as an error.
    return false;
  }
}

function hashOf(key: KeyObject): string | null {
  return key.asymmetricKeyType === "ed25519" ? null : "sha256";
}

function parse(name: string, read: () => KeyObject): KeyObject {
  try {
    return read();
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    throw keyFault(name, `it is no key in PEM, or its password is wrong (${code ?? "no code"})`);
  }
}

function keyFault(name: string, found: string, hint?: string): SourceError {
  return new SourceError("unreadable", `Cannot use the key "${name}": ${found}`, { hint });
}
