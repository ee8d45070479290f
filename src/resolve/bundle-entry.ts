/** Which document of a bundle is meant: its own, or that of one of several packages in it. */
import { posix } from "node:path";
import type { Bundle } from "../source/bundle.ts";
import type { NamedEntry } from "./package-reference.ts";

export interface WantedEntry {
  readonly kind: "Katalog" | "Komposer" | "Motif";
  readonly entry: NamedEntry | undefined;
}

export type FoundEntry =
  | {
      readonly kind: "found";
      readonly path: string;
      /** What the document must say of itself, because its folder does not. */
      readonly version?: string;
    }
  | { readonly kind: "absent"; readonly why: string; readonly hint: string };

const FILE_NAMES: Readonly<Record<WantedEntry["kind"], readonly string[]>> = {
  Katalog: ["katalog.yaml", "katalog.yml"],
  Komposer: ["komposer.yaml", "komposer.yml"],
  Motif: ["motif.yaml", "motif.yml"],
};

/** Names that are told when nothing fits. */
const MAX_TOLD = 10;

export function findEntry(bundle: Bundle, wanted: WantedEntry): FoundEntry {
  const names = FILE_NAMES[wanted.kind];
  const folders = wanted.entry ? foldersOf(wanted.entry) : [{ folder: "." }];
  for (const { folder, version } of folders) {
    for (const name of names) {
      const path = posix.join(folder, name);
      if (!bundle.files.has(path)) continue;
      return { kind: "found", path, ...(version !== undefined && { version }) };
    }
  }
  const what = wanted.entry ? `no ${names[0]} of "${wanted.entry.name}"` : `no ${names[0]}`;
  const others = [...bundle.files.keys()].filter((path) => /\.ya?ml$/.test(path));
  const told = others.slice(0, MAX_TOLD).join(", ");
  const hint =
    others.length === 0
      ? "It holds no YAML at all"
      : `It holds ${told}${others.length > MAX_TOLD ? " …" : ""}`;
  return { kind: "absent", why: `there is ${what} in it`, hint };
}

interface Candidate {
  readonly folder: string;
  readonly version?: string | undefined;
}

/** A folder of the version comes before the one that holds whatever the commit says. */
function foldersOf({ name, version }: NamedEntry): readonly Candidate[] {
  const bases = [name, `katalogs/${name}`, `patterns/${name}`, `motifs/${name}`];
  const versions = version === undefined ? [] : [version, `v${version}`, version.replace(/^v/, "")];
  return bases.flatMap((base): Candidate[] => [
    ...versions.map((one) => ({ folder: `${base}/${one}` })),
    { folder: base, version },
  ]);
}
