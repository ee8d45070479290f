/** `ork inspect`: what an OCI artifact is, what is in it, and who signed it. Nothing is written. */

import { sha256Digest } from "../../source/oci/manifest.ts";
import { filesOf, type PulledArtifact, pullLayers } from "../../source/oci/pull.ts";
import { findSignatures, signedOf } from "../../source/oci/signatures.ts";
import type { CheckedSignature, Signer } from "../../source/oci/signer.ts";
import { EXIT, type ExitCode } from "../exit-codes.ts";
import { painter } from "../io.ts";
import { openRegistries, readReference, readSigners } from "../registry-access.ts";
import type { CommandInput } from "../spec.ts";

export async function execute({ args, flags, io }: CommandInput): Promise<ExitCode> {
  const { name } = readReference(args);
  const signers = await readSigners(flags);
  const pulled = await pullLayers({ location: name, name }, await openRegistries(flags, io));
  const facts = await factsOf(pulled, name, signers);
  if (flags.text("output") === "json") io.print(JSON.stringify(facts, null, 2));
  else io.print(textOf(facts, painter(io.hasColor.stdout)).join("\n"));
  const isVerified = facts.signatures.some((one) => one.verifiedBy !== undefined);
  return signers.length === 0 || isVerified ? EXIT.ok : EXIT.differences;
}

interface Facts {
  readonly reference: string;
  readonly digest: string;
  readonly mediaType: string;
  readonly artifactType: string | undefined;
  readonly annotations: Readonly<Record<string, string>>;
  readonly layers: readonly { mediaType: string; digest: string; size: number }[];
  readonly files: readonly { path: string; size: number; digest: string }[];
  readonly signatures: readonly SignatureFacts[];
}

interface SignatureFacts {
  readonly format: string;
  /** Of the keys and identities that were given; absent without any. */
  readonly verifiedBy?: string;
  /** The key's fingerprint, or the issuer that vouches for the identity. */
  readonly proof?: string;
  readonly refused?: string;
}

async function factsOf(
  pulled: PulledArtifact,
  name: string,
  signers: readonly Signer[],
): Promise<Facts> {
  const { registry, manifest, digest } = pulled;
  const files = await filesOf(pulled, name);
  const found = await findSignatures(registry, digest);
  return {
    reference: name,
    digest,
    mediaType: manifest.mediaType,
    artifactType: manifest.artifactType,
    annotations: manifest.annotations,
    layers: manifest.layers.map(({ mediaType, digest, size }) => ({ mediaType, digest, size })),
    files: [...files].map(([path, bytes]) => ({
      path,
      size: bytes.length,
      digest: sha256Digest(bytes),
    })),
    signatures: found.map(({ format, check }) => ({
      format,
      ...(signers.length > 0 && verdict(check(signers, signedOf(registry, digest)))),
    })),
  };
}

function verdict(checked: CheckedSignature): Omit<SignatureFacts, "format"> {
  if (checked.kind === "invalid") return { refused: checked.why };
  return { verifiedBy: checked.by, proof: checked.proof };
}

function textOf(facts: Facts, paint: ReturnType<typeof painter>): readonly string[] {
  const { reference, digest, artifactType, mediaType, annotations, files, signatures } = facts;
  const title = (text: string) => paint("bold", text);
  return [
    `${title(reference)}`,
    digest,
    artifactType ?? mediaType,
    ...section(
      title("Annotations"),
      Object.entries(annotations).map(([key, value]) => `${key}: ${oneLine(value)}`),
    ),
    ...section(
      title("Files"),
      files.map((one) => `${one.path}  ${one.size} B  ${one.digest}`),
    ),
    ...section(
      title("Signatures"),
      signatures.length === 0 ? ["none"] : signatures.map(signatureText),
    ),
  ];
}

function signatureText({ format, verifiedBy, proof, refused }: SignatureFacts): string {
  if (verifiedBy !== undefined) return `${format}: valid, by "${verifiedBy}" (${proof})`;
  return refused === undefined ? format : `${format}: refused, ${refused}`;
}

function section(title: string, lines: readonly string[]): readonly string[] {
  return lines.length === 0 ? [] : [title, ...lines.map((line) => `  ${line}`)];
}

/** A terminal must not be steered by what a server says. */
function oneLine(text: string): string {
  return text.replaceAll(/\p{Cc}+/gu, " ");
}
