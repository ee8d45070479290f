/**
 * A signature as cosign 3 writes it: a Sigstore bundle in an artifact of its own that refers to what was signed.
 * cosign 3 looks at nothing else as soon as there is one, whoever made it.
 *
 * Source: cosign's specs/BUNDLE_SPEC.md; the OCI distribution specification 1.1, "Pushing Manifests with Subject"
 * and "Referrers Tag Schema".
 */
import type { Descriptor } from "./manifest.ts";
import { INDEX_TYPE, MANIFEST_TYPE } from "./media-types.ts";
import { type PackedArtifact, packManifest, pushArtifact } from "./push.ts";
import type { Registry } from "./registry.ts";
import type { SignKey } from "./signature-key.ts";
import { keyBundle, NEW_BUNDLE_TYPE, SIGN_PREDICATE } from "./signature-payload.ts";
import { findBundles, signedOf } from "./signatures.ts";

/** Answers false when that key had signed it before, in this form. Throws `SourceError`. */
export async function writeBundle(
  registry: Registry,
  digest: string,
  key: SignKey,
): Promise<boolean> {
  const about = signedOf(registry, digest);
  const before = await findBundles(registry, digest);
  if (before.some((one) => one.check([key], about).kind === "valid")) return false;
  const { bytes, manifest } = await registry.readManifest(digest);
  const subject = { mediaType: manifest.mediaType, size: bytes.length, digest };
  const packed = packManifest({
    artifactType: NEW_BUNDLE_TYPE,
    layers: [{ mediaType: NEW_BUNDLE_TYPE, bytes: keyBundle(about, key) }],
    subject,
    annotations: {
      "dev.sigstore.bundle.content": "dsse-envelope",
      "dev.sigstore.bundle.predicateType": SIGN_PREDICATE,
    },
  });
  await pushArtifact(registry, packed, undefined);
  await list(registry, digest, packed);
  return true;
}

/** A registry that keeps lists of referrers has it in its own by now; else it is kept under a tag. */
async function list(registry: Registry, subject: string, packed: PackedArtifact): Promise<void> {
  const known = await registry.findReferrers(subject);
  if (known.some(({ digest }) => digest === packed.digest)) return;
  const own: Descriptor = {
    mediaType: MANIFEST_TYPE,
    size: packed.manifest.length,
    digest: packed.digest,
    artifactType: NEW_BUNDLE_TYPE,
  };
  const index = { schemaVersion: 2, mediaType: INDEX_TYPE, manifests: [...known, own] };
  const bytes = new TextEncoder().encode(JSON.stringify(index));
  await registry.writeManifest(bytes, INDEX_TYPE, subject.replace(":", "-"));
}
