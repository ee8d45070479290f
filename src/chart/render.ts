/**
 * The door of charts: files and values → the documents that `helm template --include-crds` prints,
 * in its order, without hooks and notes.
 *
 * Flow: load → dependencies → values → schema → templates → documents. Guarantees: pure (nothing is
 * read, looked up or executed outside of what is passed in); never throws for what a chart or its
 * values hold; ends within a budget. Random and time-dependent functions take what the options give
 * and are reported, so that a caller who needs the same bytes each time can refuse them.
 */
import type { Issue, SourcePosition } from "../std/issue.ts";
import type { JsonObject } from "../std/json.ts";
import { TemplateError } from "../template/error.ts";
import { asValue, typed } from "../template/go-object.ts";
import type { Scope, TemplateEnvironment } from "../template/template.ts";
import { compileTemplateSet, type TemplateSet } from "../template/template-set.ts";
import { type Chart, type ChartFiles, loadChart, mergeMaps, readValues } from "./chart.ts";
import { isInRange, missingDependencies, settleDependencies } from "./dependencies.ts";
import { createHelmDialect } from "./dialect.ts";
import { NO_VALUE } from "./functions/flow.ts";
import { asMapValue, copyMap, type GoMap } from "./go-map.ts";
import { type RenderedDocument, splitManifests } from "./manifests.ts";
import { chartScope } from "./metadata.ts";
import { createCapabilities, type KubeVersion, parseKubeVersion } from "./objects/capabilities.ts";
import { FilesObject } from "./objects/files.ts";
import { HELM_KUBE_VERSION } from "./objects/helm-versions.ts";
import { checkSchemas } from "./schema.ts";
import { coalesceValues, tableAt, ValuesError } from "./values.ts";
import { fromJsonValue } from "./yaml-read.ts";

/** Text of a values file; `name` is how messages call it. */
export interface ValuesFile {
  readonly name: string;
  readonly text: string;
}

export interface RenderOptions {
  /** Laid over the value files. */
  readonly values?: JsonObject;
  /** In order: a later one wins. */
  readonly valueFiles?: readonly ValuesFile[];
  readonly releaseName: string;
  readonly namespace: string;
  /** `1.36.3`, with or without a `v`. Default: the one that Helm itself assumes. */
  readonly kubeVersion?: string;
  /** More for `.Capabilities.APIVersions`: `example.com/v1`, `example.com/v1/Widget`. */
  readonly apiVersions?: readonly string[];
  /** Clock, time zone and random bytes for the functions that ask for them. */
  readonly environment: TemplateEnvironment;
  /** How messages name the chart, before the paths of its files. Default: its name. */
  readonly origin?: string;
}

export type RenderResult =
  | {
      readonly kind: "rendered";
      readonly documents: readonly RenderedDocument[];
      /** Functions that were called and give another result each time: `now`, `randAlphaNum`. */
      readonly changing: readonly string[];
    }
  | { readonly kind: "failed"; readonly issues: readonly Issue[] };

/** Renders the chart whose files these are; archives inside `charts/` were unpacked before. */
export function renderChart(files: ChartFiles, options: RenderOptions): RenderResult {
  const loaded = loadChart(files, options.origin ?? "chart");
  if (loaded.kind === "failed") return loaded;
  try {
    return render(loaded.chart, options);
  } catch (error) {
    if (error instanceof TemplateError) return failed("chart-template", error.message, error);
    if (error instanceof ValuesError) return failed("chart-values", error.message);
    // A chart that contains itself, or nests beyond all use.
    if (error instanceof RangeError)
      return failed("chart-template", "The chart is nested too deeply");
    throw error;
  }
}

function failed(
  code: string,
  message: string,
  at?: { readonly position?: SourcePosition | undefined },
) {
  const place = at?.position && { position: at.position };
  const plain = place ? message.replace(/^.*?:\d+:\d+: /s, "") : message;
  const issue: Issue = { code, severity: "error", message: plain, ...place };
  return { kind: "failed", issues: [issue] } as const;
}

function render(chart: Chart, options: RenderOptions): RenderResult {
  const kubeVersion = parseKubeVersion(options.kubeVersion ?? HELM_KUBE_VERSION);
  if (!kubeVersion) {
    return failed(
      "chart-values",
      `"${options.kubeVersion}" is not a Kubernetes version, expected one such as 1.36.3`,
    );
  }
  const obstacle = obstacleOf(chart, kubeVersion);
  if (obstacle !== undefined)
    return failed("chart-metadata", `Cannot render the chart: ${obstacle}`);
  const given = userValues(options);
  if (given.kind === "failed") return given;
  settleDependencies(chart, copyMap(given.values));
  const values = coalesceValues(chart, given.values);
  const issues = checkSchemas(chart, values);
  if (issues.length > 0) return { kind: "failed", issues };
  return renderTemplates(chart, { ...options, values, kube: kubeVersion });
}

/** Why the chart as it stands cannot be rendered at all. */
function obstacleOf({ metadata, ...chart }: Chart, kube: KubeVersion): string | undefined {
  if (metadata.type.toLowerCase() === "library") return "it is a library, which other charts use";
  const missing = missingDependencies({ metadata, ...chart });
  if (missing.length > 0) return `its dependencies ${missing.join(", ")} are missing in charts/`;
  if (metadata.kubeVersion !== "" && !isInRange(kube.normalized, metadata.kubeVersion)) {
    return `it requires Kubernetes ${metadata.kubeVersion}, which ${kube.version} is not`;
  }
  return undefined;
}

function userValues(options: RenderOptions): ReturnType<typeof readValues> {
  let values: GoMap = {};
  for (const { name, text } of options.valueFiles ?? []) {
    const file = readValues(text, name);
    if (file.kind === "failed") return file;
    values = mergeMaps(values, file.values);
  }
  const own = fromJsonValue(options.values ?? {}) as GoMap;
  return { kind: "read", values: mergeMaps(values, own) };
}

interface TemplateOptions extends Omit<RenderOptions, "values"> {
  readonly values: GoMap;
  readonly kube: KubeVersion;
}

/** A template with what it sees. */
interface Renderable {
  readonly source: string;
  readonly scope: GoMap;
  readonly basePath: string;
}

function renderTemplates(chart: Chart, options: TemplateOptions): RenderResult {
  const top = topScope(options);
  const templates = new Map<string, Renderable>();
  collect(chart, {
    templates,
    values: options.values,
    top,
    path: chart.metadata.name,
    isRoot: true,
  });
  const changing = new Set<string>();
  const dialect = createHelmDialect((name) => void changing.add(name));
  const order = [...templates.keys()].sort(byDepth);
  const sources = order.map((name) => ({ name, source: templates.get(name)?.source ?? "" }));
  const compiled = compileTemplateSet(sources, { dialect });
  if (compiled.kind === "failed") return compiled;
  const rendered = renderAll(compiled.set, { order, templates, options });
  const result = splitManifests(rendered, crdsOf(chart, chart.metadata.name));
  if (result.kind === "failed") return result;
  return { ...result, kind: "rendered", changing: [...changing].sort() };
}

/** Deeper files come first, so that those nearer to the top define last, and win. */
function byDepth(left: string, right: string): number {
  const [a, b] = [left.split("/").length, right.split("/").length];
  if (a !== b) return b - a;
  return left < right ? 1 : -1;
}

function topScope({ releaseName, namespace, kube, apiVersions = [] }: TemplateOptions): GoMap {
  return {
    Release: asMapValue({
      Name: releaseName,
      Namespace: namespace,
      IsUpgrade: false,
      IsInstall: true,
      Revision: 1,
      Service: "Helm",
    }),
    Capabilities: createCapabilities({ kubeVersion: kube, apiVersions }),
  };
}

interface Collecting {
  readonly templates: Map<string, Renderable>;
  readonly values: GoMap;
  readonly top: GoMap;
  /** Of the chart: `parent/charts/below`. */
  readonly path: string;
  readonly isRoot: boolean;
}

/** Adds the templates of a chart and of all below it; gives what the chart's templates see. */
function collect(chart: Chart, collecting: Collecting): GoMap {
  const { templates, values, top, path, isRoot } = collecting;
  const subcharts: GoMap = {};
  const scope: GoMap = typed(
    {
      ...top,
      Chart: asMapValue(chartScope(chart.metadata, isRoot)),
      Files: asValue(new FilesObject(chart.files)),
      Values: asMapValue(typed(values, "common.Values")),
      Subcharts: asMapValue(subcharts),
    },
    "common.Values",
  );
  for (const below of chart.dependencies) {
    const { name } = below.metadata;
    const inner = { values: tableAt(values, [name]) ?? {}, path: `${path}/charts/${name}` };
    subcharts[name] = asMapValue(collect(below, { ...collecting, ...inner, isRoot: false }));
  }
  const isLibrary = chart.metadata.type.toLowerCase() === "library";
  for (const [file, source] of chart.templates) {
    if (isLibrary && !isPartial(file)) continue;
    templates.set(`${path}/${file}`, { source, scope, basePath: `${path}/templates` });
  }
  return scope;
}

function isPartial(path: string): boolean {
  return path.slice(path.lastIndexOf("/") + 1).startsWith("_");
}

interface Rendering {
  readonly order: readonly string[];
  readonly templates: ReadonlyMap<string, Renderable>;
  readonly options: TemplateOptions;
}

function renderAll(
  set: TemplateSet,
  { order, templates, options }: Rendering,
): ReadonlyMap<string, string> {
  const rendered = new Map<string, string>();
  for (const name of order) {
    const template = templates.get(name);
    if (!template || isPartial(name)) continue;
    template.scope["Template"] = asMapValue({ Name: name, BasePath: template.basePath });
    const text = set.render(name, template.scope as Scope, options.environment);
    if (!name.endsWith("NOTES.txt")) rendered.set(name, text.replaceAll(NO_VALUE, ""));
  }
  return rendered;
}

/** Files of `crds/`, which are no templates. */
function crdsOf(chart: Chart, path: string): RenderedDocument[] {
  const own = [...chart.files]
    .filter(([file]) => /^crds\/.*\.(?:ya?ml|json)$/is.test(file))
    .sort(([left], [right]) => (left < right ? -1 : 1))
    .map(([file, bytes]) => ({
      template: `${path}/${file}`,
      text: new TextDecoder("utf-8").decode(bytes),
    }));
  const below = chart.dependencies.flatMap((one) =>
    crdsOf(one, `${path}/charts/${one.metadata.name}`),
  );
  return [...own, ...below];
}
