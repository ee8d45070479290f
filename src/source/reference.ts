/** What is asked of a source. */
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
