/**
 * A Sigstore of its own in memory, for signatures without keys: an authority that issues certificates with
 * the extensions of Fulcio, its log of certificates, a transparency log as Rekor is one, and the trusted root
 * that names all three. Nothing here knows how `ork` verifies.
 *
 * Source: Fulcio's docs/oid-info.md; RFC 6962; sigstore_bundle.proto and sigstore_trustroot.proto.
 */
import { createHash, generateKeyPairSync, type KeyObject, sign } from "node:crypto";
import { initializeCA } from "@sigstore/mock/dist/fulcio/ca.js";
import { initializeCTLog } from "@sigstore/mock/dist/fulcio/ctlog.js";
import { initializeTLog } from "@sigstore/mock/dist/rekor/tlog.js";

/** Of Fulcio: URL of the OpenID Connect provider, as DER and as it was written at first. */
const ISSUER = "1.3.6.1.4.1.57264.1.8";
const OLD_ISSUER = "1.3.6.1.4.1.57264.1.1";
export const BUNDLE_TYPE = "application/vnd.dev.sigstore.bundle.v0.3+json";
const LOG_URL = "https://rekor.sigstore.test";
const HOUR_MS = 3_600_000;

export interface WhoSigns {
  readonly identity: string;
  readonly issuer: string;
  /** In the extension that came first. */
  readonly isOldIssuer?: boolean;
}

/** What goes wrong on purpose. */
export interface Faults {
  /** How long after the certificate was issued the log has the entry. */
  readonly logDelayMs?: number;
  /** The certificate is in no log of certificates. */
  readonly hasNoSct?: boolean;
}

export interface Sigstore {
  /** Text of `trusted_root.json`. */
  readonly trustedRoot: string;
  /** A bundle that says of a manifest that it was signed, as `cosign sign` writes it. */
  signBundle(digest: string, who: WhoSigns, faults?: Faults): Promise<SigstoreBundle>;
  /** Bytes, with the annotations that cosign writes beside a signature in `.sig`. */
  signSimple(payload: Uint8Array, who: WhoSigns, faults?: Faults): Promise<Record<string, string>>;
}

export interface SigstoreBundle {
  mediaType: string;
  verificationMaterial: {
    certificate: { rawBytes: string };
    tlogEntries: LogEntry[];
    timestampVerificationData: { rfc3161Timestamps: unknown[] };
  };
  dsseEnvelope: {
    payload: string;
    payloadType: string;
    signatures: { sig: string; keyid: string }[];
  };
}

interface LogEntry {
  logIndex: string;
  logId: { keyId: string };
  kindVersion: { kind: string; version: string };
  integratedTime: string;
  inclusionPromise?: { signedEntryTimestamp: string };
  inclusionProof?: {
    logIndex: string;
    rootHash: string;
    treeSize: string;
    hashes: string[];
    checkpoint: { envelope: string };
  };
  canonicalizedBody: string;
}

export async function createSigstore(): Promise<Sigstore> {
  const now = Date.now();
  const keys = { ca: pair("P-384"), certificates: pair(), entries: pair() };
  const certificates = await initializeCTLog(keys.certificates);
  const authority = await initializeCA(keys.ca, certificates);
  const withoutLog = await initializeCA(keys.ca, undefined);

  const certify = async (who: WhoSigns, { hasNoSct = false }: Faults) => {
    const own = pair();
    const issuer = who.isOldIssuer
      ? { oid: OLD_ISSUER, value: who.issuer, legacy: true }
      : { oid: ISSUER, value: who.issuer };
    const der = await (hasNoSct ? withoutLog : authority).issueCertificate({
      publicKey: spki(own.publicKey),
      subjectAltName: who.identity,
      extensions: [issuer],
    });
    return { key: own.privateKey, der: base64(bytesOf(der)) };
  };
  const log = async (entry: object, { logDelayMs = 60_000 }: Faults) => {
    const clock = new Date(Date.now() + logDelayMs);
    const answer = await (await initializeTLog(LOG_URL, keys.entries, clock)).log(entry);
    const [found] = Object.values(answer) as RekorEntry[];
    if (!found) throw new Error("expected an entry");
    return found;
  };

  return {
    trustedRoot: JSON.stringify({
      mediaType: "application/vnd.dev.sigstore.trustedroot+json;version=0.1",
      tlogs: [logOf(LOG_URL, keys.entries.publicKey, now)],
      certificateAuthorities: [
        {
          subject: { organization: "sigstore.mock", commonName: "sigstore" },
          uri: "https://fulcio.sigstore.test",
          certChain: { certificates: [{ rawBytes: base64(bytesOf(authority.rootCertificate)) }] },
          validFor: { start: new Date(now - HOUR_MS).toISOString() },
        },
      ],
      ctlogs: [logOf("https://ctfe.sigstore.test", keys.certificates.publicKey, now)],
      timestampAuthorities: [],
    }),
    async signBundle(digest, who, faults = {}) {
      const { key, der } = await certify(who, faults);
      const payloadType = "application/vnd.in-toto+json";
      const payload = Buffer.from(JSON.stringify(statement(digest)));
      const signature = base64(sign("sha256", encode(payloadType, payload), key));
      const pem = base64(Buffer.from(pemOf(der)));
      const entry = await log(
        {
          apiVersion: "0.0.1",
          kind: "dsse",
          spec: {
            envelopeHash: { algorithm: "sha256", value: sha256(payload) },
            payloadHash: { algorithm: "sha256", value: sha256(payload) },
            signatures: [{ signature, verifier: pem }],
          },
        },
        faults,
      );
      return {
        mediaType: BUNDLE_TYPE,
        verificationMaterial: {
          certificate: { rawBytes: der },
          tlogEntries: [bundleEntry(entry, "dsse")],
          timestampVerificationData: { rfc3161Timestamps: [] },
        },
        dsseEnvelope: {
          payload: base64(payload),
          payloadType,
          signatures: [{ sig: signature, keyid: "" }],
        },
      };
    },
    async signSimple(payload, who, faults = {}) {
      const { key, der } = await certify(who, faults);
      const signature = base64(sign("sha256", payload, key));
      const content = base64(Buffer.from(pemOf(der)));
      const entry = await log(
        {
          apiVersion: "0.0.1",
          kind: "hashedrekord",
          spec: {
            data: { hash: { algorithm: "sha256", value: sha256(payload) } },
            signature: { content: signature, publicKey: { content } },
          },
        },
        faults,
      );
      const { body, integratedTime, logIndex, logID, verification } = entry;
      return {
        "dev.cosignproject.cosign/signature": signature,
        "dev.sigstore.cosign/certificate": pemOf(der),
        "dev.sigstore.cosign/bundle": JSON.stringify({
          SignedEntryTimestamp: verification.signedEntryTimestamp,
          Payload: { body, integratedTime, logIndex, logID },
        }),
      };
    },
  };
}

/** Rekor's answer to a new entry. */
interface RekorEntry {
  readonly body: string;
  readonly integratedTime: number;
  readonly logID: string;
  readonly logIndex: number;
  readonly verification: {
    readonly signedEntryTimestamp: string;
    readonly inclusionProof: {
      readonly logIndex: number;
      readonly rootHash: string;
      readonly treeSize: number;
      readonly hashes: readonly string[];
      readonly checkpoint: string;
    };
  };
}

function bundleEntry(entry: RekorEntry, kind: string): LogEntry {
  const { signedEntryTimestamp, inclusionProof } = entry.verification;
  return {
    logIndex: String(entry.logIndex),
    logId: { keyId: base64(Buffer.from(entry.logID, "hex")) },
    kindVersion: { kind, version: "0.0.1" },
    integratedTime: String(entry.integratedTime),
    inclusionPromise: { signedEntryTimestamp },
    inclusionProof: {
      logIndex: String(inclusionProof.logIndex),
      rootHash: base64(Buffer.from(inclusionProof.rootHash, "hex")),
      treeSize: String(inclusionProof.treeSize),
      hashes: inclusionProof.hashes.map((one) => base64(Buffer.from(one, "hex"))),
      checkpoint: { envelope: inclusionProof.checkpoint },
    },
    canonicalizedBody: entry.body,
  };
}

function statement(digest: string) {
  return {
    _type: "https://in-toto.io/Statement/v1",
    subject: [{ digest: { sha256: digest.replace("sha256:", "") } }],
    predicateType: "https://sigstore.dev/cosign/sign/v1",
    predicate: {},
  };
}

function logOf(baseUrl: string, key: KeyObject, now: number) {
  const rawBytes = spki(key);
  const validFor = { start: new Date(now - HOUR_MS).toISOString() };
  return {
    baseUrl,
    hashAlgorithm: "SHA2_256",
    publicKey: { rawBytes: base64(rawBytes), keyDetails: "PKIX_ECDSA_P256_SHA_256", validFor },
    logId: { keyId: createHash("sha256").update(rawBytes).digest("base64") },
  };
}

function pair(namedCurve = "P-256") {
  return generateKeyPairSync("ec", { namedCurve });
}

/** A copy: those who made it look at its whole memory. */
function spki(key: KeyObject): Uint8Array<ArrayBuffer> {
  return new Uint8Array(key.export({ type: "spki", format: "der" }));
}

function bytesOf({ buffer, byteOffset, byteLength }: ArrayBufferView): Buffer {
  return Buffer.from(buffer, byteOffset, byteLength);
}

function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("base64");
}

function sha256(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}

function pemOf(der: string): string {
  const lines = der.match(/.{1,64}/g)?.join("\n");
  return `-----BEGIN CERTIFICATE-----\n${lines}\n-----END CERTIFICATE-----\n`;
}

/** Source: DSSE 1.0, "Signature Definition". */
function encode(type: string, content: Uint8Array): Buffer {
  return Buffer.concat([Buffer.from(`DSSEv1 ${type.length} ${type} ${content.length} `), content]);
}
