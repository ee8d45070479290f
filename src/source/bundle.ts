/**
 * Files that came as one: an OCI artifact, a chart, a commit, a folder. What `resolve` reads from an
 * import that is more than a single document.
 */

export interface Bundle {
  /** As people name it, with its version: `oci://host/path:tag`, `https://charts.example.io/web@1.2.3`. */
  readonly origin: string;
  /** The version that was found, where the reference left a choice. */
  readonly version?: string;
  /** Of what was fetched: `sha256:` and 64 hex digits; of git `sha1:` and the commit. */
  readonly digest: string;
  /** Path with forward slashes, no `..`, not absolute → content. Sorted by path. */
  readonly files: ReadonlyMap<string, Uint8Array>;
  /** Cannot be exchanged by whoever serves it: it is locked. */
  readonly isFixed?: boolean;
}
