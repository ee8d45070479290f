/**
 * Reads for `resolve`: turns what documents name into what sources read, and remembers what was
 * read, so that nothing is read twice and everything can be told by its digest.
 *
 * A document is known by the name that positions carry. For one from a URL that is the URL as it was
 * written, without its query: the real one, and its credentials, stay in here. For one in a bundle
 * (a chart, an artifact, a commit) it is the bundle's origin and the path; nothing that it names by
 * a path lies outside of the bundle.
 */
import { dirname, isAbsolute, join, posix } from "node:path";
import type { Bundle } from "../source/bundle.ts";
import { bundleFiles } from "../source/bundle-files.ts";
import type { Credentials } from "../source/credentials.ts";
import type { FileReader } from "../source/file.ts";
import type { BundleReference, SignatureRule, SourceReference } from "../source/reference.ts";
import {
  type Content,
  content as contentOf,
  digestOf,
  type Sources,
  URL_SCHEMES,
  urlScheme,
} from "../source/source.ts";

/** Something that can be read. */
export interface Target extends SourceReference {
  /** Where it lies, when it is part of a bundle. */
  readonly inside?: InBundle;
}

interface InBundle {
  readonly bundle: Bundle;
  /** From the root of the bundle. */
  readonly path: string;
}

/** What a path in a document means. */
export type Referral =
  | { readonly kind: "file"; readonly target: Target }
  | { readonly kind: "url"; readonly target: Target }
  | { readonly kind: "bundled"; readonly target: Target }
  | { readonly kind: "refused"; readonly why: string; readonly hint?: string };

/** The files among which the paths of one document are looked up. */
export interface Surroundings {
  readonly files: FileReader;
  /** What the document's own paths begin with. */
  readonly folder: string;
  /** Nothing outside of `files` can be named. */
  readonly isBundle: boolean;
  target(path: string): Target;
}

export interface ReadFile {
  readonly file: string;
  /** `sha256:` and 64 hex digits. */
  readonly digest: string;
}

/** Shorter ones stand in half of all words, and hide nothing. */
const LEAST_SECRET = 3;

export class DocumentReader {
  readonly #sources: Sources;
  /** Documents from URLs, by the name of their positions. */
  readonly #remote = new Map<string, Target>();
  /** Documents in bundles, by the name of their positions. */
  readonly #bundled = new Map<string, InBundle>();
  readonly #bundles = new Map<string, Promise<Bundle>>();
  readonly #contents = new Map<string, Promise<Content>>();
  readonly #readFrom = new Map<string, Map<string, string>>();
  readonly #secrets = new Set<string>();
  #signatures: readonly SignatureRule[] = [];

  constructor(sources: Sources) {
    this.#sources = sources;
  }

  get files(): FileReader {
    return this.#sources.files;
  }

  get isOffline(): boolean {
    return this.#sources.isOffline ?? false;
  }

  /** A pin is part of what is asked: two imports of one URL may differ in it. */
  read(target: Target): Promise<Content> {
    if (target.inside) return this.#readInside(target, target.inside);
    const key = targetKey(target);
    const content = this.#contents.get(key) ?? this.#sources.read(target);
    this.#contents.set(key, content);
    return content;
  }

  async #readInside(target: Target, { bundle, path }: InBundle): Promise<Content> {
    const bytes = await bundleFiles(bundle).read(path);
    return contentOf(target, bytes);
  }

  /** A file that is no text; beside a document on disk, or in a bundle. */
  async readBytes({ location, inside }: Target) {
    const files = inside ? bundleFiles(inside.bundle) : this.files;
    const bytes = await files.read(inside ? inside.path : location);
    return { bytes, digest: digestOf(bytes) };
  }

  /** What stands there cannot be exchanged: it is locked, pinned, or part of what is. */
  isFixed(target: Target): boolean {
    if (target.sha256 !== undefined || target.inside?.bundle.isFixed === true) return true;
    return this.#sources.isFixed?.(target) ?? false;
  }

  /** From here on nothing is fetched that does not meet these rules. */
  requireSignatures(rules: readonly SignatureRule[]): void {
    this.#signatures = [...this.#signatures, ...rules];
  }

  /** All files of a chart, an artifact or a commit; once for each. */
  fetch(asked: BundleReference): Promise<Bundle> {
    this.keepSecrets(asked.credentials?.secrets ?? []);
    const signatures = this.#signatures;
    const reference = signatures.length === 0 ? asked : { ...asked, signatures };
    const key = JSON.stringify(reference);
    const bundle = this.#bundles.get(key) ?? this.#sources.fetch(reference);
    this.#bundles.set(key, bundle);
    return bundle;
  }

  /** A document of a bundle, under the name that its positions get. */
  addBundled(bundle: Bundle, path: string): Target {
    let name = `${bundle.origin}/${path}`;
    for (let count = 2; (this.#bundled.get(name)?.bundle ?? bundle) !== bundle; count++) {
      name = `${bundle.origin}/${path} (${count})`;
    }
    const inside = { bundle, path };
    this.#bundled.set(name, inside);
    return { location: name, name, inside };
  }

  /** A URL with the name that its positions get: two that look alike are told apart. */
  addRemote(target: Target): Target {
    let name = target.name;
    for (let count = 2; !isSame(this.#remote.get(name) ?? target, target); count++) {
      name = `${target.name} (${count})`;
    }
    const named = { ...target, name };
    this.#remote.set(name, named);
    this.keepSecrets(target.credentials?.secrets ?? []);
    return named;
  }

  /** What no message may hold. */
  keepSecrets(secrets: readonly string[]): void {
    for (const secret of secrets) if (secret.length >= LEAST_SECRET) this.#secrets.add(secret);
  }

  /** A message without what the credentials of this run hold. */
  conceal(text: string): string {
    return [...this.#secrets].reduce((rest, secret) => rest.replaceAll(secret, "[redacted]"), text);
  }

  /** Where the paths of the document `from` lead; `from` is a file or lies in a bundle. */
  surroundings(from: string): Surroundings {
    const inside = this.#bundled.get(from);
    if (!inside) {
      return { files: this.files, folder: dirname(from), isBundle: false, target: fileTarget };
    }
    const { bundle, path } = inside;
    return {
      files: bundleFiles(bundle),
      folder: posix.dirname(path),
      isBundle: true,
      target: (one) => this.addBundled(bundle, one),
    };
  }

  /** What `path` means in the document that positions call `from`. */
  refer(path: string, from: string): Referral {
    const scheme = urlScheme(path);
    if (scheme !== undefined && !URL_SCHEMES.includes(scheme)) {
      const why = `this build reads files, https and http, not "${scheme}"`;
      return { kind: "refused", why, hint: "Download it beside the Katalog" };
    }
    const base = this.#remote.get(from);
    if (base) return referRemote(path, { base, isAbsolute: scheme !== undefined });
    if (scheme !== undefined)
      return { kind: "url", target: { location: path, name: shownUrl(path) } };
    const inside = this.#bundled.get(from);
    if (inside) return this.#referInside(path, inside);
    const file = isAbsolute(path) ? path : join(dirname(from), path);
    return { kind: "file", target: fileTarget(file) };
  }

  #referInside(path: string, { bundle, path: from }: InBundle): Referral {
    const found = insidePath(path, posix.dirname(from));
    if (found !== undefined) return { kind: "bundled", target: this.addBundled(bundle, found) };
    const why = `it leads out of "${bundle.origin}"`;
    return { kind: "refused", why, hint: "What an import brings names only what it brings, too" };
  }

  /** Remembers that the document `from` brought `file` with it. */
  note(from: string, read: ReadFile): void {
    const files = this.#readFrom.get(from) ?? new Map<string, string>();
    this.#readFrom.set(from, files.set(read.file, read.digest));
  }

  /** Files that the document named, sorted. */
  filesOf(from: string): readonly ReadFile[] {
    return [...(this.#readFrom.get(from) ?? [])]
      .map(([file, digest]) => ({ file, digest }))
      .sort((a, b) => (a.file < b.file ? -1 : 1));
  }
}

/** A path from a folder of a bundle, from the bundle's root; `undefined` when it leads out. */
export function insidePath(path: string, folder: string): string | undefined {
  if (posix.isAbsolute(path)) return undefined;
  const found = posix.join(folder, path).replace(/\/$/, "");
  return found === ".." || found.startsWith("../") ? undefined : found;
}

/** What tells targets apart: place, pin and credentials. What lies in a bundle has a place of its own. */
export function targetKey({ location, sha256, credentials }: Target): string {
  return JSON.stringify([location, sha256 ?? "", credentials ?? null]);
}

export function fileTarget(path: string): Target {
  return { location: path, name: path === "-" ? "<stdin>" : path };
}

/** A URL for people: its query may hold a token, and what stands before `@` is one. */
export function shownUrl(url: string): string {
  return url
    .replace(/^([a-z][a-z0-9+.-]*:\/\/)[^/?#]*@/i, "$1…@")
    .replace(/[?#].*$/s, (rest) => (rest.startsWith("?") ? "?…" : ""));
}

/** Beside a document from a server stand only things of that server; others are named in full. */
function referRemote(
  path: string,
  { base, isAbsolute: isFull }: { readonly base: Target; readonly isAbsolute: boolean },
): Referral {
  if (!URL.canParse(path, base.location))
    return { kind: "refused", why: "it is no path and no URL" };
  const url = new URL(path, base.location);
  const isOwn = url.origin === new URL(base.location).origin;
  if (!isFull && !isOwn) {
    return {
      kind: "refused",
      why: `it leads away from "${base.name}"`,
      hint: "Name the whole URL",
    };
  }
  const name = isFull ? shownUrl(path) : shownBeside(path, base.name);
  const credentials: Credentials | undefined = isOwn ? base.credentials : undefined;
  return { kind: "url", target: { location: url.href, name, ...(credentials && { credentials }) } };
}

/** The base is shown as it was written, so what stands beside it is, too. */
function shownBeside(path: string, name: string): string {
  const [, origin = "", folder = "/"] = /^([^/]*\/\/[^/?]*)(\/(?:[^?]*\/)?)?/.exec(name) ?? [];
  return shownUrl(origin + (path.startsWith("/") ? path : folder + path.replace(/^\.\//, "")));
}

function isSame(left: Target, right: Target): boolean {
  return (
    left.location === right.location &&
    left.credentials?.authorization === right.credentials?.authorization
  );
}
