/**
 * Documents with their files → an OCI artifact in a registry. The same files and annotations give the
 * same digest, wherever and whenever they are pushed.
 *
 * Source: the OCI image specification 1.1, "Guidelines for Artifact Usage".
 */
import { writeTarGz } from "../archive.ts";
import { type Descriptor, sha256Digest } from "./manifest.ts";
import { ARTIFACT_TYPE, CONTENT_TYPE, EMPTY_TYPE, MANIFEST_TYPE } from "./media-types.ts";
import type { Registry } from "./registry.ts";

export interface PackedArtifact {
  readonly manifest: Uint8Array;
  readonly digest: string;
  /** What the manifest names. */
  readonly blobs: readonly Uint8Array[];
}

export interface ArtifactContent {
  readonly files: ReadonlyMap<string, Uint8Array>;
  readonly annotations: Readonly<Record<string, string>>;
}

const EMPTY_BLOB = new TextEncoder().encode("{}");

export async function packArtifact({
  files,
  annotations,
}: ArtifactContent): Promise<PackedArtifact> {
  const content = await writeTarGz(files);
  const sorted = Object.entries(annotations).sort(([left], [right]) => (left < right ? -1 : 1));
  return packManifest({
    artifactType: ARTIFACT_TYPE,
    layers: [{ mediaType: CONTENT_TYPE, bytes: content }],
    annotations: Object.fromEntries(sorted),
  });
}

export interface ManifestContent {
  readonly artifactType?: string;
  readonly config?: { readonly mediaType: string; readonly bytes: Uint8Array };
  readonly layers: readonly {
    readonly mediaType: string;
    readonly bytes: Uint8Array;
    readonly annotations?: Readonly<Record<string, string>>;
  }[];
  /** The manifest that it belongs to. */
  readonly subject?: Descriptor;
  readonly annotations?: Readonly<Record<string, string>>;
}

export function packManifest(content: ManifestContent): PackedArtifact {
  const { artifactType, layers, subject, annotations } = content;
  const config = content.config ?? { mediaType: EMPTY_TYPE, bytes: EMPTY_BLOB };
  const manifest = new TextEncoder().encode(
    JSON.stringify({
      schemaVersion: 2,
      mediaType: MANIFEST_TYPE,
      ...(artifactType !== undefined && { artifactType }),
      config: descriptorOf(config),
      layers: layers.map(descriptorOf),
      ...(subject && { subject }),
      ...(annotations && { annotations }),
    }),
  );
  const blobs = [config.bytes, ...layers.map(({ bytes }) => bytes)];
  return { manifest, digest: sha256Digest(manifest), blobs };
}

function descriptorOf({ mediaType, bytes, annotations }: ManifestContent["layers"][number]) {
  const size = bytes.length;
  return { mediaType, digest: sha256Digest(bytes), size, ...(annotations && { annotations }) };
}

/** Blobs first, then the manifest, so that nobody ever sees half of it. Throws `SourceError`. */
export async function pushArtifact(
  registry: Registry,
  { manifest, blobs, digest }: PackedArtifact,
  tag: string | undefined,
): Promise<{ readonly sentBytes: number }> {
  let sentBytes = 0;
  for (const blob of blobs) if (await registry.writeBlob(blob)) sentBytes += blob.length;
  await registry.writeManifest(manifest, MANIFEST_TYPE, tag ?? digest);
  return { sentBytes };
}
