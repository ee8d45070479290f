/**
 * A private key as `cosign generate-key-pair` writes it: PKCS #8, sealed with a password. Loaded only for such
 * a key. Source: cosign's signature specification; go-securesystemslib, `encrypted`: a JSON text that names
 * scrypt (RFC 7914) with its parameters and NaCl's secretbox (XSalsa20 and Poly1305) with its nonce.
 *
 * Guarantees: parameters that would take minutes or gigabytes are refused, whoever wrote the file; a wrong
 * password and a file that was changed are one and the same, since the seal tells no more.
 */
import { scryptSync } from "node:crypto";
import { xsalsa20poly1305 } from "@noble/ciphers/salsa.js";
import { isJsonObject, type Json } from "../../std/json.ts";

const SEALED_PEM =
  /-----BEGIN ENCRYPTED (?:SIGSTORE|COSIGN) PRIVATE KEY-----([A-Za-z0-9+/=\s]+)-----END/;

export type OpenedKey =
  | { readonly kind: "opened" /** PKCS #8. */; readonly der: Uint8Array }
  | { readonly kind: "refused"; readonly why: string };

interface Sealed {
  readonly salt: Uint8Array;
  readonly nonce: Uint8Array;
  readonly ciphertext: Uint8Array;
  readonly cost: { readonly N: number; readonly r: number; readonly p: number };
}

const KEY_BYTES = 32;
const NONCE_BYTES = 24;
/** scrypt takes 128 · N · r bytes: cosign's own parameters, 64 MiB, four times over. */
const MAX_MEMORY_BYTES = 256 * 1024 * 1024;
const MAX_PARALLEL = 4;

export function openCosignKey(pem: string, password: string): OpenedKey {
  const sealed = readSealed(pem);
  if (!sealed) return { kind: "refused", why: "it is not what cosign writes" };
  const { salt, nonce, ciphertext, cost } = sealed;
  const memory = 128 * cost.N * cost.r;
  if (memory > MAX_MEMORY_BYTES || cost.p > MAX_PARALLEL) {
    return { kind: "refused", why: "opening it would take more memory or time than any such key" };
  }
  try {
    const key = scryptSync(password, salt, KEY_BYTES, {
      ...cost,
      maxmem: memory * 2 + 1024 * 1024,
    });
    return { kind: "opened", der: xsalsa20poly1305(key, nonce).decrypt(ciphertext) };
  } catch {
    return { kind: "refused", why: "its password is wrong, or it was changed" };
  }
}

function readSealed(pem: string): Sealed | undefined {
  const found = parse(Buffer.from(SEALED_PEM.exec(pem)?.[1] ?? "", "base64").toString("utf8"));
  const [kdf, cipher] = [fieldOf(found, "kdf"), fieldOf(found, "cipher")];
  if (fieldOf(kdf, "name") !== "scrypt" || fieldOf(cipher, "name") !== "nacl/secretbox") {
    return undefined;
  }
  const params = fieldOf(kdf, "params");
  const [N, r, p] = ["N", "r", "p"].map((name) => fieldOf(params, name));
  const [salt, nonce] = [bytesOf(fieldOf(kdf, "salt")), bytesOf(fieldOf(cipher, "nonce"))];
  const ciphertext = bytesOf(fieldOf(found, "ciphertext"));
  const isWhole = isCount(N) && isCount(r) && isCount(p) && nonce?.length === NONCE_BYTES;
  if (!isWhole || !salt || !nonce || !ciphertext) return undefined;
  return { salt, nonce, ciphertext, cost: { N, r, p } };
}

function parse(text: string): Json | undefined {
  try {
    return JSON.parse(text) as Json;
  } catch {
    return undefined;
  }
}

function fieldOf(value: Json | undefined, name: string): Json | undefined {
  return isJsonObject(value) ? value[name] : undefined;
}

function bytesOf(value: Json | undefined): Uint8Array | undefined {
  return typeof value === "string" ? new Uint8Array(Buffer.from(value, "base64")) : undefined;
}

function isCount(value: Json | undefined): value is number {
  return typeof value === "number" && Number.isInteger(value) && value > 0;
}
