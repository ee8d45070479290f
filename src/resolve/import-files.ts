/** One entry of `imports.files` → documents: a URL, a path, a folder, or everything a glob meets. */
import { isAbsolute, join } from "node:path";
import type { PlacedImport } from "../katalog/komposer.ts";
import { expandGlob, isGlob } from "../source/glob.ts";
import { URL_SCHEMES, urlScheme } from "../source/source.ts";
import {
  credentialsOf,
  type FoundDocument,
  type ImportScope,
  refuseSecret,
  replaceVariables,
} from "./import-scope.ts";
import { kindOf, locate } from "./load.ts";
import { insidePath, type Surroundings, shownUrl, type Target } from "./reader.ts";

type FilePlace = Extract<PlacedImport, { kind: "file" }>;

export async function findFiles(
  one: FilePlace,
  scope: ImportScope,
): Promise<readonly FoundDocument[]> {
  const targets = await fileTargets(one, scope);
  return targets.map((target) => ({ target, origin: `file:${target.name}`, wants: "Katalog" }));
}

async function fileTargets(one: FilePlace, scope: ImportScope): Promise<readonly Target[]> {
  const location = replaceVariables(one.url, "url", scope);
  const credentials = await credentialsOf(one, scope);
  if (location === undefined || credentials === "failed") return [];
  const pin = one.sha256 !== undefined && { sha256: one.sha256 };
  const scheme = urlScheme(location);
  if (scheme !== undefined) {
    const name = shownUrl(one.url);
    return urlTarget(
      { location, name, ...(credentials && { credentials }), ...pin },
      scheme,
      scope,
    );
  }
  if (one.auth) {
    const message = `Cannot use auth for "${one.url}": it is a path, and only a URL takes credentials`;
    scope.report({ code: "bad-auth", severity: "error", message }, ["auth"]);
    return [];
  }
  const around = scope.reader.surroundings(scope.file);
  const files = await pathsOf(location, around, scope);
  if (one.sha256 !== undefined && files.length > 1) {
    const message = `Cannot use sha256 for "${one.url}": it means ${files.length} files, expected one`;
    scope.report({ code: "bad-pin", severity: "error", message }, ["sha256"]);
    return [];
  }
  return files.map((file) => ({ ...around.target(file), ...pin }));
}

function urlTarget(target: Target, scheme: string, scope: ImportScope): readonly Target[] {
  const isKnown = URL_SCHEMES.includes(scheme);
  if (refuseSecret(target.location, "url", scope)) return [];
  if (isKnown && URL.canParse(target.location)) return [scope.reader.addRemote(target)];
  const message = isKnown
    ? `Cannot import "${target.name}": it is not a URL`
    : `Cannot import "${target.name}": imports.files reads files, https and http, not "${scheme}"`;
  const hint = scheme === "oci" ? { hint: "An OCI artifact stands below imports.registry" } : {};
  const code = isKnown ? "bad-url" : "unsupported";
  scope.report({ code, severity: "error", message, ...hint }, ["url"]);
  return [];
}

const LOOKED_UP = "Paths are looked up from the folder of the document that names them";

/** A path, a folder or a glob → files. */
async function pathsOf(path: string, around: Surroundings, { report }: ImportScope) {
  const { files } = around;
  const whole = around.isBundle ? insidePath(path, around.folder) : fromFolder(path, around.folder);
  if (whole === undefined) {
    const message = `Cannot import "${path}": it leads out of what the import brought`;
    report({ code: "outside", severity: "error", message });
    return [];
  }
  const isPattern = isGlob(path) && (await kindOf(whole, files)) === undefined;
  const found = isPattern ? await expandGlob(whole, files) : [whole];
  if (found.length === 0) {
    const message = `Cannot import "${path}": it matches no file`;
    report({ code: "missing-file", severity: "error", message, hint: LOOKED_UP });
  }
  const located = await Promise.all(found.map((one) => locate(one, files)));
  for (const one of located) {
    if (typeof one === "string") continue;
    for (const issue of one.issues) report({ hint: LOOKED_UP, ...issue });
  }
  return located.filter((one) => typeof one === "string");
}

function fromFolder(path: string, folder: string): string {
  return isAbsolute(path) ? path : join(folder, path);
}
