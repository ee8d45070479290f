/**
 * `index.yaml` of a chart repository → the one version of a chart that is asked for, as Helm picks
 * it (https://helm.sh/docs/topics/chart_repository/): an exact version first, else the highest that
 * the range holds. Pure.
 */
import {
  type ChartVersion,
  compareChartVersions,
  parseChartVersion,
  parseConstraint,
} from "../std/version-constraint.ts";
import { parseYaml } from "../std/yaml.ts";
import type { YamlNode } from "../std/yaml-node.ts";
import { SourceError } from "./source-error.ts";

export interface IndexEntry {
  readonly version: string;
  readonly urls: readonly string[];
  /** 64 hex digits over the archive; absent in indexes that say none. */
  readonly digest: string | undefined;
}

export interface IndexQuery {
  readonly chart: string;
  /** Absent: the highest that is no pre-release. */
  readonly version: string | undefined;
  /** How messages name the import. */
  readonly name: string;
}

/** Throws `SourceError` when the text is no index, or holds no such chart or version. */
export function findInIndex(text: string, query: IndexQuery): IndexEntry {
  const entries = readEntries(text, query);
  if (entries.length === 0) {
    throw fault(query, `the repository has no chart "${query.chart}"`, "Is its name right?");
  }
  const found = pickVersion(entries, query);
  if (found) return found;
  const known = entries.slice(0, 5).map(({ version }) => version);
  const shown = `${known.join(", ")}${entries.length > known.length ? " …" : ""}`;
  const wanted = query.version === undefined ? "released version" : `version "${query.version}"`;
  throw fault(query, `the chart "${query.chart}" has no ${wanted}`, `It has ${shown}`);
}

/** The text of one version, or one that fits a range; the highest first. Throws `SourceError`. */
export function pickVersion<T extends { readonly version: string }>(
  entries: readonly T[],
  query: IndexQuery,
): T | undefined {
  const exact = entries.find(({ version }) => version === query.version);
  if (exact) return exact;
  const check = parseConstraint(query.version ?? "*");
  if (!check) {
    const hint = "Write it like 1.2.3, ^1.2 or >=1.2 <2.0";
    throw fault(query, `"${query.version}" is neither a version nor a range`, hint);
  }
  return sorted(entries).find(([version]) => check(version))?.[1];
}

function sorted<T extends { readonly version: string }>(
  entries: readonly T[],
): readonly (readonly [ChartVersion, T])[] {
  return entries
    .flatMap((entry) => {
      const version = parseChartVersion(entry.version);
      return version ? [[version, entry] as const] : [];
    })
    .sort(([left], [right]) => compareChartVersions(right, left));
}

function readEntries(text: string, query: IndexQuery): readonly IndexEntry[] {
  const root = parseIndex(sectionOf(text, query.chart), query);
  const all = field(root, "entries");
  if (all?.kind !== "map") throw fault(query, "its index.yaml is no index of charts");
  const list = field(all, query.chart);
  if (list?.kind !== "list") return [];
  return list.items.flatMap((item) => {
    const version = textOf(field(item, "version"));
    const urls = field(item, "urls");
    const texts = urls?.kind === "list" ? urls.items.map(textOf).filter((url) => url !== "") : [];
    const digest = textOf(field(item, "digest")).replace(/^sha256:/, "") || undefined;
    return version === "" ? [] : [{ version, urls: texts, digest }];
  });
}

function parseIndex(text: string, query: IndexQuery): YamlNode | undefined {
  const limits = { length: MAX_INDEX_LENGTH };
  const { documents, issues } = parseYaml(text, { file: "index.yaml", limits });
  const [issue] = issues.filter(({ severity }) => severity === "error");
  if (issue) throw fault(query, `its index.yaml cannot be read: ${issue.message}`);
  return documents[0];
}

/** Indexes grow with every release of every chart. */
export const MAX_INDEX_LENGTH = 32 * 1024 * 1024;
const SMALL_LENGTH = 128 * 1024;

/**
 * The part of a large index that is about one chart: the lines of its key in `entries`. What is not
 * written in plain block style is read as a whole.
 */
function sectionOf(text: string, chart: string): string {
  if (text.length < SMALL_LENGTH || !/^entries:[ \t]*\r?$/m.test(text)) return text;
  const name = chart.replace(/[\\^$.*+?()[\]{}|]/g, "\\$&");
  const head = new RegExp(`^( +)(?:"${name}"|'${name}'|${name}):[ \\t]*\\r?$`, "m").exec(text);
  if (!head) return text;
  const [line, indent = ""] = head;
  const rest = text.slice(head.index + line.length);
  const next = new RegExp(`^ {0,${indent.length}}[^ \\-\\r\\n#]`, "m").exec(rest);
  return `entries:\n${line}${rest.slice(0, next?.index)}`;
}

function field(node: YamlNode | undefined, key: string): YamlNode | undefined {
  return node?.kind === "map" ? node.entries.get(key)?.value : undefined;
}

function textOf(node: YamlNode | undefined): string {
  return node?.kind === "scalar" ? node.text : "";
}

function fault({ name }: IndexQuery, found: string, hint?: string): SourceError {
  return new SourceError("wrong-type", `Cannot read "${name}": ${found}`, { hint });
}
