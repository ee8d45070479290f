/**
 * Manifests of the OCI image specification 1.1, as far as artifacts need them. Everything that a
 * server may say is checked here before anybody acts on it. Pure.
 */
import { createHash } from "node:crypto";
import { jsonObject, parseJsonObject } from "../json-text.ts";
import { SourceError } from "../source-error.ts";
import {
  DOCKER_INDEX_TYPE,
  DOCKER_MANIFEST_TYPE,
  INDEX_TYPE,
  MANIFEST_TYPE,
} from "./media-types.ts";

export interface Descriptor {
  readonly mediaType: string;
  /** `sha256:` and 64 hex digits. */
  readonly digest: string;
  /** Bytes. */
  readonly size: number;
  readonly artifactType?: string;
  readonly annotations?: Readonly<Record<string, string>>;
}

export type Manifest =
  | {
      readonly kind: "artifact";
      readonly mediaType: string;
      readonly artifactType?: string;
      readonly config: Descriptor;
      readonly layers: readonly Descriptor[];
      readonly annotations: Readonly<Record<string, string>>;
    }
  | {
      readonly kind: "index";
      readonly mediaType: string;
      readonly manifests: readonly Descriptor[];
    };

export const MANIFEST_TYPES = [
  MANIFEST_TYPE,
  INDEX_TYPE,
  DOCKER_MANIFEST_TYPE,
  DOCKER_INDEX_TYPE,
] as const;

/** Source: the distribution specification asks servers to take as much. */
export const MAX_MANIFEST_BYTES = 4 * 1024 * 1024;
const MAX_DESCRIPTORS = 1000;

export function sha256Digest(bytes: Uint8Array): string {
  return `sha256:${createHash("sha256").update(bytes).digest("hex")}`;
}

/** `contentType` is what the server said that it is. Throws `SourceError`. */
export function parseManifest(
  bytes: Uint8Array,
  { name, contentType }: { readonly name: string; readonly contentType: string | undefined },
): Manifest {
  const fault = (found: string) => manifestFault(name, found);
  const root = parseJsonObject(bytes) ?? {};
  const said = contentType?.split(";")[0]?.trim().toLowerCase();
  const mediaType = typeof root["mediaType"] === "string" ? root["mediaType"] : (said ?? "");
  // One text that two readers take for different things could be signed as one and run as the other.
  if (said !== undefined && isKnown(said) && said !== mediaType) {
    throw fault("the server and the manifest disagree on what it is");
  }
  if (!isKnown(mediaType)) {
    throw fault("the answer is no OCI manifest");
  }
  if (root["schemaVersion"] !== 2) throw fault("the schemaVersion of its manifest is not 2");
  const isIndex = mediaType === INDEX_TYPE || mediaType === DOCKER_INDEX_TYPE;
  if ("manifests" in root !== isIndex || "layers" in root === isIndex) {
    throw fault("its manifest is not what its media type says");
  }
  if (isIndex) {
    return {
      kind: "index",
      mediaType,
      manifests: descriptors(root["manifests"], "manifests", fault),
    };
  }
  const { artifactType } = root;
  return {
    kind: "artifact",
    mediaType,
    ...(typeof artifactType === "string" && { artifactType }),
    config: descriptor(root["config"], "config", fault),
    layers: descriptors(root["layers"], "layers", fault),
    annotations: annotations(root["annotations"], "annotations", fault) ?? {},
  };
}

export function manifestFault(name: string, found: string): SourceError {
  const hint = "Is it an artifact that was made by ork push, oras or helm push?";
  return new SourceError("wrong-type", `Cannot read "${name}": ${found}`, { hint });
}

type Fault = (found: string) => SourceError;

function isKnown(mediaType: string): boolean {
  return MANIFEST_TYPES.some((known) => known === mediaType);
}

function descriptors(value: unknown, field: string, fault: Fault): readonly Descriptor[] {
  if (!Array.isArray(value)) throw fault(`"${field}" of its manifest is no list`);
  if (value.length > MAX_DESCRIPTORS) {
    throw fault(
      `"${field}" of its manifest has ${value.length} items, the limit is ${MAX_DESCRIPTORS}`,
    );
  }
  return value.map((one, index) => descriptor(one, `${field}[${index}]`, fault));
}

function descriptor(value: unknown, field: string, fault: Fault): Descriptor {
  const { mediaType, digest, size, artifactType, ...rest } = jsonObject(value) ?? {};
  if (typeof mediaType !== "string" || mediaType === "") {
    throw fault(`"${field}" of its manifest has no media type`);
  }
  if (typeof digest !== "string" || !/^sha256:[0-9a-f]{64}$/.test(digest)) {
    throw fault(`"${field}" of its manifest has no SHA-256 digest`);
  }
  if (typeof size !== "number" || !Number.isSafeInteger(size) || size < 0) {
    throw fault(`"${field}" of its manifest has no size`);
  }
  const own = annotations(rest["annotations"], `${field}.annotations`, fault);
  return {
    mediaType,
    digest,
    size,
    ...(typeof artifactType === "string" && { artifactType }),
    ...(own && { annotations: own }),
  };
}

function annotations(
  value: unknown,
  field: string,
  fault: Fault,
): Readonly<Record<string, string>> | undefined {
  if (value === undefined || value === null) return undefined;
  const map = jsonObject(value);
  if (!map || Object.values(map).some((one) => typeof one !== "string")) {
    throw fault(`"${field}" of its manifest is no map of texts`);
  }
  return map as Readonly<Record<string, string>>;
}
