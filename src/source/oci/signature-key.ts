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

/** As cosign seals the keys that it makes. */
const COSIGN_PEM = /-----BEGIN ENCRYPTED (SIGSTORE|COSIGN) PRIVATE KEY-----/;

/**
 * A private key in PEM (PKCS #8, SEC 1) or in cosign's own encryption, opened where there is a password.
 * Throws `SourceError`.
 */
export async function readSignKey(
  pem: string,
  name: string,
  password: string | undefined,
): Promise<SignKey> {
  if (/-----BEGIN (?:RSA )?PUBLIC KEY-----/.test(pem)) {
    throw keyFault(name, "it is a public key, expected the private one");
  }
  const isSealed = COSIGN_PEM.test(pem);
  const isEncrypted = /ENCRYPTED/.test(pem);
  // A password of nothing is one for cosign, and none for anybody else.
  if (isEncrypted && (password === undefined || (!isSealed && password === ""))) {
    const hint = "Give its password with ORK_SIGN_PASSWORD, or with COSIGN_PASSWORD";
    throw keyFault(name, "it is encrypted", hint);
  }
  if (isSealed) return signKey(await openSealed(pem, name, password ?? ""), name);
  const own = { key: pem, format: "pem", ...(isEncrypted && { passphrase: password }) } as const;
  return signKey(
    parse(name, () => createPrivateKey(own)),
    name,
  );
}

async function openSealed(pem: string, name: string, password: string): Promise<KeyObject> {
  const { openCosignKey } = await import("./cosign-key.ts");
  const opened = openCosignKey(pem, password);
  if (opened.kind === "refused") throw keyFault(name, opened.why);
  const key = Buffer.from(opened.der);
  return parse(name, () => createPrivateKey({ key, format: "der", type: "pkcs8" }));
}

function signKey(key: KeyObject, name: string): SignKey {
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
