/**
 * An OCI artifact → its files. What `ork push`, `oras push` and `helm push` made can be read: layers
 * that are archives are unpacked, layers with a title are files of that name.
 *
 * Flow: tag → manifest → signatures → layers, each held against its digest → files.
 * Guarantees: those of `registry.ts` and `archive.ts`; what a policy wants signed is refused before any
 * of its content is read; all layers together keep the limits of one archive.
 */

import { mapParallel } from "../../std/parallel.ts";
import { ARCHIVE_LIMITS, readTar, readTarGz } from "../archive.ts";
import { ArchiveNames } from "../archive-names.ts";
import type { Bundle } from "../bundle.ts";
import type { Ledger } from "../ledger.ts";
import type { ArtifactReference } from "../reference.ts";
import type { LoginOptions } from "./login.ts";
import { type Descriptor, type Manifest, manifestFault } from "./manifest.ts";
import { ARTIFACT_TYPE, CHART_TYPE, IMAGE_CONFIG_TYPES, TITLE } from "./media-types.ts";
import { DEFAULT_TAG, parseOciReference } from "./reference.ts";
import { type ReadManifest, Registry } from "./registry.ts";

/** What is asked of whoever signed: throws `SourceError` for what does not fit. */
export type VerifyArtifact = (registry: Registry, digest: string) => Promise<void>;

export interface PullOptions extends Omit<LoginOptions, "credentials"> {
  readonly verify?: VerifyArtifact | undefined;
  readonly ledger?: Ledger | undefined;
}

export interface PulledArtifact extends ArtifactManifest {
  /** In the order of the manifest. */
  readonly layers: readonly Layer[];
}

export interface Layer extends Descriptor {
  readonly bytes: Uint8Array;
}

export interface ArtifactManifest {
  readonly registry: Registry;
  readonly manifest: Extract<Manifest, { kind: "artifact" }>;
  readonly bytes: Uint8Array;
  /** Of the manifest: what the artifact is known by. */
  readonly digest: string;
}

/** Throws `SourceError`. */
export async function pullArtifact(
  reference: Omit<ArtifactReference, "kind">,
  options: PullOptions,
): Promise<Bundle> {
  return bundleOf(await pullLayers(reference, options), reference, options.ledger);
}

/** Throws `SourceError`. */
export async function bundleOf(
  pulled: PulledArtifact,
  reference: Pick<ArtifactReference, "location" | "name">,
  ledger?: Ledger,
): Promise<Bundle> {
  const { tag } = pulled.registry.reference;
  return {
    origin: reference.location,
    ...(tag !== undefined && { version: tag }),
    digest: pulled.digest,
    files: await filesOf(pulled, reference.name, ledger),
  };
}

/** The layers as they are: a chart's archive and its provenance, for example. Throws `SourceError`. */
export async function pullLayers(
  reference: Omit<ArtifactReference, "kind">,
  options: PullOptions,
): Promise<PulledArtifact> {
  const found = await findArtifact(reference, options);
  const { registry, manifest, digest } = found;
  const { packedBytes } = ARCHIVE_LIMITS;
  const size = manifest.layers.reduce((sum, layer) => sum + layer.size, 0);
  if (size > packedBytes) {
    throw manifestFault(reference.name, `it is ${size} bytes, the limit is ${packedBytes}`);
  }
  await options.verify?.(registry, digest);
  const blobs = await mapParallel(manifest.layers, LANES, (layer) => registry.readBlob(layer));
  const layers = manifest.layers.flatMap((layer, index): Layer[] => {
    const bytes = blobs[index];
    return bytes ? [{ ...layer, bytes }] : [];
  });
  return { ...found, layers };
}

const LANES = 4;

/** The manifest alone, signed or not. Throws `SourceError`. */
async function findArtifact(
  { location, name, credentials }: Omit<ArtifactReference, "kind">,
  options: PullOptions,
): Promise<ArtifactManifest> {
  const reference = { ...parseOciReference(location), name };
  const registry = new Registry(reference, { ...options, credentials });
  const found = await registry.readManifest(reference.digest ?? reference.tag ?? DEFAULT_TAG);
  const { manifest, digest, bytes } = await single(found, registry);
  return { registry, manifest, digest, bytes };
}

/** An index with one thing in it is that thing. */
async function single(found: ReadManifest, registry: Registry) {
  const { manifest, digest, bytes } = found;
  if (manifest.kind === "artifact") {
    checkIsArtifact(manifest, registry.reference.name);
    return { manifest, digest, bytes };
  }
  const ours = manifest.manifests.filter(({ artifactType }) => artifactType === ARTIFACT_TYPE);
  const [only, ...others] = ours.length > 0 ? ours : manifest.manifests;
  const { name } = registry.reference;
  if (!only || others.length > 0) {
    throw manifestFault(
      name,
      `it is an index of ${manifest.manifests.length} manifests, expected one`,
    );
  }
  const inner = await registry.readManifest(only.digest);
  if (inner.manifest.kind === "index") throw manifestFault(name, "it is an index of indexes");
  checkIsArtifact(inner.manifest, name);
  return { manifest: inner.manifest, digest: inner.digest, bytes: inner.bytes };
}

function checkIsArtifact({ config }: ArtifactManifest["manifest"], name: string): void {
  if (IMAGE_CONFIG_TYPES.includes(config.mediaType)) {
    throw manifestFault(name, "it is an image of a container, expected documents");
  }
}

/** Throws `SourceError`. */
export async function filesOf(
  { manifest, layers }: Pick<PulledArtifact, "manifest" | "layers">,
  name: string,
  ledger?: Ledger,
): Promise<ReadonlyMap<string, Uint8Array>> {
  const names = new ArchiveNames(name);
  const files = new Map<string, Uint8Array>();
  let left = { unpackedBytes: ARCHIVE_LIMITS.unpackedBytes, entries: ARCHIVE_LIMITS.entries };
  const isChart = layers.some(({ mediaType }) => mediaType === CHART_TYPE);
  for (const layer of layers) {
    const unpacked = await unpack(layer, { name, limits: left, ledger });
    if (!unpacked) continue;
    let size = 0;
    for (const [path, bytes] of unpacked) {
      files.set(names.addFile(path), bytes);
      size += bytes.length;
    }
    left = { unpackedBytes: left.unpackedBytes - size, entries: left.entries - unpacked.size };
  }
  if (files.size > 0) return new Map([...files].sort(([a], [b]) => (a < b ? -1 : 1)));
  const what = isChart ? "the chart is empty" : `no file in its ${manifest.layers.length} layers`;
  throw manifestFault(name, what);
}

/** Nothing for a layer that is neither an archive nor has a name. */
async function unpack(
  { mediaType, bytes, annotations }: Layer,
  options: Parameters<typeof readTar>[1],
): Promise<ReadonlyMap<string, Uint8Array> | undefined> {
  const type = mediaType.toLowerCase();
  const title = annotations?.[TITLE];
  // What oras packs of a folder says so; an archive that somebody means as a file stays one.
  const isFile = title !== undefined && annotations?.[ORAS_UNPACK] !== "true" && !isContent(type);
  if (isFile) return new Map([[title, bytes]]);
  if (/[.+]tar(\+gzip|\.gzip)$/.test(type)) return readTarGz(bytes, options);
  return /[.+]tar$/.test(type) ? readTar(bytes, options) : undefined;
}

/** Source: https://oras.land/docs, "Pushing a directory". */
const ORAS_UNPACK = "io.deis.oras.content.unpack";

/** Media types that mean an archive whatever it is called. */
function isContent(type: string): boolean {
  return /\.content\.v\d+\.tar(\+gzip)?$/.test(type);
}
