/**
 * Signatures without a key of one's own: a certificate, good for minutes, says whose token its key was
 * made for, and a transparency log says that the signature was there in those minutes. The only door to
 * the Sigstore libraries; loaded when a rule names an identity.
 *
 * Guarantees: nothing is fetched, all trust comes from the trusted root that is given; no clock is read,
 * what was good once stays good. The certificate must come from one of its authorities and be in one of its
 * certificate logs; the signature in one of its transparency logs, when the certificate was valid.
 * Source: Sigstore's client specification; sigstore_trustroot.proto; Fulcio's docs/oid-info.md.
 */
import { createHash } from "node:crypto";
import { type Bundle, bundleFromJSON } from "@sigstore/bundle";
import { TrustedRoot } from "@sigstore/protobuf-specs";
import {
  type Signer as Certified,
  toSignedEntity,
  toTrustMaterial,
  VerificationError,
  Verifier,
} from "@sigstore/verify";
import { compileRegex, RegexError } from "../../std/regex.ts";
import { parseJsonObject } from "../json-text.ts";
import type { IdentityRule } from "../reference.ts";
import { SourceError } from "../source-error.ts";
import { derOf } from "./signature-certificate.ts";
import {
  type CheckedSignature,
  invalid,
  type KeylessEvidence,
  type SignatureEvidence,
  type Signer,
} from "./signer.ts";

/** Throws `SourceError` for a trusted root or a pattern that cannot be used. */
export function readIdentity({ identity, issuer, trustedRoot }: IdentityRule): Signer {
  const fits = matcher(identity);
  const verifier = readTrustedRoot(trustedRoot);
  const name = identity.kind === "exact" ? identity.text : `/${identity.text}/`;
  return {
    name,
    check(evidence) {
      if (!evidence.keyless) return invalid("it was made with a key instead of a certificate");
      const certified = verify(verifier, evidence, evidence.keyless);
      if (certified.kind === "invalid") return certified;
      const { by, proof } = certified;
      if (!fits(by)) return invalid(`it is by ${quote(by)}, vouched for by ${quote(proof)}`);
      if (proof === issuer) return certified;
      return invalid(`${quote(by)} is vouched for by ${quote(proof)}, expected ${quote(issuer)}`);
    },
  };
}

function matcher({ kind, text }: IdentityRule["identity"]): (found: string) => boolean {
  if (kind === "exact") return (found) => found === text;
  try {
    compileRegex(text);
    // A part of a name is anybody's: example.com stands in example.com.evil.io, too.
    const whole = compileRegex(`\\A(?:${text})\\z`);
    return (found) => whole.test(found);
  } catch (error) {
    if (!(error instanceof RegexError)) throw error;
    const message = `Cannot use the identity pattern "${text}": ${error.reason}`;
    const hint = "It is a regular expression in RE2 syntax that the whole identity has to match";
    throw new SourceError("unreadable", message, { hint, cause: error });
  }
}

const ROOT_TYPE =
  /^application\/vnd\.dev\.sigstore\.trustedroot(\+json;version=0\.\d|\.v0\.\d\+json)$/;

function readTrustedRoot({ name, text }: IdentityRule["trustedRoot"]): Verifier {
  const json = parseJsonObject(text);
  if (!json) throw rootFault(name, "it is no JSON object");
  const { mediaType } = json;
  if (typeof mediaType !== "string" || !ROOT_TYPE.test(mediaType)) {
    const found =
      typeof mediaType === "string"
        ? `its mediaType is ${quote(mediaType)}`
        : "it has no mediaType";
    throw rootFault(
      name,
      `${found}, expected application/vnd.dev.sigstore.trustedroot+json;version=0.1`,
    );
  }
  for (const [key, what] of NEEDED) {
    const { [key]: list } = json;
    if (!Array.isArray(list) || list.length === 0)
      throw rootFault(name, `it names no ${what} (${key})`);
  }
  try {
    return new Verifier(toTrustMaterial(TrustedRoot.fromJSON(json)));
  } catch (cause) {
    throw rootFault(name, "a certificate or a key in it cannot be read", cause);
  }
}

/** Without one of each no signature could ever count. */
const NEEDED = [
  ["certificateAuthorities", "certificate authority"],
  ["ctlogs", "log of certificates"],
  ["tlogs", "transparency log"],
] as const;

function rootFault(name: string, found: string, cause?: unknown): SourceError {
  const hint =
    "Write one with: cosign trusted-root create --with-default-services --out trusted_root.json";
  return new SourceError("unreadable", `Cannot use the trusted root "${name}": ${found}`, {
    hint,
    cause,
  });
}

function verify(
  verifier: Verifier,
  { content, signatures }: SignatureEvidence,
  keyless: KeylessEvidence,
): CheckedSignature {
  if (keyless.kind === "unusable") return invalid(keyless.why);
  try {
    const bundle = bundleFromJSON(keyless.bundle);
    const entity = toSignedEntity(bundle, Buffer.from(content));
    // A bundle could hold two things: what the library looks at has to be what we then read.
    const { signature } = entity;
    const isOurs =
      signature.compareSignedDigest(createHash("sha256").update(content).digest()) &&
      signatures.some((one) => signature.compareSignature(Buffer.from(one)));
    const certificate = certificateOf(bundle);
    if (!isOurs || !certificate) return invalid("its bundle contradicts itself");
    const { identity } = verifier.verify(entity);
    const isLogged = entity.tlogEntries.every((one) => holds(one.canonicalizedBody, certificate));
    return isLogged ? identityOf(identity) : invalid(OTHER_CERTIFICATE);
  } catch (error) {
    // Every fault, the parser's own included, comes from what the registry gave: it does not count.
    return invalid(reasonOf(error));
  }
}

const OTHER_CERTIFICATE = "the transparency log holds it with another certificate";

function certificateOf({ verificationMaterial: { content } }: Bundle): Buffer | undefined {
  if (content.$case === "certificate") return content.certificate.rawBytes;
  if (content.$case === "publicKey") return undefined;
  return content.x509CertificateChain.certificates[0]?.rawBytes;
}

/**
 * Whether an entry of the log names this very certificate; the library only compares signature and
 * content. Where it stands differs by kind and version of the entry: in base64, as PEM or as DER.
 */
function holds(entry: Buffer, certificate: Buffer): boolean {
  const isIt = (value: unknown): boolean => {
    if (typeof value === "object" && value !== null) return Object.values(value).some(isIt);
    if (typeof value !== "string") return false;
    const bytes = Buffer.from(value, "base64");
    return (
      bytes.equals(certificate) || derOf(bytes.toString("latin1"))?.equals(certificate) === true
    );
  };
  return isIt(parseJsonObject(entry));
}

const ISSUER_IDS = ["1.3.6.1.4.1.57264.1.8", "1.3.6.1.4.1.57264.1.1"];
const SUBJECT_ALT_NAME_IDS = ["2.5.29.17"];

function identityOf(identity: Certified["identity"]): CheckedSignature {
  const by = identity?.subjectAlternativeName;
  const proof = identity?.extensions?.issuer;
  if (!by || !proof) return invalid("its certificate does not say whose it is, and who says so");
  // They are shown in terminals, too.
  const isPlain =
    /^[ -~]+$/.test(by + proof) &&
    hasText(identity, SUBJECT_ALT_NAME_IDS, by) &&
    hasText(identity, ISSUER_IDS, proof);
  return isPlain
    ? { kind: "valid", by, proof }
    : invalid("its certificate holds other than plain ASCII");
}

/** The library reads names as ASCII and drops the eighth bit: only what it did not change counts. */
function hasText(identity: Certified["identity"], ids: readonly string[], text: string): boolean {
  const bytes = Buffer.from(text, "latin1");
  const all = ids.flatMap(
    (id) => identity?.oids?.filter(({ oid }) => oid?.id.join(".") === id) ?? [],
  );
  return (
    all.length > 0 &&
    Buffer.from(all[0]?.value ?? [])
      .subarray(-bytes.length)
      .equals(bytes)
  );
}

type Code = VerificationError["code"];
const REASONS: Readonly<Record<Code, string>> = {
  NOT_IMPLEMENTED_ERROR: "it is of a kind that is not known",
  TLOG_ERROR: "it is in no transparency log",
  TLOG_INCLUSION_PROOF_ERROR: "the proof of the transparency log does not hold",
  TLOG_INCLUSION_PROMISE_ERROR: "the promise is not by a transparency log of the trusted root",
  TLOG_MISSING_INCLUSION_ERROR: "the transparency log neither proves nor promises that it is in it",
  TLOG_BODY_ERROR: "the transparency log holds something else",
  CERTIFICATE_ERROR: "its certificate does not hold against the trusted root",
  PUBLIC_KEY_ERROR: "its key was not valid then",
  SIGNATURE_ERROR: "the key of its certificate did not make it",
  TIMESTAMP_ERROR: "nobody of the trusted root says when it was made",
};

function reasonOf(error: unknown): string {
  if (!(error instanceof VerificationError)) return "its bundle cannot be read";
  const inner: unknown = error.cause instanceof VerificationError ? error.cause : error;
  const detail = inner instanceof Error ? ` (${plain(inner.message)})` : "";
  return `${REASONS[error.code]}${detail}`;
}

const MAX_SHOWN = 200;

/** A terminal must not be steered by what a registry says. */
function plain(text: string): string {
  return text.replaceAll(/\p{C}+/gu, " ").slice(0, MAX_SHOWN);
}

function quote(text: string): string {
  return `"${plain(text)}"`;
}
