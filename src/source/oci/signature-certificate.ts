/**
 * What cosign writes beside a signature that a certificate made, in annotations of the layer: the
 * certificate, and the promise of a transparency log. Here it becomes the Sigstore bundle that says the
 * same, so that both forms are verified by the same code. Pure; nothing is believed here.
 *
 * Source: cosign's specs/SIGNATURE_SPEC.md, "Properties"; sigstore_bundle.proto, version 0.1.
 */
import { createHash } from "node:crypto";
import type { JsonObject } from "../../std/json.ts";
import { jsonObject, parseJsonObject } from "../json-text.ts";
import type { KeylessEvidence } from "./signer.ts";

export type Annotations = Readonly<Record<string, string>>;

const CERTIFICATE = "dev.sigstore.cosign/certificate";
const LOG_ENTRY = "dev.sigstore.cosign/bundle";
const BUNDLE_V01 = "application/vnd.dev.sigstore.bundle+json;version=0.1";

/** `signature` in base64. Nothing where no certificate stands beside it. */
export function certificateEvidence(
  annotations: Annotations,
  { content, signature }: { readonly content: Uint8Array; readonly signature: string },
): KeylessEvidence | undefined {
  const pem = annotations[CERTIFICATE];
  if (pem === undefined) return undefined;
  const rawBytes = derOf(pem)?.toString("base64");
  if (rawBytes === undefined) return unusable("its certificate is not one in PEM");
  const text = annotations[LOG_ENTRY];
  if (text === undefined) return unusable("it is in no transparency log");
  const entry = logEntry(text);
  if (!entry) return unusable("what it says of the transparency log cannot be read");
  const digest = createHash("sha256").update(content).digest("base64");
  const bundle: JsonObject = {
    mediaType: BUNDLE_V01,
    verificationMaterial: {
      x509CertificateChain: { certificates: [{ rawBytes }] },
      tlogEntries: [entry],
    },
    messageSignature: { messageDigest: { algorithm: "SHA2_256", digest }, signature },
  };
  return { kind: "bundle", bundle };
}

function unusable(why: string): KeylessEvidence {
  return { kind: "unusable", why };
}

const PEM = /^-----BEGIN CERTIFICATE-----([\sA-Za-z0-9+/=]+)-----END CERTIFICATE-----\s*$/;

/** The bytes of one certificate in PEM. */
export function derOf(pem: string): Buffer | undefined {
  const text = PEM.exec(pem)?.[1];
  return text === undefined ? undefined : Buffer.from(text, "base64");
}

/** Rekor's answer as cosign keeps it → an entry of a bundle. */
function logEntry(text: string): JsonObject | undefined {
  const { SignedEntryTimestamp: signedEntryTimestamp, Payload } = parseJsonObject(text) ?? {};
  const { body, integratedTime, logIndex, logID } = jsonObject(Payload) ?? {};
  if (typeof signedEntryTimestamp !== "string" || typeof body !== "string") return undefined;
  if (typeof logID !== "string" || !isCount(integratedTime) || !isCount(logIndex)) return undefined;
  const { kind, apiVersion } = parseJsonObject(Buffer.from(body, "base64")) ?? {};
  if (typeof kind !== "string" || typeof apiVersion !== "string") return undefined;
  return {
    logIndex: String(logIndex),
    logId: { keyId: Buffer.from(logID, "hex").toString("base64") },
    kindVersion: { kind, version: apiVersion },
    integratedTime: String(integratedTime),
    inclusionPromise: { signedEntryTimestamp },
    canonicalizedBody: body,
  };
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && Number(value) >= 0;
}
