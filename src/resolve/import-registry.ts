/**
 * One entry of `imports.registry` → documents: `katalog.yaml` of an artifact or of a git repository,
 * or its `komposer.yaml` when the entry says so.
 */
import type { PlacedImport } from "../katalog/komposer.ts";
import type { Bundle } from "../source/bundle.ts";
import type { Credentials } from "../source/credentials.ts";
import { SourceError } from "../source/source-error.ts";
import { findEntry } from "./bundle-entry.ts";
import {
  credentialsOf,
  type FoundDocument,
  type ImportScope,
  refuseSecret,
  replaceVariables,
} from "./import-scope.ts";
import { type NamedEntry, type PackageReference, packageReference } from "./package-reference.ts";
import { shownUrl } from "./reader.ts";

type RegistryPlace = Extract<PlacedImport, { kind: "registry" }>;

export async function findPackage(
  one: RegistryPlace,
  scope: ImportScope,
): Promise<readonly FoundDocument[]> {
  const url = replaceVariables(one.url, "url", scope);
  const credentials = await credentialsOf(one, scope);
  if (url === undefined || credentials === "failed" || refuseSecret(url, "url", scope)) return [];
  const { version, oci } = one;
  const shortNames = { variable: "ORK_REGISTRY", registry: scope.env["ORK_REGISTRY"] };
  const reference = packageReference({ url, version, oci }, shortNames);
  if (reference.kind === "refused") {
    const message = `Cannot import "${shownUrl(one.url)}": ${reference.why}`;
    const { hint } = reference;
    scope.report({ code: "bad-reference", severity: "error", message, hint }, ["url"]);
    return [];
  }
  const entries = entriesOf(one, reference, scope);
  if (!entries) return [];
  noticeUnversioned(one, reference, scope);
  const asked = { name: shownName(one, reference), credentials, realm: one.auth?.realm };
  const bundle = await fetchPackage(reference, asked, scope);
  const kind = one.useKomposer ? "Komposer" : "Katalog";
  return entries.map((entry) => foundIn(bundle, { entry, kind }, scope));
}

/** What of a package that holds several is meant. */
function entriesOf(
  { katalog, url }: RegistryPlace,
  reference: PackageReference,
  { report }: ImportScope,
): readonly (NamedEntry | undefined)[] | undefined {
  if (!katalog) return [reference.kind === "git" ? reference.entry : undefined];
  if (reference.kind === "artifact") {
    const message = `Cannot choose a Katalog of "${shownUrl(url)}": an artifact holds one`;
    const hint = 'Leave "katalog" out, and name the artifact of each';
    report({ code: "bad-reference", severity: "error", message, hint }, ["katalog"]);
    return undefined;
  }
  if (katalog.size > 0) return [...katalog].map(([name, { version }]) => ({ name, version }));
  const message = `Cannot import "${shownUrl(url)}": "katalog" names none`;
  report({ code: "empty-import", severity: "error", message }, ["katalog"]);
  return undefined;
}

/** What such a reference means may change from one start to the next: nobody's intention is told. */
function noticeUnversioned(
  { url }: RegistryPlace,
  reference: PackageReference,
  { report }: ImportScope,
): void {
  const isOpen = reference.kind === "git" ? reference.ref === undefined : !reference.version;
  if (!isOpen) return;
  // A version that a short name has is that of a folder, whatever the repository holds by then.
  if (reference.kind === "git" && reference.entry) {
    const message = `"${shownUrl(url)}" comes from a repository without a ref: each start takes what its default branch means then`;
    report({ code: "no-version", severity: "notice", message, hint: NAME_A_REF });
    return;
  }
  const taken = reference.kind === "git" ? "the default branch" : 'the tag "latest"';
  const message = `"${shownUrl(url)}" names no version: each start takes what ${taken} means then`;
  report({ code: "no-version", severity: "notice", message, hint: "Name a version" });
}

const NAME_A_REF = "Name one in ORK_REGISTRY, such as https://github.com/org/registry@main";

function shownName({ url }: RegistryPlace, reference: PackageReference): string {
  return reference.kind === "artifact" ? reference.location : shownUrl(url);
}

interface Asked {
  readonly name: string;
  readonly credentials: Credentials | undefined;
  /** Of a registry: who else may see the credentials. */
  readonly realm?: string | undefined;
}

/** Throws `SourceError`. */
export function fetchPackage(
  reference: PackageReference,
  { name, credentials, realm }: Asked,
  { reader }: Pick<ImportScope, "reader">,
): Promise<Bundle> {
  const { kind, location } = reference;
  const asked = { name, location, ...(credentials && { credentials }) };
  if (kind === "artifact") {
    return reader.fetch({ kind, ...asked, ...(realm !== undefined && { realm }) });
  }
  return reader.fetch({
    kind,
    ...asked,
    ...(reference.ref !== undefined && { ref: reference.ref }),
  });
}

function foundIn(
  bundle: Bundle,
  {
    entry,
    kind,
  }: { readonly entry: NamedEntry | undefined; readonly kind: "Katalog" | "Komposer" },
  { reader }: ImportScope,
): FoundDocument {
  const found = findEntry(bundle, { entry, kind });
  if (found.kind === "absent") {
    throw new SourceError("wrong-type", `Cannot import "${bundle.origin}": ${found.why}`, {
      hint: found.hint,
    });
  }
  const target = reader.addBundled(bundle, found.path);
  const inner = entry ? `/${entry.name}` : "";
  const { version } = found;
  return {
    target,
    origin: `registry:${bundle.origin}${inner}`,
    bundle,
    wants: kind,
    ...(version !== undefined && { version }),
  };
}
