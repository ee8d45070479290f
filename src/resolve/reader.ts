/**
 * Reads for `resolve`: turns what documents name into what sources read, and remembers what was
 * read, so that nothing is read twice and everything can be told by its digest.
 *
 * A document is known by the name that positions carry. For one from a URL that is the URL as it was
 * written, without its query: the real one, and its credentials, stay in here.
 */
import { dirname, isAbsolute, join } from "node:path";
import type { Credentials } from "../source/credentials.ts";
import type { FileReader } from "../source/file.ts";
import type { SourceReference } from "../source/reference.ts";
import { type Content, type Sources, URL_SCHEMES, urlScheme } from "../source/source.ts";

/** Something that can be read. */
export type Target = SourceReference;

/** What a path in a document means. */
export type Referral =
  | { readonly kind: "file"; readonly target: Target }
  | { readonly kind: "url"; readonly target: Target }
  | { readonly kind: "refused"; readonly why: string; readonly hint?: string };

export interface ReadFile {
  readonly file: string;
  /** `sha256:` and 64 hex digits. */
  readonly digest: string;
}

export class DocumentReader {
  readonly #sources: Sources;
  /** Documents from URLs, by the name of their positions. */
  readonly #remote = new Map<string, Target>();
  readonly #contents = new Map<string, Promise<Content>>();
  readonly #readFrom = new Map<string, Map<string, string>>();

  constructor(sources: Sources) {
    this.#sources = sources;
  }

  get files(): FileReader {
    return this.#sources.files;
  }

  /** A pin is part of what is asked: two imports of one URL may differ in it. */
  read(target: Target): Promise<Content> {
    const key = JSON.stringify([target.location, target.sha256 ?? "", target.credentials ?? null]);
    const content = this.#contents.get(key) ?? this.#sources.read(target);
    this.#contents.set(key, content);
    return content;
  }

  /** A URL with the name that its positions get: two that look alike are told apart. */
  addRemote(target: Target): Target {
    let name = target.name;
    for (let count = 2; !isSame(this.#remote.get(name) ?? target, target); count++) {
      name = `${target.name} (${count})`;
    }
    const named = { ...target, name };
    this.#remote.set(name, named);
    return named;
  }

  /** A message without what the credentials of this run hold. */
  conceal(text: string): string {
    const secrets = [...this.#remote.values()].flatMap(
      ({ credentials }) => credentials?.secrets ?? [],
    );
    return secrets.reduce((rest, secret) => rest.replaceAll(secret, "[redacted]"), text);
  }

  /** What `path` means in the document that positions call `from`. */
  refer(path: string, from: string): Referral {
    const base = this.#remote.get(from);
    const scheme = urlScheme(path);
    if (scheme !== undefined && !URL_SCHEMES.includes(scheme)) {
      const why = `this build reads files, https and http, not "${scheme}"`;
      return { kind: "refused", why, hint: "Download it beside the Katalog" };
    }
    if (base) return referRemote(path, { base, isAbsolute: scheme !== undefined });
    if (scheme !== undefined)
      return { kind: "url", target: { location: path, name: shownUrl(path) } };
    const file = isAbsolute(path) ? path : join(dirname(from), path);
    return { kind: "file", target: fileTarget(file) };
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
