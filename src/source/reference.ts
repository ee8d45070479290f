/** What is asked of a source: one document, or files that come as one. */
import type { Credentials } from "./credentials.ts";

/** One thing to read. */
export interface SourceReference {
  /** A path, `-` for standard input, or an absolute URL. */
  readonly location: string;
  /** How messages name it: as the user wrote it, and without anything secret. */
  readonly name: string;
  /** Only for the origin (scheme, host and port) of `location`. */
  readonly credentials?: Credentials | undefined;
  /** 64 hex digits that the content must have. */
  readonly sha256?: string | undefined;
}

/** Whose signature artifacts need; plain data, so that references can be compared. */
export interface SignatureRule {
  /** `oci://ghcr.io/org/*`: host and repository, `*` for anything. */
  readonly match: string;
  /** Public keys in PEM; one of them, or of the identities, is enough. */
  readonly keys: readonly { readonly name: string; readonly pem: string }[];
  readonly identities?: readonly IdentityRule[];
  /** `host/path` where it was signed, when it is a copy from there. */
  readonly signedAs?: string;
}

/** Whose certificate has to have made a signature. */
export interface IdentityRule {
  /** An e-mail address or a URL; a pattern is RE2 and has to match the whole of it. */
  readonly identity: { readonly kind: "exact" | "pattern"; readonly text: string };
  /** URL of the OpenID Connect provider that vouches for it. */
  readonly issuer: string;
  /** A `trusted_root.json` of Sigstore: the authorities and logs that are believed. */
  readonly trustedRoot: { readonly name: string; readonly text: string };
}

/** Whose signature the provenance of a chart needs; plain data, so that references can be compared. */
export interface KeyringFile {
  /** As the document spells its path. */
  readonly name: string;
  /** OpenPGP public keys, armored or not. */
  readonly base64: string;
}

interface Asked {
  /** How messages name it: as the user wrote it, and without anything secret. */
  readonly name: string;
  readonly credentials?: Credentials | undefined;
  /** For what comes from a registry. */
  readonly signatures?: readonly SignatureRule[];
}

/** Something that is a bundle once it is there: {@link Sources.fetch}. */
export type BundleReference = ArtifactReference | GitReference | ChartReference;

/** An OCI artifact. */
export interface ArtifactReference extends Asked {
  readonly kind: "artifact";
  /** `oci://host/path:tag` or `oci://host/path@sha256:…`. */
  readonly location: string;
  /** URL of a token server that is trusted with the credentials beside the registry's own. */
  readonly realm?: string | undefined;
}

/** All files of one commit. */
export interface GitReference extends Asked {
  readonly kind: "git";
  /** An absolute https URL, without the ref. */
  readonly location: string;
  /** A tag, a branch or a commit; the default branch when absent. */
  readonly ref?: string | undefined;
}

/** A Helm chart with its dependencies. */
export interface ChartReference extends Asked {
  readonly kind: "chart";
  /** An index repository (https), an `oci://` registry, or a local folder or `.tgz`. */
  readonly location: string;
  /** Absent where `location` is the chart itself. */
  readonly chart?: string | undefined;
  /** A version or a range of versions. */
  readonly version?: string | undefined;
  /** The archive, and that of each dependency that is fetched, has to have provenance that fits. */
  readonly keyring?: KeyringFile | undefined;
}
