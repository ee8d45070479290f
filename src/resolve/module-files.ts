/**
 * A module beside the Katalog → all files that it is made of: itself and what it imports, followed
 * to the end. They are read here, once; what runs later is exactly what was read.
 *
 * Guarantees: nothing that runs is left out of the digest, so what cannot be followed is refused: a
 * package, a computed `import(…)`, `require`. Paths are from the folder of the document, so that the
 * digest does not depend on where that is.
 */
import { posix } from "node:path";
import { urlScheme } from "../source/source.ts";
import { SourceError } from "../source/source-error.ts";
import type { SourcePosition } from "../std/issue.ts";
import { type ModuleImport, scanModule } from "../std/module-scan.ts";
import { suggest } from "../std/suggest.ts";
import { positionAt } from "../std/text-position.ts";
import type { EntryScope } from "./entry.ts";
import { kindOf, sourceIssue } from "./load.ts";
import type { DocumentReader, Referral, Target } from "./reader.ts";

/** One file of a module. */
export interface ModuleFile {
  /** From the folder of the document, with forward slashes: `hooks/database.ts`, `../shared/names.ts`. */
  readonly path: string;
  /** As positions name it. */
  readonly name: string;
  readonly text: string;
  /** `sha256:` and 64 hex digits. */
  readonly digest: string;
}

export interface ModuleReference {
  readonly path: string;
  /** Below the CRD entry: where the document names it. */
  readonly place: readonly (string | number)[];
}

/** What runs as it stands, on Bun, Deno and Node alike. */
const CODE = [".ts", ".mts", ".js", ".mjs"];
const EXTENSIONS = [...CODE, ".json"];
/** More than that is no hook any more, or imports without end. */
const MAX_FILES = 200;
const TYPES_ONLY = "orkestra/hooks";

/** `undefined` when something of it cannot be read or may not run; issues say why. */
export async function readModule(
  scope: EntryScope,
  { path, place }: ModuleReference,
  reader: DocumentReader,
): Promise<readonly ModuleFile[] | undefined> {
  const from = scope.position(place).file;
  const closure = new Closure(scope, { reader, from, place });
  await closure.add({ path: rootPath(path), specifier: path, importer: from });
  return closure.isWhole ? closure.files : undefined;
}

/** `.js, .mjs or .json`. */
function listed(extensions: readonly string[]): string {
  return `${extensions.slice(0, -1).join(", ")} or ${extensions.at(-1)}`;
}

/** The path of the module in the digest. One from elsewhere is known by its name alone. */
function rootPath(path: string): string {
  const isElsewhere = /^[a-z][a-z0-9+.-]*:\/\//i.test(path) || path.startsWith("/");
  const own = isElsewhere ? path.replace(/[?#].*$/s, "") : path;
  return isElsewhere ? posix.basename(own) : posix.normalize(own);
}

interface Wanted {
  readonly path: string;
  /** As written. */
  readonly specifier: string;
  /** The document or file that names it, as positions call it. */
  readonly importer: string;
  /** Of the specifier in a file; absent for the module itself. */
  readonly at?: SourcePosition;
}

interface ClosureOptions {
  readonly reader: DocumentReader;
  /** The document. */
  readonly from: string;
  readonly place: ModuleReference["place"];
}

class Closure {
  readonly files: ModuleFile[] = [];
  isWhole = true;
  readonly #scope: EntryScope;
  readonly #options: ClosureOptions;
  readonly #seen = new Set<string>();

  constructor(scope: EntryScope, options: ClosureOptions) {
    this.#scope = scope;
    this.#options = options;
  }

  async add(wanted: Wanted): Promise<void> {
    if (this.#seen.has(wanted.path)) return;
    this.#seen.add(wanted.path);
    if (this.#seen.size > MAX_FILES) {
      if (this.#seen.size === MAX_FILES + 1)
        this.#refuse(wanted, `its module has more than ${MAX_FILES} files`);
      return;
    }
    const target = await this.#locate(wanted);
    const file = target && (await this.#read(wanted, target));
    if (!file) return;
    this.files.push(file);
    if (file.path.endsWith(".json")) return;
    // One after the other: the order of issues is the order of the text.
    for (const found of scanModule(file.text).imports) await this.#follow(found, file);
  }

  async #follow(found: ModuleImport, file: ModuleFile): Promise<void> {
    const { specifier, kind } = found;
    const at = positionAt(file.text, found.offset, file.name);
    const wanted = { path: "", specifier: specifier ?? "…", importer: file.name, at };
    if (specifier?.startsWith("node:")) return;
    if (kind === "require") {
      this.#refuse(wanted, "modules of hooks import, they do not require");
    } else if (specifier === undefined) {
      this.#refuse(wanted, "what it imports is computed, expected a literal path");
    } else if (specifier === TYPES_ONLY) {
      this.#refuse(wanted, "it holds types only", 'Write "import type"');
    } else if (!/^\.{1,2}\//.test(specifier)) {
      const hint = "Bundle packages into a file beside the module and import that";
      this.#refuse(wanted, "hooks import by relative path, or node: modules", hint);
    } else {
      const path = posix.join(posix.dirname(file.path), specifier);
      await this.add({ ...wanted, specifier, path });
    }
  }

  async #locate(wanted: Wanted): Promise<Target | undefined> {
    const { reader } = this.#options;
    const fitting = wanted.at ? EXTENSIONS : CODE;
    if (!fitting.includes(posix.extname(wanted.path))) {
      this.#refuse(wanted, `expected a file that ends in ${listed(fitting)}`);
      return undefined;
    }
    const referral = reader.refer(wanted.specifier, wanted.importer);
    const unfixed = whyNotFixed(referral, reader);
    if (unfixed !== undefined) {
      const hint =
        'Put the module beside a Katalog of your own, lock it with "ork lock", or pin what brings it by its digest';
      this.#refuse(wanted, unfixed, hint);
      return undefined;
    }
    if (referral.kind === "refused") {
      this.#refuse(wanted, referral.why, referral.hint);
      return undefined;
    }
    // What it imports is looked up beside it.
    return referral.kind === "url" ? reader.addRemote(referral.target) : referral.target;
  }

  async #read(wanted: Wanted, target: Target): Promise<ModuleFile | undefined> {
    const { reader, from } = this.#options;
    try {
      if (!(await this.#isThere(wanted, target))) return undefined;
      const { text, digest } = await reader.read(target);
      reader.note(from, { file: target.name, digest });
      return { path: wanted.path, name: target.name, text, digest };
    } catch (error) {
      if (!(error instanceof SourceError)) throw error;
      this.#report(wanted, sourceIssue(error));
      return undefined;
    }
  }

  async #isThere(wanted: Wanted, target: Target): Promise<boolean> {
    // Of a server only the reading tells.
    if (!target.inside && urlScheme(target.location) !== undefined) return true;
    const { files } = target.inside
      ? this.#options.reader.surroundings(target.name)
      : this.#options.reader;
    const path = target.inside?.path ?? target.location;
    const kind = await kindOf(path, files);
    if (kind instanceof SourceError) throw kind;
    if (kind === "file") return true;
    const why = kind === "folder" ? "it is a folder" : "there is no such file";
    const entries = await files.list(posix.dirname(path)).catch(() => []);
    const near = suggest(
      posix.basename(path),
      entries.map(({ name }) => name),
    );
    this.#refuse(wanted, why, near === undefined ? undefined : `Did you mean "${near}"?`);
    return false;
  }

  #refuse(wanted: Wanted, why: string, hint?: string): void {
    const verb = wanted.at ? "import" : "run";
    const message = `Cannot ${verb} "${wanted.specifier}": ${why}`;
    this.#report(wanted, { code: "hook-module", message, ...(hint !== undefined && { hint }) });
  }

  #report(
    { at }: Wanted,
    issue: { readonly code: string; readonly message: string; readonly hint?: string },
  ): void {
    this.isWhole = false;
    this.#scope.report({ ...issue, at }, this.#options.place);
  }
}

/** A commit, or the digest of an artifact, at the end of a bundle's origin. */
const PINNED = /@(?:sha256:)?[0-9a-f]{40,64}$/;

/**
 * Code from elsewhere runs only when it cannot be exchanged there: it is locked, or of a bundle that is
 * pinned by its digest or its commit.
 */
function whyNotFixed(referral: Referral, reader: DocumentReader): string | undefined {
  switch (referral.kind) {
    case "url":
      if (reader.isFixed(referral.target)) return undefined;
      return "code from a server runs only when it is pinned or locked";
    case "bundled": {
      if (reader.isFixed(referral.target)) return undefined;
      const origin = referral.target.inside?.bundle.origin ?? "";
      return PINNED.test(origin)
        ? undefined
        : `"${origin}" is neither pinned nor locked, and brings code`;
    }
    case "file":
    case "refused":
      return undefined;
    default:
      return referral satisfies never;
  }
}
