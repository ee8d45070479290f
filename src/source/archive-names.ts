/**
 * Names in an archive or a bundle: only such as mean one file below the folder that they are written
 * to, on any file system: on one that ignores case, on one that reads `\` as `/`, on one that puts
 * Unicode into another form.
 */
import { SourceError } from "./source-error.ts";

const MAX_PATH_BYTES = 1024;
const MAX_SEGMENT_BYTES = 255;
const MAX_DEPTH = 64;
/** Files, and folders that nobody has to list: an archive of many deep paths means a multitude of them. */
const MAX_NAMES = 20_000;
const MAX_SHOWN = 100;

/** What steers a terminal, or turns the order of what is read around. */
const UNSHOWABLE = /[\p{Cc}\p{Bidi_Control}]/u;

export class ArchiveNames {
  readonly #archive: string;
  /** As a file system that ignores case sees it → as it was first written, and what it is. */
  readonly #seen = new Map<string, { readonly path: string; readonly kind: "file" | "folder" }>();

  /** `archive`: how messages name it. */
  constructor(archive: string) {
    this.#archive = archive;
  }

  /** The path in its plain form. Throws `SourceError`. */
  addFile(name: string): string {
    const path = this.#plain(name);
    if (path === "") throw this.#fault(name, "it names no file");
    this.#addParents(path);
    const known = this.#seen.get(folded(path));
    if (known) {
      const found =
        known.path === path
          ? "it is there twice"
          : `it differs from "${known.path}" only in its spelling`;
      throw this.#fault(name, found);
    }
    this.#seen.set(folded(path), { path, kind: "file" });
    return path;
  }

  addFolder(name: string): void {
    const path = this.#plain(name.replace(/\/+$/, ""));
    if (path !== "") this.#addParents(`${path}/`);
  }

  #addParents(path: string): void {
    let key = "";
    for (let start = 0, end = path.indexOf("/"); end !== -1; end = path.indexOf("/", start)) {
      const folder = path.slice(0, end);
      // Nothing composes over a "/": the parts give what the whole would.
      key += folded(path.slice(start, end));
      const known = this.#seen.get(key);
      if (known?.kind === "file") throw this.#fault(path, `"${known.path}" is a file`);
      if (known && known.path !== folder) {
        throw this.#fault(path, `"${folder}" differs from "${known.path}" only in its spelling`);
      }
      this.#seen.set(key, { path: folder, kind: "folder" });
      if (this.#seen.size > MAX_NAMES)
        throw this.#fault(path, `with its folders there are more than ${MAX_NAMES} names`);
      key += "/";
      start = end + 1;
    }
  }

  #plain(name: string): string {
    const path = name.replace(/^(?:\.\/)+/, "");
    if (path === "" || path === ".") return "";
    const why = whyRefused(path);
    if (why) throw this.#fault(name, why);
    return path;
  }

  #fault(name: string, found: string): SourceError {
    const short = name.length > MAX_SHOWN ? `${name.slice(0, MAX_SHOWN)}…` : name;
    const shown = JSON.stringify(short.replaceAll(new RegExp(UNSHOWABLE, "gu"), "?"));
    const message = `Cannot unpack "${this.#archive}": it holds ${shown}, refused: ${found}`;
    const hint = "Was it made by a tool, or by somebody who means harm?";
    return new SourceError("archive", message, { hint });
  }
}

function whyRefused(path: string): string | undefined {
  if (path.startsWith("/") || /^[a-z]:/i.test(path)) return "its path is absolute";
  if (path.includes("\\")) return "its path holds a backslash";
  if (UNSHOWABLE.test(path)) return "its path holds a control character";
  if (path.includes("\ufffd")) return "its path is not UTF-8";
  const segments = path.split("/");
  if (segments.includes("..")) return "its path leads out";
  if (segments.some((segment) => segment === "" || segment === ".")) return "its path is not plain";
  // Windows drops these, and two names become one.
  if (segments.some((segment) => /[. ]$/.test(segment)))
    return "a name in it ends with a dot or a space";
  if (segments.length > MAX_DEPTH) return `its path is deeper than ${MAX_DEPTH} folders`;
  const tooLong =
    Buffer.byteLength(path) > MAX_PATH_BYTES ||
    segments.some((one) => Buffer.byteLength(one) > MAX_SEGMENT_BYTES);
  return tooLong ? "its path is too long" : undefined;
}

/** Compatibility forms too: `ﬁ` and `fi` are one name on some disks. */
function folded(path: string): string {
  return path.normalize("NFKC").toLowerCase().normalize("NFKC");
}
