/**
 * Provenance of Helm's own kind: the file `<archive>.prov` beside a chart's archive, a text signed with OpenPGP
 * that holds the chart's metadata and the SHA-256 of the archive.
 *
 * Flow: signature against the keyring → signed text → file name, digest, name and version of the chart.
 * Guarantees: nothing of the text counts before its signature does; an archive that is signed, but another
 * chart, another version or under another name, is refused.
 * Source: https://helm.sh/docs/topics/provenance/, "The Provenance File".
 */
import { parseYaml } from "../std/yaml.ts";
import { nodeAt, type YamlNode } from "../std/yaml-node.ts";
import type { KeyringFile } from "./reference.ts";
import { SourceError } from "./source-error.ts";

/** Signed texts are `Chart.yaml` and a line. */
export const MAX_PROVENANCE_BYTES = 1024 * 1024;

export interface SignedChart {
  /** How messages name the import. */
  readonly name: string;
  /** What the archive is called where it lies; absent in a registry, where it has no name. */
  readonly fileName?: string;
  /** 64 hex digits, of the archive. */
  readonly sha256: string;
  /** What was asked for, or what an index calls it; absent: the file name says both. */
  readonly chart?: string | undefined;
  readonly version?: string | undefined;
}

export interface ProvenanceOptions {
  readonly keyring: KeyringFile;
  /** Milliseconds since the Unix epoch. */
  readonly nowMs: number;
}

/** Gives the signer. Throws `SourceError` unless the archive is what was signed. */
export async function requireProvenance(
  provenance: Uint8Array,
  chart: SignedChart,
  { keyring, nowMs }: ProvenanceOptions,
): Promise<string> {
  const { readKeyring } = await import("./openpgp.ts");
  const keys = await readKeyring(Buffer.from(keyring.base64, "base64"), keyring.name);
  const verified = await keys.verify(new TextDecoder().decode(provenance), nowMs);
  if (verified.kind === "invalid") throw badSignature(chart, verified.why);
  compare(readSigned(verified.text, chart), chart);
  return verified.signer;
}

/** The name that the archive of a URL was signed under: the last part of its path. */
export function fileNameOf({ pathname }: URL): string {
  const last = pathname.slice(pathname.lastIndexOf("/") + 1);
  try {
    return decodeURIComponent(last);
  } catch {
    // A lone "%" is no encoding.
    return last;
  }
}

interface SignedText {
  readonly name: string;
  readonly version: string;
  /** File name → `sha256:` and hex digits. */
  readonly files: ReadonlyMap<string, string>;
}

function readSigned(text: string, chart: SignedChart): SignedText {
  const { documents, issues } = parseYaml(text, { file: "provenance" });
  const [metadata, sums, ...others] = documents;
  const files = sums && nodeAt(sums, ["files"]);
  const isBroken = issues.some(({ severity }) => severity === "error") || others.length > 0;
  if (isBroken || !metadata || files?.kind !== "map") {
    throw badSignature(chart, "what it signs is not the metadata and the digest of a chart");
  }
  return {
    name: textOf(nodeAt(metadata, ["name"])),
    version: textOf(nodeAt(metadata, ["version"])),
    files: new Map([...files.entries].map(([name, { value }]) => [name, textOf(value)] as const)),
  };
}

function compare(signed: SignedText, chart: SignedChart): void {
  const { name, sha256, chart: wantedName, version: wantedVersion } = chart;
  // Source: what "helm package" calls it.
  const { fileName = `${signed.name}-${signed.version}.tgz` } = chart;
  const digest = signed.files.get(fileName);
  if (digest === undefined) {
    const known = [...signed.files.keys()].map((one) => `"${one}"`).join(", ") || "no file";
    throw badSignature(chart, `it is of ${known}, expected "${fileName}"`);
  }
  if (digest.toLowerCase() !== `sha256:${sha256}`) {
    const message = `Cannot use "${name}": the archive's SHA-256 is ${sha256}, its provenance says ${digest.replace(/^sha256:/, "")}`;
    const hint = "The archive is not the one that was signed: ask who keeps the repository";
    throw new SourceError("digest", message, { hint });
  }
  const pairs = [
    ["chart", signed.name, wantedName],
    ["version", signed.version, wantedVersion],
  ] as const;
  for (const [what, found, wanted] of pairs) {
    if (wanted === undefined || found === wanted) continue;
    throw badSignature(chart, `it is of the ${what} "${found}", expected "${wanted}"`);
  }
}

function badSignature({ name }: SignedChart, why: string): SourceError {
  const message = `Cannot use "${name}": its provenance does not hold: ${why}`;
  const hint = "Is the keyring that of whoever publishes the chart? If so, ask them what changed";
  return new SourceError("signature", message, { hint });
}

/** `where`: in words, where the file was looked for. */
export function noProvenance(name: string, where: string): SourceError {
  const message = `Cannot use "${name}": it has no provenance, which "verify" asks for: ${where}`;
  const hint = `Publish what "helm package --sign" writes beside the archive, or take "verify" out`;
  return new SourceError("signature", message, { hint });
}

function textOf(node: YamlNode | undefined): string {
  return node?.kind === "scalar" ? node.text : "";
}
