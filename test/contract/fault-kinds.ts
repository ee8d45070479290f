/** What can befall a source, and how a start has to tell it: the vocabulary of `faults.ts`. */
import type { IncomingMessage, ServerResponse } from "node:http";

/** `http`: a document by its URL. `helm` has an index, `helm-oci` is a registry. */
export type SourceKind = "file" | "http" | "helm" | "helm-oci" | "oci" | "git";

export const SOURCE_KINDS: readonly SourceKind[] = [
  ...(["file", "http", "helm", "helm-oci", "oci", "git"] as const),
];

export type Fault = (AnswerFault | WayFault | ReferenceFault | FileFault) & Told;

/** How the start has to tell it: that what was played is what is named here. */
export interface Told {
  /** Of a first error, by the kind of the source where kinds differ. */
  readonly says: RegExp | Readonly<Record<Exclude<SourceKind, "file">, RegExp>>;
  /** It is the client's patience that ends it. */
  readonly isEndless?: true;
}

export function wordsOf({ says }: Fault, kind: SourceKind): RegExp {
  if (says instanceof RegExp) return says;
  if (kind === "file") throw new Error("No fault of a file has words of a server");
  return says[kind];
}

/** What a server says. */
export interface AnswerFault {
  readonly what: string;
  /** On the first request, or on the one that comes after what the first said. */
  readonly stage?: 2;
  readonly answer: (request: IncomingMessage, response: ServerResponse) => void;
}

/** Where the name of the host leads. */
export interface WayFault {
  readonly what: string;
  readonly way: Way;
}

export type Way =
  | {
      readonly kind: "server";
      readonly which: "stranger" | "misnamed" | "expired" | "early" | "plain";
    }
  | { readonly kind: "closed" }
  | { readonly kind: "address"; readonly address: string }
  /** The system's resolver is asked for it. */
  | { readonly kind: "host"; readonly host: string };

/** What the import says instead; `base` is where its server is, and leads to nothing of the fault's own. */
export interface ReferenceFault {
  readonly what: string;
  readonly imports: (base: string) => object;
}

/** What lies at the path instead of a document. */
export interface FileFault {
  readonly what: string;
  /** What the import names. */
  readonly file: string;
  /** In a folder of its own. */
  readonly make?: (folder: string) => Promise<unknown>;
  /** Beside the path. */
  readonly more?: object;
}

export const NO_CREDENTIALS = /: the environment variable NOBODY_SETS_THIS is not set/;
export const TWICE = /^error: The CRD "good" comes from two places: .*, and /;
export const PIN = /: its SHA-256 is [0-9a-f]{64}, expected 0{64}/;
