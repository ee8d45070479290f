/** A chart's folder on disk → its files, without what its `.helmignore` leaves out. */
import { ARCHIVE_LIMITS } from "./archive.ts";
import type { FileReader } from "./file.ts";
import { SourceError } from "./source-error.ts";

export interface FolderOptions {
  readonly files: FileReader;
  /** How messages name the import. */
  readonly name: string;
}

/** Path → content, sorted by path. Throws `SourceError`. */
export async function readChartFolder(
  root: string,
  { files, name }: FolderOptions,
): Promise<ReadonlyMap<string, Uint8Array>> {
  const found = new Map<string, Uint8Array>();
  let size = 0;
  for await (const path of pathsBelow(root, files)) {
    const bytes = await files.read(`${root}/${path}`);
    size += bytes.length;
    if (size > ARCHIVE_LIMITS.unpackedBytes || found.size >= ARCHIVE_LIMITS.entries) {
      throw new SourceError("archive", `Cannot read "${name}": the chart is too large`);
    }
    found.set(path, bytes);
  }
  if (!found.has("Chart.yaml")) {
    const message = `Cannot use "${name}": "${root}" is no chart, Chart.yaml is missing`;
    throw new SourceError("wrong-type", message);
  }
  return new Map([...found].sort(([left], [right]) => (left < right ? -1 : 1)));
}

/** Of files that are not ignored. */
async function* pathsBelow(root: string, files: FileReader): AsyncGenerator<string, void> {
  const ignored = await readIgnored(root, files);
  const folders = [""];
  for (let folder = folders.pop(); folder !== undefined; folder = folders.pop()) {
    for (const { name, isFolder } of await files.list(`${root}/${folder}`)) {
      const path = folder === "" ? name : `${folder}/${name}`;
      if (ignored(path, isFolder)) continue;
      if (isFolder) folders.push(path);
      else if ((await files.kindOf(`${root}/${path}`)) === "file") yield path;
    }
  }
}

type Ignored = (path: string, isFolder: boolean) => boolean;

/** Helm always leaves out files in `templates/` that begin with a dot. */
async function readIgnored(root: string, files: FileReader): Promise<Ignored> {
  const path = `${root}/.helmignore`;
  const isThere = (await files.kindOf(path)) === "file";
  const text = isThere ? new TextDecoder().decode(await files.read(path)) : "";
  const rules = ["templates/.?*", ...text.split(/\r?\n/)]
    .map((line) => line.trim())
    .filter((line) => line !== "" && !line.startsWith("#"))
    .map(ruleOf);
  return (file, isFolder) => rules.some((rule) => rule(file, isFolder));
}

/** Source: https://helm.sh/docs/chart_template_guide/helm_ignore_file/. A later rule never takes one back. */
function ruleOf(line: string): Ignored {
  const isNegated = line.startsWith("!");
  const body = isNegated ? line.slice(1) : line;
  const isForFolders = body.endsWith("/");
  const pattern = body.replace(/^\//, "").replace(/\/$/, "");
  const isAnchored = body.startsWith("/") || pattern.includes("/");
  const regex = new RegExp(`^${translate(pattern)}$`, "s");
  return (path, isFolder) => {
    if (isForFolders && !isFolder) return isNegated;
    const subject = isAnchored ? path : path.slice(path.lastIndexOf("/") + 1);
    return regex.test(subject) !== isNegated;
  };
}

function translate(pattern: string): string {
  return pattern.replace(/\[[^\]]+\]|[\\^$.*+?()[\]{}|]/g, (token) => {
    if (token === "*") return "[^/]*";
    if (token === "?") return "[^/]";
    return token.startsWith("[") && token.length > 1 ? token : `\\${token}`;
  });
}
