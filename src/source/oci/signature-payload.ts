/**
 * What is signed, in the two forms that cosign writes: the "simple signing" payload beside a manifest,
 * and the in-toto statement in a Sigstore bundle. Pure.
 *
 * Guarantees: bytes are believed only after their signature was, and then have to name the digest and,
 * where they name one, the repository.
 * Source: cosign's specs/SIGNATURE_SPEC.md; the DSSE protocol 1.0; the in-toto statement 1.0.
 */
import type { JsonObject } from "../../std/json.ts";
import { jsonObject, parseJsonObject } from "../json-text.ts";
import { type Annotations, certificateEvidence } from "./signature-certificate.ts";
import { type CheckedSignature, invalid, type SignatureEvidence, type Signer } from "./signer.ts";

export const SIMPLE_SIGNING_TYPE = "application/vnd.dev.cosign.simplesigning.v1+json";
export const SIGNATURE_ANNOTATION = "dev.cosignproject.cosign/signature";
/** What is written. */
export const NEW_BUNDLE_TYPE = "application/vnd.dev.sigstore.bundle.v0.3+json";
/** Any version of it. */
export const BUNDLE_TYPE = /^application\/vnd\.dev\.sigstore\.bundle(\.v\d+(\.\d+)?)?\+json/;

const SIMPLE_SIGNING = "cosign container image signature";
const IN_TOTO_TYPE = "application/vnd.in-toto+json";
export const SIGN_PREDICATE = "https://sigstore.dev/cosign/sign/v1";

/** What a signature has to be about. */
export interface Signed {
  /** `sha256:` and 64 hex digits. */
  readonly digest: string;
  /** `host/path`, without tag and digest. */
  readonly repository: string;
}

export interface FoundSignature {
  readonly format: "simple-signing" | "bundle";
  /** Whether one of `signers` made it, for this; else why it does not count. */
  check(signers: readonly Signer[], about: Signed): CheckedSignature;
}

/** The payload of a new signature. */
export function simplePayload({ digest, repository }: Signed): Uint8Array {
  const critical = {
    identity: { "docker-reference": repository },
    image: { "docker-manifest-digest": digest },
    type: SIMPLE_SIGNING,
  };
  return new TextEncoder().encode(JSON.stringify({ critical, optional: null }));
}

/** `annotations`: of its layer, where the certificate stands that made it. */
export function simpleSignature(
  payload: Uint8Array,
  signature: string,
  annotations: Annotations = {},
): FoundSignature {
  const bytes = decode(signature);
  const keyless = certificateEvidence(annotations, { content: payload, signature });
  const evidence: SignatureEvidence = {
    content: payload,
    signatures: bytes ? [bytes] : [],
    ...(keyless && { keyless }),
  };
  return {
    format: "simple-signing",
    check: (signers, about) =>
      checkAll(evidence, signers, () => whyNotSimple(parseJsonObject(payload), about)),
  };
}

/** First who made it, then what it says: `whyNot` reads bytes that somebody trusted signed. */
function checkAll(
  evidence: SignatureEvidence,
  signers: readonly Signer[],
  whyNot: () => string | undefined,
): CheckedSignature {
  const checked = signers.map((one) => one.check(evidence));
  const valid = checked.find(({ kind }) => kind === "valid");
  if (valid) {
    const why = whyNot();
    return why === undefined ? valid : invalid(why);
  }
  const reasons = checked.flatMap((one) => (one.kind === "invalid" ? [one.why] : []));
  return invalid([...new Set(reasons)].join("; "));
}

function whyNotSimple(payload: JsonObject | undefined, about: Signed): string | undefined {
  const critical = jsonObject(payload?.["critical"]);
  const found = jsonObject(critical?.["image"])?.["docker-manifest-digest"];
  if (found !== about.digest) return "it is about something else";
  const type = critical?.["type"];
  if (type !== SIMPLE_SIGNING && type !== SIGN_PREDICATE) {
    return "it is no signature of an artifact";
  }
  const named = jsonObject(critical?.["identity"])?.["docker-reference"];
  if (isSameRepository(named, about.repository)) return undefined;
  return "it was made for another repository";
}

/** An older cosign names no repository; a newer one may put the tag behind it. */
function isSameRepository(named: unknown, repository: string): boolean {
  if (named === undefined || named === "") return true;
  if (typeof named !== "string") return false;
  const plain = named
    .replace(/@.*$/, "")
    .replace(/:[^/:]*$/, (tag) => (tag.includes("/") ? tag : ""));
  return named === repository || plain === repository;
}

/** A Sigstore bundle of an artifact. Nothing for other bundles (a blob's, for example). */
export function bundleSignature(bytes: Uint8Array): FoundSignature | undefined {
  const bundle = parseJsonObject(bytes);
  const material = jsonObject(bundle?.["verificationMaterial"]);
  const envelope = jsonObject(bundle?.["dsseEnvelope"]);
  if (!bundle || !material || !envelope) return undefined;
  const isKeyless = CERTIFICATES.some((name) => material[name] !== undefined);
  if (!isKeyless && !jsonObject(material["publicKey"])) return undefined;
  const { payload, payloadType, signatures } = envelope;
  const content = decode(payload);
  if (!content || typeof payloadType !== "string") return undefined;
  const given = Array.isArray(signatures) ? signatures : [];
  const evidence: SignatureEvidence = {
    content: preAuthenticationEncoding(payloadType, content),
    signatures: given
      .map((one: unknown) => decode(jsonObject(one)?.["sig"]))
      .filter((one) => one !== undefined),
    ...(isKeyless && { keyless: { kind: "bundle", bundle } }),
  };
  return {
    format: "bundle",
    check: (signers, about) =>
      checkAll(evidence, signers, () =>
        payloadType === IN_TOTO_TYPE ? whyNotAbout(content, about) : "it is no statement",
      ),
  };
}

/** Of a new signature with a key: the statement, signed, in the form that cosign 3 writes. */
export function keyBundle({ digest }: Pick<Signed, "digest">, key: BundleKey): Uint8Array {
  const statement = {
    _type: "https://in-toto.io/Statement/v1",
    subject: [{ digest: { sha256: digest.replace(/^sha256:/, "") }, annotations: {} }],
    predicateType: SIGN_PREDICATE,
    predicate: {},
  };
  const payload = encode(statement);
  const sig = key.sign(preAuthenticationEncoding(IN_TOTO_TYPE, payload));
  return encode({
    mediaType: NEW_BUNDLE_TYPE,
    // How it finds the key among several: what the fingerprint is, too.
    verificationMaterial: { publicKey: { hint: key.fingerprint.replace(/^SHA256:/, "") } },
    dsseEnvelope: {
      payload: Buffer.from(payload).toString("base64"),
      payloadType: IN_TOTO_TYPE,
      signatures: [{ sig: Buffer.from(sig).toString("base64") }],
    },
  });
}

/** A key that signs, as far as a bundle shows it. */
export interface BundleKey {
  /** `SHA256:` and the SHA-256 of the public key (SPKI), base64. */
  readonly fingerprint: string;
  sign(content: Uint8Array): Uint8Array;
}

function encode(value: JsonObject): Uint8Array {
  return new TextEncoder().encode(JSON.stringify(value));
}

const CERTIFICATES = ["certificate", "x509CertificateChain"];

function whyNotAbout(content: Uint8Array, { digest }: Signed): string | undefined {
  const { predicateType, subject } = parseJsonObject(content) ?? {};
  if (predicateType !== SIGN_PREDICATE) return "it is no signature of an artifact";
  const subjects = Array.isArray(subject) ? subject : [];
  const isAbout = subjects.some((one: unknown) => {
    const digests = jsonObject(jsonObject(one)?.["digest"]);
    return digests?.["sha256"] === digest.replace(/^sha256:/, "");
  });
  return isAbout ? undefined : "it is about something else";
}

/** Base64 as it is written, and no other text for the same bytes. */
function decode(text: unknown): Uint8Array | undefined {
  if (typeof text !== "string") return undefined;
  const bytes = Buffer.from(text, "base64");
  return bytes.toString("base64") === text ? bytes : undefined;
}

/** Source: DSSE 1.0, "Signature Definition". */
function preAuthenticationEncoding(type: string, content: Uint8Array): Uint8Array {
  const length = new TextEncoder().encode(type).length;
  return Buffer.concat([
    Buffer.from(`DSSEv1 ${length} ${type} ${content.length} `, "utf8"),
    content,
  ]);
}
