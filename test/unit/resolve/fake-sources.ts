/** Sources that hand out bundles from a table, and local files from a map. */
import type { Bundle } from "../../../src/source/bundle.ts";
import type { BundleReference } from "../../../src/source/reference.ts";
import { openSources, type Sources } from "../../../src/source/source.ts";
import { SourceError } from "../../../src/source/source-error.ts";
import { memoryFiles } from "./memory-files.ts";

export interface FakeBundle {
  readonly version?: string;
  readonly files: Readonly<Record<string, string>>;
}

export interface FakeSources extends Sources {
  readonly asked: BundleReference[];
}

/** `bundles` by location; of git with `@` and the ref behind it. */
export function fakeSources(
  files: Readonly<Record<string, string>>,
  bundles: Readonly<Record<string, FakeBundle>>,
): FakeSources {
  const asked: BundleReference[] = [];
  return {
    ...openSources(memoryFiles(files)),
    asked,
    async fetch(reference) {
      asked.push(reference);
      const ref = reference.kind === "git" && reference.ref ? `@${reference.ref}` : "";
      const origin = `${reference.location}${ref}`;
      const found = bundles[origin];
      if (found) return bundleOf(origin, found);
      throw new SourceError("status", `Cannot read "${reference.name}": the server answered 404`);
    },
  };
}

function bundleOf(origin: string, { version, files }: FakeBundle): Bundle {
  const entries = Object.entries(files).sort(([a], [b]) => (a < b ? -1 : 1));
  const hash = new Bun.CryptoHasher("sha256").update(JSON.stringify(entries)).digest("hex");
  return {
    origin,
    ...(version !== undefined && { version }),
    digest: `sha256:${hash}`,
    files: new Map(entries.map(([path, text]) => [path, new TextEncoder().encode(text)])),
  };
}
