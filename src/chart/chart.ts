/**
 * A chart in memory: the files of a chart folder or archive, sorted into what each is for. Charts
 * below `charts/` are charts of their own.
 *
 * Assumptions: archives inside `charts/` were unpacked before (`source` does that); here nothing is
 * read from disk or network.
 */
import type { Issue } from "../std/issue.ts";
import { type GoMap, isMap, setField } from "./go-map.ts";
import { type ChartMetadata, readMetadata } from "./metadata.ts";
import { readYaml } from "./yaml-read.ts";

export type ChartFiles = ReadonlyMap<string, Uint8Array>;

export interface Chart {
  readonly metadata: ChartMetadata;
  /** Of `values.yaml`; what is imported from charts below comes into it. */
  values: GoMap;
  /** Of `values.schema.json`. */
  readonly schema: string | undefined;
  /** Files below `templates/`, in order of their paths. */
  readonly templates: ReadonlyMap<string, string>;
  /** Everything else, which `.Files` shows. */
  readonly files: ChartFiles;
  dependencies: Chart[];
}

export type LoadResult =
  | { readonly kind: "loaded"; readonly chart: Chart }
  | { readonly kind: "failed"; readonly issues: readonly Issue[] };

/** `place` is how messages name the chart's files: a prefix of their paths. */
export function loadChart(files: ChartFiles, place: string): LoadResult {
  const own = textIn(files, "Chart.yaml");
  if (own === undefined) return fail(place, "chart-metadata", "Chart.yaml is missing");
  const requirements = textIn(files, "requirements.yaml");
  const read = readMetadata(own, `${place}/Chart.yaml`, requirements);
  if (read.kind === "failed") return read;
  const values = readValues(textIn(files, "values.yaml") ?? "", `${place}/values.yaml`);
  if (values.kind === "failed") return values;
  const below = loadBelow(files, place);
  if (below.kind === "failed") return below;
  return { kind: "loaded", chart: chartOf(files, read.metadata, values.values, below.charts) };
}

// biome-ignore lint/complexity/useMaxParams: the four parts of a chart that were read before
function chartOf(
  files: ChartFiles,
  metadata: ChartMetadata,
  values: GoMap,
  dependencies: Chart[],
): Chart {
  const templates = new Map<string, string>();
  const others = new Map<string, Uint8Array>();
  const isFirstGeneration = metadata.apiVersion === "v1";
  for (const [path, bytes] of files) {
    if (path.startsWith("templates/")) templates.set(path, decode(bytes));
    else if (path.startsWith("charts/")) {
      if (path.endsWith(".prov")) others.set(path, bytes);
    } else if (!OWN_FILES.has(path) || (isFirstGeneration && path.startsWith("requirements."))) {
      others.set(path, bytes);
    }
  }
  const schema = textIn(files, "values.schema.json");
  return { metadata, values, schema, templates, files: others, dependencies };
}

const OWN_FILES: ReadonlySet<string> = new Set([
  "Chart.yaml",
  "Chart.lock",
  "values.yaml",
  "values.schema.json",
  "requirements.yaml",
  "requirements.lock",
]);

export type ValuesResult =
  | { readonly kind: "read"; readonly values: GoMap }
  | { readonly kind: "failed"; readonly issues: readonly Issue[] };

/** A values file; several documents in it are laid over each other. */
export function readValues(text: string, file: string): ValuesResult {
  const parsed = readYaml(text, file);
  if (parsed.kind === "failed") return parsed;
  let values: GoMap = {};
  for (const document of parsed.documents) {
    if (document === null) continue;
    if (!isMap(document)) return fail(file, "chart-values", "Values are not a mapping");
    values = mergeMaps(values, document);
  }
  return { kind: "read", values };
}

/** The second laid over the first, maps key by key; a null of the second stays as it is. */
export function mergeMaps(under: GoMap, over: GoMap): GoMap {
  const merged: GoMap = { ...under };
  for (const [key, value] of Object.entries(over)) {
    const known = Object.hasOwn(merged, key) ? merged[key] : undefined;
    const both = isMap(value) && isMap(known) ? mergeMaps(known, value) : value;
    setField(merged, key, both as GoMap[string]);
  }
  return merged;
}

type BelowResult =
  | { readonly kind: "loaded"; readonly charts: Chart[] }
  | { readonly kind: "failed"; readonly issues: readonly Issue[] };

function loadBelow(files: ChartFiles, place: string): BelowResult {
  const charts: Chart[] = [];
  for (const [name, inner] of foldersBelow(files)) {
    const at = `${place}/charts/${name}`;
    if (name.endsWith(".tgz")) return fail(at, "chart-archive", "The archive was not unpacked");
    const result = loadChart(inner, at);
    if (result.kind === "failed") return result;
    charts.push(result.chart);
  }
  return { kind: "loaded", charts };
}

/** What lies in `charts/` by name, but for what begins with `_` or `.`. */
function foldersBelow(files: ChartFiles): ReadonlyMap<string, ChartFiles> {
  const folders = new Map<string, Map<string, Uint8Array>>();
  for (const [path, bytes] of files) {
    const match = /^charts\/([^/]+)(?:\/(.+))?$/s.exec(path);
    const [, name = "", rest] = match ?? [];
    if (!match || /^[_.]/.test(name) || name.endsWith(".prov")) continue;
    const folder = folders.get(name) ?? new Map<string, Uint8Array>();
    folders.set(name, folder.set(rest ?? "", bytes));
  }
  return new Map([...folders].sort(([left], [right]) => (left < right ? -1 : 1)));
}

function textIn(files: ChartFiles, path: string): string | undefined {
  const bytes = files.get(path);
  return bytes && decode(bytes);
}

function decode(bytes: Uint8Array): string {
  return new TextDecoder("utf-8").decode(bytes);
}

function fail(
  file: string,
  code: string,
  message: string,
): { readonly kind: "failed"; readonly issues: readonly Issue[] } {
  const position = { file, line: 1, column: 1 };
  return { kind: "failed", issues: [{ code, severity: "error", message, position }] };
}
