/**
 * Signatures of a manifest where cosign keeps them: under the tag `sha256-….sig`, and as referrers.
 *
 * Source: cosign's specs/SIGNATURE_SPEC.md and BUNDLE_SPEC.md; the OCI distribution specification 1.1,
 * "Listing Referrers".
 */
import { SourceError } from "../source-error.ts";
import type { Descriptor } from "./manifest.ts";
import { sha256Digest } from "./manifest.ts";
import { EMPTY_TYPE } from "./media-types.ts";
import { packManifest, pushArtifact } from "./push.ts";
import type { Registry } from "./registry.ts";
import type { SignKey } from "./signature-key.ts";
import {
  BUNDLE_TYPE,
  bundleSignature,
  type FoundSignature,
  SIGNATURE_ANNOTATION,
  SIMPLE_SIGNING_TYPE,
  type Signed,
  simplePayload,
  simpleSignature,
} from "./signature-payload.ts";
import type { CheckedSignature, Signer, ValidSignature } from "./signer.ts";

/** Of one manifest; more than that nobody means. */
const MAX_SIGNATURES = 50;
const MAX_SIGNATURE_BYTES = 256 * 1024;

export interface WantedSignature {
  /** One of them is enough. */
  readonly signers: readonly Signer[];
  /** `host/path` where it was signed; the artifact's own when absent. */
  readonly signedAs?: string | undefined;
}

/** Throws `SourceError` unless one of the signers signed this manifest for this repository. */
export async function requireSignature(
  registry: Registry,
  digest: string,
  { signers, signedAs }: WantedSignature,
): Promise<ValidSignature> {
  const found = await findSignatures(registry, digest);
  const own = signedOf(registry, digest);
  const about = signedAs === undefined ? own : { ...own, repository: signedAs };
  const checked = found.map((one): CheckedSignature => one.check(signers, about));
  const valid = checked.find((one) => one.kind === "valid");
  if (valid) return valid;
  const { name } = registry.reference;
  const names = signers.map((one) => `"${one.name}"`).join(" or ");
  if (found.length === 0) {
    const message = `Cannot use "${name}": it is not signed, expected a signature by ${names}`;
    const hint = `Sign it with ork push --sign-key, or with: cosign sign ${about.repository}@${digest}`;
    throw new SourceError("signature", message, { hint });
  }
  const reasons = new Set(checked.flatMap((one) => (one.kind === "invalid" ? [one.why] : [])));
  const why = [...reasons].join("; ");
  const message = `Cannot use "${name}": none of its ${found.length} signatures is by ${names}: ${why}`;
  throw new SourceError("signature", message, { hint: "Do not use it before you know why" });
}

export async function findSignatures(
  registry: Registry,
  digest: string,
): Promise<readonly FoundSignature[]> {
  const beside = await simpleSignatures(registry, digest);
  const referring = await findBundles(registry, digest);
  return [...beside, ...referring];
}

/** Signs as `cosign sign --key` does. Answers false when that key had signed it before. */
export async function writeSignature(
  registry: Registry,
  digest: string,
  key: SignKey,
): Promise<boolean> {
  const about = signedOf(registry, digest);
  const before = await signatureLayers(registry, digest);
  const layers = await Promise.all(
    before.map(async (layer) => ({ ...layer, bytes: await readSmall(registry, layer) })),
  );
  const isSigned = layers.some(({ bytes, annotations }) => {
    const text = annotations?.[SIGNATURE_ANNOTATION] ?? "";
    return simpleSignature(bytes, text).check([key], about).kind === "valid";
  });
  if (isSigned) return false;
  const payload = simplePayload(about);
  const own = {
    mediaType: SIMPLE_SIGNING_TYPE,
    bytes: payload,
    annotations: { [SIGNATURE_ANNOTATION]: Buffer.from(key.sign(payload)).toString("base64") },
  };
  const all = [...layers, own];
  const packed = packManifest({ config: imageConfig(all.map(({ bytes }) => bytes)), layers: all });
  await pushArtifact(registry, packed, signatureTag(digest));
  return true;
}

/** What tools that know images only want to see. */
function imageConfig(layers: readonly Uint8Array[]) {
  const epoch = "0001-01-01T00:00:00Z";
  const config = {
    architecture: "",
    created: epoch,
    history: layers.map(() => ({ created: epoch })),
    os: "",
    rootfs: { type: "layers", diff_ids: layers.map(sha256Digest) },
    config: {},
  };
  const bytes = new TextEncoder().encode(JSON.stringify(config));
  return { mediaType: "application/vnd.oci.image.config.v1+json", bytes };
}

/** What a signature of this manifest has to say. */
export function signedOf({ reference }: Registry, digest: string): Signed {
  const host = reference.registry === "docker.io" ? "index.docker.io" : reference.registry;
  return { digest, repository: `${host}/${reference.repository}` };
}

function signatureTag(digest: string): string {
  return `${digest.replace(":", "-")}.sig`;
}

async function signatureLayers(registry: Registry, digest: string): Promise<readonly Descriptor[]> {
  const found = await registry.findManifest(signatureTag(digest));
  if (found?.manifest.kind !== "artifact") return [];
  const layers = found.manifest.layers.filter(({ mediaType }) => mediaType === SIMPLE_SIGNING_TYPE);
  return layers.slice(0, MAX_SIGNATURES);
}

async function simpleSignatures(
  registry: Registry,
  digest: string,
): Promise<readonly FoundSignature[]> {
  const signed = (await signatureLayers(registry, digest)).flatMap((layer) => {
    const text = layer.annotations?.[SIGNATURE_ANNOTATION];
    return text === undefined ? [] : [{ layer, text }];
  });
  return Promise.all(
    signed.map(async ({ layer, text }) => {
      return simpleSignature(await readSmall(registry, layer), text, layer.annotations);
    }),
  );
}

/** Those that refer to the manifest. */
export async function findBundles(
  registry: Registry,
  digest: string,
): Promise<readonly FoundSignature[]> {
  const referrers = (await registry.findReferrers(digest))
    .filter(({ artifactType }) => isMaybeBundle(artifactType))
    .slice(0, MAX_SIGNATURES);
  const bundles = await Promise.all(
    referrers.map(async (referrer) => {
      const { manifest } = await registry.readManifest(referrer.digest);
      const [layer] = manifest.kind === "artifact" ? manifest.layers : [];
      const isBundle = layer && BUNDLE_TYPE.test(layer.mediaType);
      return isBundle ? bundleSignature(await readSmall(registry, layer)) : undefined;
    }),
  );
  return bundles.filter((one) => one !== undefined);
}

/** Where a registry keeps no list, cosign writes it, and puts the type of the empty config there. */
function isMaybeBundle(artifactType: string | undefined): boolean {
  return (
    artifactType === undefined || artifactType === EMPTY_TYPE || BUNDLE_TYPE.test(artifactType)
  );
}

async function readSmall(registry: Registry, layer: Descriptor): Promise<Uint8Array> {
  if (layer.size <= MAX_SIGNATURE_BYTES) return registry.readBlob(layer);
  const { name } = registry.reference;
  const found = `a signature is ${layer.size} bytes, the limit is ${MAX_SIGNATURE_BYTES}`;
  throw new SourceError("signature", `Cannot use "${name}": ${found}`);
}
