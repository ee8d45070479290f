/** Private keys and certificates in PEM, by the runtime's own cryptography. */
import {
  createPrivateKey,
  generateKeyPairSync,
  type KeyObject,
  X509Certificate,
} from "node:crypto";

/** 2048 bits, PKCS #1. */
export function createRsaKey(): string {
  return rsaKey(2048);
}

function rsaKey(modulusLength: number): string {
  const { privateKey } = generateKeyPairSync("rsa", { modulusLength });
  return String(privateKey.export({ type: "pkcs1", format: "pem" }));
}

/** `undefined` for a type that cannot be made here. */
export function generateKey(type: string): string | undefined {
  switch (type) {
    case "":
    case "rsa":
      return rsaKey(4096);
    case "ecdsa": {
      const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
      return String(privateKey.export({ type: "sec1", format: "pem" }));
    }
    case "ed25519": {
      const { privateKey } = generateKeyPairSync("ed25519");
      return String(privateKey.export({ type: "pkcs8", format: "pem" }));
    }
    case "dsa":
      return undefined;
    default:
      return `Unknown type ${type}`;
  }
}

/** `undefined` for text that holds no private key. */
export function readKey(pem: string): KeyObject | undefined {
  try {
    return createPrivateKey(pem);
  } catch {
    return undefined;
  }
}

export function readCertificate(pem: string): X509Certificate | undefined {
  try {
    return new X509Certificate(pem);
  } catch {
    return undefined;
  }
}
