/**
 * `Chart.yaml`: what it may say, read as Helm reads it (numbers where text is meant become text),
 * and its form in templates, `.Chart`.
 */
import type { Issue } from "../std/issue.ts";
import { parseChartVersion } from "../std/version-constraint.ts";
import { formatFloat } from "../template/go-number.ts";
import { GoNumber, typed } from "../template/go-object.ts";
import type { TemplateValue } from "../template/template.ts";
import { asMapValue, type GoMap, getField, isMap, mapOf } from "./go-map.ts";
import { readYaml } from "./yaml-read.ts";

export interface ChartDependency {
  name: string;
  readonly version: string;
  readonly repository: string;
  readonly condition: string;
  readonly tags: readonly string[];
  readonly importValues: readonly TemplateValue[];
  readonly alias: string;
  isEnabled: boolean;
}

export interface ChartMetadata {
  /** An alias in the parent takes its place. */
  name: string;
  readonly version: string;
  readonly apiVersion: string;
  readonly type: string;
  readonly kubeVersion: string;
  dependencies: readonly ChartDependency[];
  /** Everything, as the document has it. */
  readonly source: GoMap;
}

export type MetadataResult =
  | { readonly kind: "read"; readonly metadata: ChartMetadata }
  | { readonly kind: "failed"; readonly issues: readonly Issue[] };

/** `requirements` is the `requirements.yaml` of charts of the first generation. */
export function readMetadata(text: string, file: string, requirements?: string): MetadataResult {
  const parsed = readYaml(text, file);
  if (parsed.kind === "failed") return parsed;
  const [source] = parsed.documents;
  if (!isMap(source)) return failed(file, "it holds no mapping");
  const extra = requirements === undefined ? undefined : readYaml(requirements, file);
  if (extra?.kind === "failed") return extra;
  const required = extra?.documents[0];
  const listed = isMap(required) ? getField(required, "dependencies") : undefined;
  const metadata = metadataOf(source, listed ?? getField(source, "dependencies"));
  const problem = problemOf(metadata);
  return problem === undefined ? { kind: "read", metadata } : failed(file, problem);
}

function failed(file: string, problem: string): MetadataResult {
  const position = { file, line: 1, column: 1 };
  const message = `Cannot read the chart: ${problem}`;
  return {
    kind: "failed",
    issues: [{ code: "chart-metadata", severity: "error", message, position }],
  };
}

function metadataOf(source: GoMap, dependencies: TemplateValue): ChartMetadata {
  const list = Array.isArray(dependencies) ? dependencies : [];
  return {
    name: textAt(source, "name"),
    version: textAt(source, "version"),
    apiVersion: textAt(source, "apiVersion") || "v1",
    type: textAt(source, "type"),
    kubeVersion: textAt(source, "kubeVersion"),
    dependencies: list.filter((item) => isMap(item)).map((item) => dependencyOf(item as GoMap)),
    source,
  };
}

function dependencyOf(source: GoMap): ChartDependency {
  return {
    name: textAt(source, "name"),
    version: textAt(source, "version"),
    repository: textAt(source, "repository"),
    condition: textAt(source, "condition"),
    tags: textsAt(source, "tags"),
    importValues: listAt(source, "import-values"),
    alias: textAt(source, "alias"),
    isEnabled: false,
  };
}

function problemOf({ name, version, type, dependencies }: ChartMetadata): string | undefined {
  if (name === "") return "its name is missing";
  if (/[/]/.test(name) || name === "." || name === "..")
    return `its name is "${name}", expected a plain name`;
  if (version === "") return "its version is missing";
  if (!parseChartVersion(version)) return `its version is "${version}", expected one such as 1.2.3`;
  if (!["", "application", "library"].includes(type)) {
    return `its type is "${type}", expected application or library`;
  }
  const names = dependencies.map((one) => one.alias || one.name);
  const twice = names.find((one, index) => names.indexOf(one) !== index);
  return twice === undefined
    ? undefined
    : `more than one dependency has the name or alias "${twice}"`;
}

/** Text; numbers and booleans as Helm turns them into text. */
export function textAt(map: GoMap, key: string): string {
  return asText(getField(map, key));
}

function asText(value: TemplateValue): string {
  if (typeof value === "string") return value;
  if (typeof value === "boolean") return String(value);
  if (value instanceof GoNumber) return value.value.toFixed(0);
  if (typeof value === "number")
    return formatFloat(Math.fround(value) === value ? value : shortest(value), "g", -1);
  return "";
}

/** The shortest text of a 32-bit float, which is what Helm makes of `appVersion: 1.20`. */
function shortest(value: number): number {
  return Number(value.toPrecision(7));
}

function listAt(map: GoMap, key: string): readonly TemplateValue[] {
  const value = getField(map, key);
  return Array.isArray(value) ? value : [];
}

function textsAt(map: GoMap, key: string): string[] {
  return listAt(map, key).map(asText);
}

/** `.Chart` of a template. */
export function chartScope(metadata: ChartMetadata, isRoot: boolean): GoMap {
  const { source } = metadata;
  const text = (key: string) => textAt(source, key);
  const annotations = getField(source, "annotations");
  const pairs = isMap(annotations) ? Object.entries(annotations) : [];
  return {
    Name: metadata.name,
    Home: text("home"),
    Sources: textsAt(source, "sources"),
    Version: metadata.version,
    Description: text("description"),
    Keywords: textsAt(source, "keywords"),
    Maintainers: listAt(source, "maintainers")
      .filter(isMap)
      .map((one) => maintainer(one)) as never,
    Icon: text("icon"),
    APIVersion: metadata.apiVersion,
    Condition: text("condition"),
    Tags: text("tags"),
    AppVersion: text("appVersion"),
    Deprecated: getField(source, "deprecated") === true,
    Annotations: asMapValue(
      typed(mapOf(pairs.map(([key, value]) => [key, asText(value)] as const)), "map[string]string"),
    ),
    KubeVersion: metadata.kubeVersion,
    Dependencies: metadata.dependencies.map(dependencyScope) as never,
    Type: metadata.type,
    IsRoot: isRoot,
  };
}

function maintainer(source: GoMap): GoMap {
  return {
    Name: textAt(source, "name"),
    Email: textAt(source, "email"),
    URL: textAt(source, "url"),
  };
}

function dependencyScope(dependency: ChartDependency): GoMap {
  return {
    Name: dependency.name,
    Version: dependency.version,
    Repository: dependency.repository,
    Condition: dependency.condition,
    Tags: [...dependency.tags],
    Enabled: dependency.isEnabled,
    ImportValues: [...dependency.importValues] as TemplateValue,
    Alias: dependency.alias,
  };
}
