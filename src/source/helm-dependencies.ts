/**
 * The charts that a chart depends on, brought into its `charts/` folder: archives there are unpacked,
 * and what `Chart.yaml` lists and the folder lacks is fetched from where it says.
 *
 * Guarantees: as many charts and as deep as the limits allow; all files together keep the limits of
 * one archive; nothing leads out of the chart.
 */
import { parseYaml } from "../std/yaml.ts";
import { toJson } from "../std/yaml-node.ts";
import { ARCHIVE_LIMITS, type ReadArchiveOptions, readTarGz } from "./archive.ts";
import type { Ledger } from "./ledger.ts";
import { SourceError } from "./source-error.ts";

export type ChartFiles = ReadonlyMap<string, Uint8Array>;

/** One row of `dependencies` in `Chart.yaml`. */
export interface Dependency {
  readonly name: string;
  readonly version: string;
  /** `https://…`, `oci://…`, `file://../path`, `""` for the folder alone. */
  readonly repository: string;
}

/** Gives the files of a dependency that is not in `charts/`. Throws `SourceError`. */
export type FetchDependency = (dependency: Dependency) => Promise<ChartFiles>;

export interface CompleteOptions {
  /** How messages name the import. */
  readonly name: string;
  readonly fetch: FetchDependency;
  readonly ledger?: Ledger | undefined;
}

const MAX_DEPTH = 10;
const MAX_CHARTS = 100;
/** What names and dependencies are read from, over and over as charts are put into each other. */
const METADATA = ["Chart.yaml", "requirements.yaml"];
/** Of one file, and of all charts; common ones have a few kilobytes. */
const MAX_METADATA_BYTES = 256 * 1024;
const MAX_ALL_METADATA_BYTES = 1024 * 1024;

export interface CompleteChart {
  readonly files: ChartFiles;
  /** Whether something came that was not in the chart as it was given. */
  readonly hasFetched: boolean;
}

/** The chart with everything below it in place. Throws `SourceError`. */
export async function completeChart(
  files: ChartFiles,
  options: CompleteOptions,
): Promise<CompleteChart> {
  const work = new Completion(options);
  const whole = await work.chart(files, 0);
  const sorted = new Map([...whole].sort(([left], [right]) => (left < right ? -1 : 1)));
  return { files: sorted, hasFetched: work.hasFetched };
}

class Completion {
  readonly #options: CompleteOptions;
  #charts = 0;
  #bytes = 0;
  #metadataBytes = 0;
  /** Of archives in archives. */
  #unpackedBytes = 0;
  #unpackedFiles = 0;
  hasFetched = false;

  constructor(options: CompleteOptions) {
    this.#options = options;
  }

  async chart(files: ChartFiles, depth: number): Promise<ChartFiles> {
    if (depth > MAX_DEPTH) throw this.#fault(`its charts nest deeper than ${MAX_DEPTH} levels`);
    if (++this.#charts > MAX_CHARTS) throw this.#tooMany();
    const whole = new Map<string, Uint8Array>();
    for (const [path, bytes] of files) if (!isBelow(path)) this.#add(whole, path, bytes);
    for (const [folder, below] of await this.#held(files)) {
      const inner = await this.chart(below, depth + 1);
      for (const [path, bytes] of inner) whole.set(`charts/${folder}/${path}`, bytes);
    }
    await this.#fetchMissing(whole, depth);
    return whole;
  }

  #add(whole: Map<string, Uint8Array>, path: string, bytes: Uint8Array): void {
    this.#bytes += bytes.length;
    if (this.#bytes > ARCHIVE_LIMITS.unpackedBytes) {
      throw this.#fault(`it is larger than ${ARCHIVE_LIMITS.unpackedBytes} bytes, the limit`);
    }
    if (METADATA.includes(path)) this.#checkMetadata(path, bytes.length);
    whole.set(path, bytes);
  }

  #checkMetadata(path: string, bytes: number): void {
    this.#metadataBytes += bytes;
    if (bytes > MAX_METADATA_BYTES) {
      throw this.#fault(`a ${path} in it is ${bytes} bytes, the limit is ${MAX_METADATA_BYTES}`);
    }
    if (this.#metadataBytes <= MAX_ALL_METADATA_BYTES) return;
    throw this.#fault(`its charts have more than ${MAX_ALL_METADATA_BYTES} bytes of metadata`);
  }

  /** Folders and archives of `charts/`. */
  async #held(files: ChartFiles): Promise<ReadonlyMap<string, ChartFiles>> {
    const held = new Map<string, Map<string, Uint8Array>>();
    for (const [path, bytes] of files) {
      const [, folder = "", rest = ""] = /^charts\/([^/]+)\/(.+)$/s.exec(path) ?? [];
      if (folder !== "") held.set(folder, (held.get(folder) ?? new Map()).set(rest, bytes));
    }
    const charts = new Map<string, ChartFiles>(
      [...held].filter(([, inner]) => inner.has("Chart.yaml")),
    );
    const archives = [...files].flatMap(([path, bytes]) => {
      const [, archive] = /^charts\/([^/_.][^/]*)\.tgz$/.exec(path) ?? [];
      return archive === undefined ? [] : [{ archive, path, bytes }];
    });
    // Before any of them is unpacked.
    if (this.#charts + charts.size + archives.length > MAX_CHARTS) throw this.#tooMany();
    for (const { archive, path, bytes } of archives) {
      charts.set(archive, await this.#unpack(bytes, path));
    }
    return charts;
  }

  /** All of them together keep the limits of one. */
  async #unpack(bytes: Uint8Array, path: string): Promise<ChartFiles> {
    const { unpackedBytes, entries } = ARCHIVE_LIMITS;
    const { name, ledger } = this.#options;
    const limits = {
      unpackedBytes: unpackedBytes - this.#unpackedBytes,
      entries: entries - this.#unpackedFiles,
    };
    const files = await unpackChart(bytes, { name: `${name}: ${path}`, limits, ledger });
    this.#unpackedFiles += files.size;
    for (const [, { length }] of files) this.#unpackedBytes += length;
    return files;
  }

  #tooMany(): SourceError {
    return this.#fault(`it holds more than ${MAX_CHARTS} charts`);
  }

  async #fetchMissing(whole: Map<string, Uint8Array>, depth: number): Promise<void> {
    const held = new Set(
      [...whole].flatMap(([path, bytes]) => (isChartFile(path) ? [nameIn(bytes)] : [])),
    );
    for (const dependency of dependenciesOf(whole)) {
      if (held.has(dependency.name) || dependency.repository === "") continue;
      this.hasFetched = true;
      held.add(dependency.name);
      const inner = await this.chart(await this.#options.fetch(dependency), depth + 1);
      for (const [path, bytes] of inner) whole.set(`charts/${dependency.name}/${path}`, bytes);
    }
  }

  #fault(found: string): SourceError {
    return new SourceError("archive", `Cannot use "${this.#options.name}": ${found}`);
  }
}

function isBelow(path: string): boolean {
  return /^charts\/(?:[^/]+\/|[^/]+\.tgz$)/.test(path);
}

function isChartFile(path: string): boolean {
  return /^charts\/[^/]+\/Chart\.yaml$/.test(path);
}

/** The files of a chart's archive, without the folder that they all lie in. Throws `SourceError`. */
export async function unpackChart(
  bytes: Uint8Array,
  options: ReadArchiveOptions,
): Promise<ChartFiles> {
  return withoutRoot(await readTarGz(bytes, options), options.name);
}

/** Throws `SourceError` when the files are not those of one chart. */
export function withoutRoot(files: ChartFiles, name: string): ChartFiles {
  const roots = new Set([...files.keys()].map((path) => path.split("/")[0] ?? ""));
  const [root = ""] = roots;
  if (roots.size !== 1 || !files.has(`${root}/Chart.yaml`)) {
    throw new SourceError(
      "wrong-type",
      `Cannot use "${name}": it is no chart, Chart.yaml is missing`,
    );
  }
  return new Map([...files].map(([path, bytes]) => [path.slice(root.length + 1), bytes] as const));
}

function dependenciesOf(files: ChartFiles): readonly Dependency[] {
  const listed = documentIn(files.get("requirements.yaml"));
  const list = listed["dependencies"] ?? documentIn(files.get("Chart.yaml"))["dependencies"];
  if (!Array.isArray(list)) return [];
  return list.map((item: unknown) => {
    const row = (typeof item === "object" && item !== null ? item : {}) as Readonly<
      Record<string, unknown>
    >;
    const text = (key: string) =>
      row[key] === undefined || row[key] === null ? "" : String(row[key]);
    return { name: text("name"), version: text("version"), repository: text("repository") };
  });
}

/** The version that `Chart.yaml` says; `""` when it says none. */
export function versionOf(files: ChartFiles): string {
  return String(documentIn(files.get("Chart.yaml"))["version"] ?? "");
}

function nameIn(bytes: Uint8Array): string {
  return String(documentIn(bytes)["name"] ?? "");
}

/** What cannot be read is reported when the chart is rendered, with its place. */
function documentIn(bytes: Uint8Array | undefined): Readonly<Record<string, unknown>> {
  if (!bytes) return {};
  const { documents } = parseYaml(new TextDecoder().decode(bytes), { file: "Chart.yaml" });
  const [node] = documents;
  const value = node && toJson(node, "lossless");
  return typeof value === "object" && value !== null && !Array.isArray(value) ? { ...value } : {};
}
