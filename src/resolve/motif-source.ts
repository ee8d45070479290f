/** How a document names a Motif → the document of it: a file, a URL, an artifact, a commit, a name. */
import { isAbsolute, join } from "node:path";
import type { PlacedMotif } from "../katalog/motif.ts";
import { URL_SCHEMES, urlScheme } from "../source/source.ts";
import { SourceError } from "../source/source-error.ts";
import { findEntry } from "./bundle-entry.ts";
import { fetchPackage } from "./import-registry.ts";
import { credentialsOf, type ImportScope, refuseSecret, replaceVariables } from "./import-scope.ts";
import { kindOf } from "./load.ts";
import { packageReference } from "./package-reference.ts";
import { insidePath, shownUrl, type Target } from "./reader.ts";

export interface FoundMotif {
  readonly target: Target;
  /** `motif:` and how people name it. */
  readonly origin: string;
  /** Of what was fetched; absent: of the document itself. */
  readonly digest?: string;
  readonly version?: string;
}

/** Nothing when it was reported. Throws `SourceError`. */
export async function findMotif(
  one: PlacedMotif,
  scope: ImportScope,
): Promise<FoundMotif | undefined> {
  const written = replaceVariables(one.motif, "motif", scope);
  const credentials = await credentialsOf(one, scope);
  if (written === undefined || credentials === "failed") return undefined;
  if (refuseSecret(written, "motif", scope)) return undefined;
  const scheme = urlScheme(written);
  if (isDocumentUrl(one, written)) {
    const name = shownUrl(one.motif);
    const target = scope.reader.addRemote({
      location: written,
      name,
      ...(credentials && { credentials }),
    });
    return { target, origin: `motif:${name}` };
  }
  const local = scheme === undefined ? await localMotif(written, scope) : undefined;
  if (local) return { target: local, origin: `motif:${local.name}` };
  if (scheme === undefined && isPath(written)) {
    throw new SourceError(
      "unreadable",
      `Cannot import the Motif "${one.motif}": there is no such file`,
    );
  }
  return fromPackage({ ...one, motif: written }, credentials, scope);
}

/** A URL of git carries a ref behind "@"; without one it is a document. */
function isDocumentUrl({ oci, version }: PlacedMotif, url: string): boolean {
  const scheme = urlScheme(url);
  if (scheme === undefined || !URL_SCHEMES.includes(scheme) || oci || version !== undefined)
    return false;
  return URL.canParse(url) && !new URL(url).pathname.includes("@") && !url.endsWith(".git");
}

function isPath(text: string): boolean {
  return text.startsWith(".") || isAbsolute(text) || /\.ya?ml$/.test(text);
}

async function localMotif(
  path: string,
  { reader, file }: ImportScope,
): Promise<Target | undefined> {
  const referral = reader.refer(path, file);
  if (referral.kind === "refused")
    throw new SourceError("unreadable", `Cannot import the Motif "${path}": ${referral.why}`);
  // What stands beside a document of a server is only known by asking for it.
  if (referral.kind === "url") return isPath(path) ? reader.addRemote(referral.target) : undefined;
  const around = reader.surroundings(file);
  const whole = around.isBundle
    ? (insidePath(path, around.folder) ?? path)
    : isAbsolute(path)
      ? path
      : join(around.folder, path);
  const kind = await kindOf(whole, around.files);
  if (kind === "file") return around.target(whole);
  if (kind !== "folder") return undefined;
  for (const name of ["motif.yaml", "motif.yml"]) {
    const inner = whole === "." ? name : `${whole}/${name}`;
    if ((await kindOf(inner, around.files)) === "file") return around.target(inner);
  }
  return undefined;
}

async function fromPackage(
  one: PlacedMotif,
  credentials: Awaited<ReturnType<typeof credentialsOf>>,
  scope: ImportScope,
): Promise<FoundMotif | undefined> {
  const { motif, version, oci } = one;
  const registry = scope.env["ORK_MOTIFS_REGISTRY"];
  const reference = packageReference(
    { url: motif, version, oci },
    { variable: "ORK_MOTIFS_REGISTRY", registry },
  );
  if (reference.kind === "refused") {
    const message = `Cannot import the Motif "${shownUrl(motif)}": ${reference.why}`;
    scope.report({ code: "bad-reference", severity: "error", message, hint: reference.hint }, [
      "motif",
    ]);
    return undefined;
  }
  if (credentials === "failed") return undefined;
  const name = reference.kind === "artifact" ? reference.location : shownUrl(motif);
  const bundle = await fetchPackage(
    reference,
    { name, credentials, realm: one.auth?.realm },
    scope,
  );
  const entry = reference.kind === "git" ? reference.entry : undefined;
  const found = findEntry(bundle, { kind: "Motif", entry });
  if (found.kind === "absent") {
    const message = `Cannot import the Motif "${bundle.origin}": ${found.why}`;
    throw new SourceError("wrong-type", message, { hint: found.hint });
  }
  return {
    target: scope.reader.addBundled(bundle, found.path),
    origin: `motif:${bundle.origin}${entry ? `/${entry.name}` : ""}`,
    digest: bundle.digest,
    ...(bundle.version !== undefined && { version: bundle.version }),
  };
}
